// Operators without a kernel for their type become what ONNX defines them by, when the runtime assigns nodes to
// providers.
#include "plan/float16_kernels.hpp"
#include "plan/transformers.hpp"

namespace costscan::plan {
namespace {

/// Adds the nodes of one body, names prefixed as the runtime does.
class Body {
 public:
  Body(PlanGraph& graph, const Node& caller)
      : graph_(graph), caller_(caller), prefix_("_inlfunc_" + caller.op_type + "_") {}

  ValueId constant(const std::string& name) {
    const ValueId id =
        graph_.add_value(prefix_ + name, with_shape(type_of(graph_, input(caller_, 0)), Shape{}, Shape{}));
    graph_.value(id).initializer = true;
    graph_.value(id).info.constant = true;
    return id;
  }

  ValueId apply(const std::string& op_type, std::vector<ValueId> inputs, const std::string& name, ValueType type) {
    const ValueId out = graph_.add_value(prefix_ + name, std::move(type));
    graph_.add_node(make_node("", op_type, onnx_domain, std::move(inputs), {out}));
    return out;
  }

  /// A reduction over one axis that keeps it.
  ValueId reduce(const std::string& op_type, ValueId from, std::int64_t axis, const std::string& name) {
    ValueType type = type_of(graph_, from);
    for (auto* shape : {&type.info.shape, &type.planned}) {
      if (*shape) (**shape)[static_cast<std::size_t>(axis)] = 1;
    }
    const ValueId out = graph_.add_value(prefix_ + name, std::move(type));
    Node node = make_node("", op_type, onnx_domain, {from}, {out});
    constexpr std::int64_t axes_input_since = 18;
    if (op_type == "ReduceSum" || opset(graph_) >= axes_input_since) {
      node.inputs.push_back(graph_.add_ints(prefix_ + "axes", {axis}));
    } else {
      set_attribute(node, "axes", std::vector<std::int64_t>{axis});
    }
    graph_.add_node(std::move(node));
    return out;
  }

  void finish(const std::string& op_type, ValueId a, ValueId b) {
    graph_.add_node(make_node("", op_type, onnx_domain, {a, b}, caller_.outputs));
  }

 private:
  PlanGraph& graph_;
  const Node& caller_;
  std::string prefix_;
};

void inline_softmax(PlanGraph& graph, const Node& node, std::int64_t axis) {
  Body body(graph, node);
  const ValueId x = input(node, 0);
  const ValueType type = type_of(graph, x);
  const ValueId largest = body.reduce("ReduceMax", x, axis, "X_ReduceMax");
  const ValueId shifted = body.apply("Sub", {x, largest}, "X_Sub", type);
  const ValueId powers = body.apply("Exp", {shifted}, "X_Exp", type);
  const ValueId sum = body.reduce("ReduceSum", powers, axis, "X_ReduceSum");
  body.finish("Div", powers, sum);
}

void inline_gelu(PlanGraph& graph, const Node& node) {
  Body body(graph, node);
  const ValueId x = input(node, 0);
  const ValueType type = type_of(graph, x);
  const ValueId half = body.constant("Half");
  const ValueId one = body.constant("One");
  const ValueId two = body.constant("Two");
  const ValueId halved = body.apply("Mul", {half, x}, "MultX", type);
  const ValueId root = body.apply("Sqrt", {two}, "SqrtTwo", type_of(graph, two));
  const ValueId scaled = body.apply("Div", {x, root}, "XSqrt", type);
  const ValueId erf = body.apply("Erf", {scaled}, "ErfXSqrt", type);
  const ValueId phi = body.apply("Sum", {one, erf}, "Phi", type);
  body.finish("Mul", halved, phi);
}

// No kernel of any type: x * HardSigmoid(x), x * tanh(softplus(x)).
void inline_gated(PlanGraph& graph, const Node& node) {
  Body body(graph, node);
  const ValueId x = input(node, 0);
  const ValueType type = type_of(graph, x);
  if (node.op_type == "HardSwish") {
    const ValueId gate = body.apply("HardSigmoid", {x}, "HS_X", type);
    Node& sigmoid = graph.node(graph.value(gate).producer);
    set_attribute(sigmoid, "alpha", 1.0F / 6.0F);
    set_attribute(sigmoid, "beta", 0.5F);
    return body.finish("Mul", x, gate);
  }
  const ValueId soft = body.apply("Softplus", {x}, "Softplus_X", type);
  body.finish("Mul", x, body.apply("Tanh", {soft}, "TanHSoftplusX", type));
}

bool inline_node(PlanGraph& graph, NodeId id) {
  if (is_any(graph.node(id), {"HardSwish", "Mish"})) {
    const Node node = graph.node(id);
    graph.remove(id);
    inline_gated(graph, node);
    return true;
  }
  if (runs_on_cpu(graph, graph.node(id))) return false;
  const Node node = graph.node(id);
  const Shape* shape = planned_shape(graph, input(node, 0));
  constexpr std::int64_t softmax_function_since = 13;
  if (is_op(node, "Softmax") && opset(graph) >= softmax_function_since && shape != nullptr) {
    const auto rank = static_cast<std::int64_t>(shape->size());
    std::int64_t axis = int_attribute(node, "axis").value_or(-1);
    axis += axis < 0 ? rank : 0;
    if (axis < 0 || axis >= rank) return false;
    graph.remove(id);
    inline_softmax(graph, node, axis);
    return true;
  }
  const auto* approximate = string_attribute(node, "approximate");
  if (is_op(node, "Gelu") && (approximate == nullptr || *approximate == "none")) {
    graph.remove(id);
    inline_gelu(graph, node);
    return true;
  }
  return false;
}

}  // namespace

bool inline_functions(PlanGraph& graph, const Context&) { return for_each(graph, inline_node); }

}  // namespace costscan::plan
