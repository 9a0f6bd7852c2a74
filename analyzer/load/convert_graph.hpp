// GraphProto and FunctionProto bodies → Graph: names resolved to values through enclosing graphs, nodes in dependency
// order.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "load/convert_context.hpp"
#include "load/graph_order.hpp"
#include "load/parsed.hpp"
#include "model/graph.hpp"

namespace onnx {
class AttributeProto;
class FunctionProto;
class GraphProto;
class NodeProto;
class ValueInfoProto;
}  // namespace onnx

namespace costscan {

/// Converts one graph; for each subgraph an own converter whose `outer` is this one. Strings are moved out of the
/// protos.
class GraphConverter {
 public:
  GraphConverter(ConvertContext& context, GraphConverter* outer, bool in_function)
      : context_(context), outer_(outer), in_function_(in_function) {}

  [[nodiscard]] Parsed<Graph> convert(onnx::GraphProto& proto);
  [[nodiscard]] Parsed<Graph> convert_body(onnx::FunctionProto& proto);

 private:
  void reserve(int inputs, int initializers, int nodes);
  [[nodiscard]] Parsed<ValueId> define(std::string&& name, ValueOrigin origin, std::string_view what);
  /// The value of that name here or in an enclosing graph; no_value where there is none.
  [[nodiscard]] ValueId resolve(const std::string& name);
  [[nodiscard]] bool is_defined_outside(const std::string& name) const;

  [[nodiscard]] Parsed<void> add_inputs(onnx::GraphProto& proto);
  [[nodiscard]] Parsed<void> add_initializers(onnx::GraphProto& proto);
  [[nodiscard]] Parsed<void> add_initializer_value(std::string&& name, std::size_t index);
  template <class Infos>
  [[nodiscard]] Parsed<void> add_declared_types(const Infos& infos);
  [[nodiscard]] Parsed<void> declare(ValueId value, const onnx::ValueInfoProto& info);
  template <class Nodes>
  [[nodiscard]] Parsed<void> add_nodes(Nodes& protos);
  [[nodiscard]] Parsed<Node> start_node(onnx::NodeProto& proto, std::int32_t index);
  [[nodiscard]] Parsed<void> finish_node(onnx::NodeProto& proto, Node& node);
  [[nodiscard]] Parsed<void> add_output(const std::string& name);
  [[nodiscard]] Parsed<void> finish();

  ConvertContext& context_;
  GraphConverter* outer_;
  bool in_function_;
  Graph graph_;
  std::int32_t current_node_ = -1;  ///< whose attributes are being converted: subgraphs' captures are its dependencies
  std::vector<Capture> captures_;
  std::unordered_set<ValueId> listed_outputs_;
};

/// `enclosing` resolves what subgraphs capture; null for a function's default attributes.
[[nodiscard]] Parsed<Attribute> convert_attribute(ConvertContext& context, GraphConverter* enclosing, bool in_function,
                                                  onnx::AttributeProto& proto);

}  // namespace costscan
