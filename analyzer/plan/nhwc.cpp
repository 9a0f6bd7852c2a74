// NhwcTransformer: quantised convolutions work on channels-last data; transposes stand only where others read it.
#include <algorithm>
#include <map>
#include <set>

#include "plan/transformers.hpp"

namespace costscan::plan {
namespace {

const std::vector<std::int64_t>& to_last() {
  static const std::vector<std::int64_t> perm{0, 2, 3, 1};
  return perm;
}

const std::vector<std::int64_t>& to_first() {
  static const std::vector<std::int64_t> perm{0, 3, 1, 2};
  return perm;
}

Shape moved(const Shape& shape, const std::vector<std::int64_t>& perm) {
  Shape out;
  for (const std::int64_t axis : perm) out.push_back(shape[static_cast<std::size_t>(axis)]);
  return out;
}

class NhwcTransform {
 public:
  explicit NhwcTransform(PlanGraph& graph) : graph_(graph) {}

  bool run() {
    const std::vector<NodeId> order = graph_.execution_order();
    find_wanted(order);
    for (const NodeId id : order) {
      if (graph_.alive(id)) visit(id);
    }
    finish();
    return !last_.empty();
  }

 private:
  static bool is_conv(const PlanGraph& graph, const Node& node) {
    return node.op_type == "QLinearConv" && rank_four(graph, input(node, 0)) &&
           int_attribute(node, "channels_last").value_or(0) == 0;
  }

  static bool rank_four(const PlanGraph& graph, ValueId value) {
    const Shape* shape = planned_shape(graph, value);
    return shape != nullptr && shape->size() == 4 && graph.value(value).info.shape.has_value();
  }

  static bool passes_through(const PlanGraph& graph, const Node& node) {
    if (node.outputs.size() != 1 || !rank_four(graph, output(node, 0))) return false;
    if (is_op(node, "MaxPool")) return is_quantised(graph, input(node, 0));
    return node.domain == ms_domain &&
           (node.op_type == "QLinearAdd" || node.op_type == "QLinearMul" || node.op_type == "QLinearLeakyRelu" ||
            node.op_type == "QLinearSigmoid" || node.op_type == "QLinearAveragePool" ||
            node.op_type == "QLinearGlobalAveragePool" || node.op_type == "QLinearConcat");
  }

  static bool is_quantised(const PlanGraph& graph, ValueId value) {
    return dtype(graph, value) == DType::uint8 || dtype(graph, value) == DType::int8;
  }

  /// Values that some convolution reads, possibly through operators that work on either layout.
  void find_wanted(const std::vector<NodeId>& order) {
    for (auto at = order.rbegin(); at != order.rend(); ++at) {
      const Node& node = graph_.node(*at);
      const bool conv = is_conv(graph_, node);
      const bool passes = passes_through(graph_, node) && wanted_.contains(output(node, 0));
      if (conv) wanted_.insert(input(node, 0));
      if (!passes) continue;
      for (const ValueId in : node.inputs) {
        if (in != no_value) wanted_.insert(in);
      }
    }
  }

  void visit(NodeId id) {
    const Node& node = graph_.node(id);
    if (is_conv(graph_, node)) return conv(id);
    if (passes_through(graph_, node)) pass(id);
  }

  ValueId add_transpose(ValueId from, const std::vector<std::int64_t>& perm, ValueId to) {
    if (to == no_value) to = graph_.add_value("Transpose_out0", moved_type(from, perm));
    Node node = make_node("Transpose", "Transpose", onnx_domain, {from}, {to});
    set_attribute(node, "perm", perm);
    graph_.add_node(std::move(node));
    return to;
  }

  ValueType moved_type(ValueId from, const std::vector<std::int64_t>& perm) {
    ValueType type = type_of(graph_, from);
    if (type.info.shape) type.info.shape = moved(*type.info.shape, perm);
    if (type.planned) type.planned = moved(*type.planned, perm);
    return type;
  }

  /// The output in channels-last order; the original waits for readers that need it.
  void make_last(NodeId id, ValueId original) {
    const ValueId made = graph_.add_value(graph_.node(id).name, moved_type(original, to_last()));
    graph_.set_output(id, 0, made);
    last_.emplace(original, made);
    made_.push_back(original);
  }

  void conv(NodeId id) {
    Node node = graph_.node(id);
    const ValueId original = output(node, 0);
    const auto found = last_.find(input(node, 0));
    ValueId in = found == last_.end() ? no_value : found->second;
    if (in == no_value) {
      in = add_transpose(input(node, 0), to_last(), no_value);
      last_.emplace(input(node, 0), in);
    }
    node.domain = std::string(ms_domain);
    node.inputs[0] = in;
    set_attribute(node, "channels_last", std::int64_t{1});
    graph_.remove(id);
    make_last(graph_.add_node(std::move(node)), original);
  }

  /// True where all data operands are channels-last already and it pays to stay so.
  bool stays_last(const Node& node, std::vector<std::size_t>& slots) const {
    for (std::size_t slot = 0; slot < node.inputs.size(); ++slot) {
      if (!rank_four(graph_, node.inputs[slot]) || is_constant(graph_, node.inputs[slot])) continue;
      if (!last_.contains(node.inputs[slot])) return false;
      slots.push_back(slot);
    }
    return !slots.empty() && (slots.size() > 1 || wanted_.contains(output(node, 0)) ||
                              node.op_type == "QLinearGlobalAveragePool" || node.op_type == "QLinearAveragePool");
  }

  void pass(NodeId id) {
    Node node = graph_.node(id);
    std::vector<std::size_t> slots;
    if (!stays_last(node, slots)) return;
    for (const std::size_t slot : slots) node.inputs[slot] = last_.at(node.inputs[slot]);
    const ValueId original = output(node, 0);
    if (node.op_type == "MaxPool") {
      node.op_type = "NhwcMaxPool";
      node.domain = std::string(ms_domain);
      std::erase_if(node.attributes, [](const Attribute& attribute) { return attribute.name == "storage_order"; });
    } else if (node.op_type == "QLinearConcat") {
      if (int_attribute(node, "axis") != 1) return;
      set_attribute(node, "axis", std::int64_t{3});
    } else if (node.op_type.ends_with("Pool")) {
      set_attribute(node, "channels_last", std::int64_t{1});
    }
    graph_.remove(id);
    make_last(graph_.add_node(std::move(node)), original);
  }

  void finish() {
    for (const ValueId original : made_) {
      const PlanValue& value = graph_.value(original);
      if (value.uses.empty() && !value.graph_output) continue;
      add_transpose(last_.at(original), to_first(), original);
    }
  }

  PlanGraph& graph_;
  std::set<ValueId> wanted_;
  std::map<ValueId, ValueId> last_;  ///< original -> channels-last
  std::vector<ValueId> made_;
};

}  // namespace

bool transform_to_nhwc(PlanGraph& graph, const Context&) { return NhwcTransform(graph).run(); }

}  // namespace costscan::plan
