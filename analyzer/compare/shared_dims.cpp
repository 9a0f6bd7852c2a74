#include "compare/shared_dims.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <variant>

#include "model/text.hpp"
#include "shapes/bindings.hpp"

namespace costscan {
namespace {

std::vector<ValueId> fed_inputs(const Graph& graph) {
  std::vector<ValueId> out;
  for (const ValueId id : graph.inputs) {
    if (graph.values[static_cast<std::size_t>(id)].origin != ValueOrigin::initializer) out.push_back(id);
  }
  return out;
}

const Value& value_of(const Graph& graph, ValueId id) { return graph.values[static_cast<std::size_t>(id)]; }

/// Inputs that are the same: by name, else by place where there are as many.
std::vector<std::pair<ValueId, ValueId>> same_inputs(const Graph& a, const Graph& b) {
  const std::vector<ValueId> left = fed_inputs(a);
  const std::vector<ValueId> right = fed_inputs(b);
  std::vector<std::pair<ValueId, ValueId>> out;
  for (const ValueId id : left) {
    const auto found = b.value_by_name.find(value_of(a, id).name);
    if (found != b.value_by_name.end() && std::ranges::find(right, found->second) != right.end()) {
      out.emplace_back(id, found->second);
    }
  }
  if (out.empty() && left.size() == right.size()) {
    for (std::size_t i = 0; i < left.size(); ++i) out.emplace_back(left[i], right[i]);
  }
  return out;
}

/// Names of the dimensions that an input declares, by axis; empty for a number or an expression.
std::vector<std::string> free_names(const Value& input, const Bindings& bindings) {
  std::vector<std::string> out;
  if (!input.declared || !input.declared->dims) return out;
  for (std::size_t axis = 0; axis < input.declared->dims->size(); ++axis) {
    const DeclaredDim& dim = (*input.declared->dims)[axis];
    std::string name;
    if (const auto* symbol = std::get_if<std::string>(&dim)) name = *symbol;
    if (std::holds_alternative<std::monostate>(dim)) name = fmt::format("{}_dim_{}", input.name, axis);
    const auto bound = std::ranges::find(bindings.list, name, &DimBinding::name);
    const bool open = bound != bindings.list.end() && bound->origin == BindingOrigin::default_value;
    out.push_back(open ? name : std::string());
  }
  return out;
}

struct OneSide {
  const Model& model;
  const Bindings& bindings;
};

/// Sizes for the open dimensions of `from`'s partner `to`; `fixed_only`: only those that are numbers in `from`.
DimList sizes_from(const OneSide& from, const OneSide& to, const std::vector<std::pair<ValueId, ValueId>>& inputs,
                   bool fixed_only) {
  DimList out;
  for (const auto& [source, target] : inputs) {
    const std::vector<std::string> names = free_names(value_of(to.model.graph, target), to.bindings);
    const auto sizes = from.bindings.input_shapes.find(source);
    if (sizes == from.bindings.input_shapes.end() || sizes->second.size() != names.size()) continue;
    const auto& declared = value_of(from.model.graph, source).declared;
    for (std::size_t axis = 0; axis < names.size(); ++axis) {
      const bool fixed = declared && declared->dims && std::holds_alternative<std::int64_t>((*declared->dims)[axis]);
      const bool known = std::ranges::find(out, names[axis], &std::pair<std::string, std::int64_t>::first) != out.end();
      if (names[axis].empty() || known || (fixed_only && !fixed)) continue;
      out.emplace_back(names[axis], sizes->second[axis]);
    }
  }
  return out;
}

/// Adds what differs from the model's own defaults, unless the model refuses it.
void bind_like(const Model& model, DimList& dims, const Bindings& now, const DimList& wanted, const char* here,
               const char* there, std::vector<std::string>& notes) {
  DimList all = dims;
  std::vector<std::string> added;
  for (const auto& [name, size] : wanted) {
    const auto bound = std::ranges::find(now.list, name, &DimBinding::name);
    if (bound != now.list.end() && bound->value == size) continue;
    all.emplace_back(name, size);
    added.push_back(fmt::format("{} = {} in {}, as in {}", printable(name), size, here, there));
  }
  if (added.empty() || !bind_dims(model, all)) return;
  dims = std::move(all);
  notes.insert(notes.end(), added.begin(), added.end());
}

std::string names_of(const Bindings& bindings) {
  std::vector<std::string> names;
  for (const DimBinding& binding : bindings.list) names.push_back(printable(binding.name));
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

/// The given dims by the models that have them.
Result<SharedDims> split(const Model& a, const Model& b, const DimList& given) {
  const auto of_a = bind_dims(a, {});
  if (!of_a) return tl::unexpected(of_a.error());
  const auto of_b = bind_dims(b, {});
  if (!of_b) return tl::unexpected(of_b.error());
  SharedDims out;
  for (const auto& dim : given) {
    const bool in_a = std::ranges::find(of_a->list, dim.first, &DimBinding::name) != of_a->list.end();
    const bool in_b = std::ranges::find(of_b->list, dim.first, &DimBinding::name) != of_b->list.end();
    if (!in_a && !in_b) {
      return fail(ErrorKind::usage, fmt::format("--dim {}: neither model has this dimension; A has {}, B has {}",
                                                printable(dim.first), names_of(*of_a), names_of(*of_b)));
    }
    if (in_a) out.a.push_back(dim);
    if (in_b) out.b.push_back(dim);
  }
  return out;
}

}  // namespace

Result<SharedDims> share_dims(const Model& a, const Model& b, const DimList& given) {
  auto out = split(a, b, given);
  if (!out) return out;
  auto of_a = bind_dims(a, out->a);
  if (!of_a) return tl::unexpected(of_a.error());
  auto of_b = bind_dims(b, out->b);
  if (!of_b) return tl::unexpected(of_b.error());
  const auto inputs = same_inputs(a.graph, b.graph);
  std::vector<std::pair<ValueId, ValueId>> turned;
  for (const auto& [left, right] : inputs) turned.emplace_back(right, left);
  // What is fixed, or given, in B decides A; then A decides B.
  bind_like(a, out->a, *of_a, sizes_from({b, *of_b}, {a, *of_a}, turned, true), "A", "B", out->notes);
  of_a = bind_dims(a, out->a);
  if (!of_a) return tl::unexpected(of_a.error());
  bind_like(b, out->b, *of_b, sizes_from({a, *of_a}, {b, *of_b}, inputs, false), "B", "A", out->notes);
  return out;
}

}  // namespace costscan
