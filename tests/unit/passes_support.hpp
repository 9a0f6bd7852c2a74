// Models as text, what passes make of them, and graphs compared whatever their names are.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "load/load.hpp"
#include "measure_support.hpp"
#include "passes/optimize.hpp"

namespace costscan::test {

inline std::shared_ptr<const Model> model_of(const Folder& folder, const std::string& text, const std::string& name,
                                             const std::string& header) {
  const auto file = folder.write(name + ".onnx", parse_model(text, header).SerializeAsString());
  auto model = load_model(file);
  EXPECT_TRUE(model) << model.error().message;
  return model ? *model : nullptr;
}

inline OptimizeResult optimized(const std::shared_ptr<const Model>& model, const std::vector<std::string>& names,
                                OptimizeOptions options = {}) {
  auto passes = choose_passes(names, {});
  EXPECT_TRUE(passes) << passes.error().message;
  options.passes = *passes;
  auto result = optimize_model(model, options);
  EXPECT_TRUE(result) << result.error().message;
  if (!result) return {};
  EXPECT_TRUE(result->defects.empty()) << result->defects.front();
  return *std::move(result);
}

/// A graph as an expression: names of nodes and inner tensors left out, constants by their contents, shared parts
/// written once. Equal for graphs that compute the same by the same operators.
class Expression {
 public:
  explicit Expression(const Graph& graph) : graph_(graph) {}

  std::string text() {
    std::string out;
    for (const ValueId output : graph_.outputs) {
      out += fmt::format("{} = {}\n", graph_.values[static_cast<std::size_t>(output)].name, of(output));
    }
    return lines_ + out;
  }

 private:
  std::string of(ValueId value) {
    if (value == no_value) return "-";
    const Value& entry = graph_.values[static_cast<std::size_t>(value)];
    if (const Tensor* tensor = constant_tensor(graph_, value)) return constant(*tensor);
    if (entry.producer < 0) return entry.name;
    const auto known = numbers_.find(entry.producer);
    const auto& node = graph_.nodes[static_cast<std::size_t>(entry.producer)];
    const auto slot = std::ranges::find(node.outputs, value) - node.outputs.begin();
    const std::size_t number = known != numbers_.end() ? known->second : add(entry.producer);
    return fmt::format("%{}.{}", number, slot);
  }

  std::size_t add(std::int32_t index) {
    const Node& node = graph_.nodes[static_cast<std::size_t>(index)];
    std::vector<std::string> inputs;
    for (const ValueId in : node.inputs) inputs.push_back(of(in));
    std::vector<std::string> attributes;
    for (const Attribute& attribute : node.attributes) {
      attributes.push_back(attribute.name + "=" + attribute_text(attribute.value));
    }
    std::ranges::sort(attributes);
    const std::size_t number = numbers_.size();
    numbers_.emplace(index, number);
    lines_ += fmt::format("%{} = {}.{}<{}>({})\n", number, node.domain, node.op_type, fmt::join(attributes, ","),
                          fmt::join(inputs, ","));
    return number;
  }

  static std::string constant(const Tensor& tensor) {
    std::string contents = "?";
    if (const auto ints = integer_elements(tensor)) contents = fmt::format("{}", fmt::join(*ints, " "));
    if (const auto floats = floating_elements(tensor)) contents = fmt::format("{}", fmt::join(*floats, " "));
    return fmt::format("{}[{}]{{{}}}", to_string(tensor.dtype), fmt::join(tensor.dims, ","), contents);
  }

  static std::string attribute_text(const AttributeValue& value) {
    if (const auto* one = std::get_if<std::int64_t>(&value)) return fmt::format("{}", *one);
    if (const auto* one = std::get_if<float>(&value)) return fmt::format("{}", *one);
    if (const auto* one = std::get_if<std::string>(&value)) return *one;
    if (const auto* list = std::get_if<std::vector<std::int64_t>>(&value))
      return fmt::format("{}", fmt::join(*list, " "));
    if (const auto* tensor = std::get_if<Tensor>(&value)) return constant(*tensor);
    return fmt::format("#{}", value.index());
  }

  const Graph& graph_;
  std::map<std::int32_t, std::size_t> numbers_;
  std::string lines_;
};

}  // namespace costscan::test
