#include "patterns/graph_view.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_set>
#include <utility>

namespace costscan {
namespace {

/// Contents that a question about a constant may read: scalars, axes, permutations, shapes, small tables.
constexpr std::int64_t most_read_elements = 65536;

constexpr std::array<std::string_view, 6> drawing_ops{"RandomNormal",      "RandomUniform", "RandomNormalLike",
                                                      "RandomUniformLike", "Multinomial",   "Bernoulli"};

template <class Visit>
void for_each_body(const Node& node, Visit visit) {
  for (const Attribute& attribute : node.attributes) {
    if (const auto* body = std::get_if<std::shared_ptr<const Graph>>(&attribute.value); body != nullptr && *body) {
      visit(**body);
    } else if (const auto* bodies = std::get_if<std::vector<std::shared_ptr<const Graph>>>(&attribute.value)) {
      for (const auto& each : *bodies) {
        if (each) visit(*each);
      }
    }
  }
}

/// Names that a body reads from around it: its own captures, and those of bodies inside it that it does not define.
void collect_outer_names(const Graph& body, std::unordered_set<std::string>& names) {
  for (const Value& value : body.values) {
    if (value.origin == ValueOrigin::captured && !value.name.empty()) names.insert(value.name);
  }
  for (const Node& node : body.nodes) {
    for_each_body(node, [&](const Graph& inner) {
      std::unordered_set<std::string> wanted;
      collect_outer_names(inner, wanted);
      for (const std::string& name : wanted) {
        const auto defined = body.value_by_name.find(name);
        const bool here = defined != body.value_by_name.end() &&
                          body.values[static_cast<std::size_t>(defined->second)].origin != ValueOrigin::captured;
        if (!here) names.insert(name);
      }
    });
  }
}

/// Values of `graph` that the bodies of a node capture, each once, in order of id.
std::vector<ValueId> captured_values(const Graph& graph, const Node& node) {
  std::unordered_set<std::string> names;
  for_each_body(node, [&](const Graph& body) { collect_outer_names(body, names); });
  std::vector<ValueId> values;
  for (const std::string& name : names) {
    const auto found = graph.value_by_name.find(name);
    if (found != graph.value_by_name.end()) values.push_back(found->second);
  }
  std::ranges::sort(values);
  return values;
}

/// Whether the outputs follow from operands that are `constant`; a Shape's too only where its operand is.
bool follows_from_constants(const Node& node, const std::vector<ValueId>& captured, const std::vector<bool>& constant) {
  if (is_op(node, "Constant")) return true;
  std::size_t operands = node.inputs.size();
  if (is_op(node, "CastLike")) operands = std::min<std::size_t>(operands, 1);  // of the other, only the type
  bool any = !captured.empty();
  for (std::size_t i = 0; i < operands; ++i) {
    const ValueId in = node.inputs[i];
    if (in == no_value) continue;
    any = true;
    if (!constant[static_cast<std::size_t>(in)]) return false;
  }
  for (const ValueId in : captured) {
    if (!constant[static_cast<std::size_t>(in)]) return false;
  }
  return any && !is_any_op(node, drawing_ops);
}

bool is_shaped_tensor(const TensorInfo& info) noexcept {
  return info.shape.has_value() && (info.kind == TypeKind::tensor || info.kind == TypeKind::unknown);
}

}  // namespace

GraphView::GraphView(std::shared_ptr<const ShapedModel> bound, std::vector<std::shared_ptr<const ShapedModel>> others,
                     std::optional<bool> complete)
    : bound_(std::move(bound)), others_(std::move(others)) {
  complete_ = complete.value_or(!others_.empty() || bound_->bindings.empty());
  const Graph& here = graph();
  const auto& imports = bound_->scopes.front().opset_imports;  // of a function its own
  opset_ = opset_version(imports.empty() ? model().opset_imports : imports, "").value_or(1);
  is_output_.assign(here.values.size(), false);
  for (const ValueId out : here.outputs) {
    if (out != no_value) is_output_[static_cast<std::size_t>(out)] = true;
  }
  index_uses();
  find_constants();
}

void GraphView::index_uses() {
  const Graph& here = graph();
  std::vector<std::pair<ValueId, ValueUse>> all;
  captured_.resize(here.nodes.size());
  for (std::size_t n = 0; n < here.nodes.size(); ++n) {
    const auto index = static_cast<std::int32_t>(n);
    const Node& node = here.nodes[n];
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] != no_value) all.push_back({node.inputs[i], {index, static_cast<std::int32_t>(i)}});
    }
    captured_[n] = captured_values(here, node);
    for (const ValueId value : captured_[n]) all.push_back({value, {index, -1}});
  }
  std::ranges::stable_sort(all, {}, &std::pair<ValueId, ValueUse>::first);
  first_use_.assign(here.values.size() + 1, 0);
  for (const auto& [value, use] : all) ++first_use_[static_cast<std::size_t>(value) + 1];
  for (std::size_t v = 1; v < first_use_.size(); ++v) first_use_[v] += first_use_[v - 1];
  uses_.reserve(all.size());
  for (const auto& [value, use] : all) uses_.push_back(use);
}

void GraphView::find_constants() {
  const Graph& here = graph();
  constant_.assign(here.values.size(), false);
  const std::vector<TensorInfo>& tensors = bound_->scopes.front().tensors;
  for (std::size_t v = 0; v < here.values.size(); ++v) {
    // What a function or body is given may be a weight of the graph around it.
    const bool given = here.values[v].producer < 0 && tensors[v].constant;
    constant_[v] = here.values[v].initializer >= 0 || given;
  }
  for (std::size_t n = 0; n < here.nodes.size(); ++n) {
    if (!follows_from_constants(here.nodes[n], captured_[n], constant_)) continue;
    const auto index = static_cast<std::int32_t>(n);
    if (is_op(here.nodes[n], "Dropout") && !is_inference_dropout(index)) continue;
    for (const ValueId out : here.nodes[n].outputs) {
      if (out != no_value) constant_[static_cast<std::size_t>(out)] = true;
    }
  }
}

std::span<const ValueUse> GraphView::uses(ValueId value) const noexcept {
  if (value == no_value) return {};
  const auto first = static_cast<std::size_t>(first_use_[static_cast<std::size_t>(value)]);
  const auto last = static_cast<std::size_t>(first_use_[static_cast<std::size_t>(value) + 1]);
  return std::span(uses_).subspan(first, last - first);
}

std::span<const ValueId> GraphView::captured(std::int32_t node) const noexcept {
  return captured_[static_cast<std::size_t>(node)];
}

bool GraphView::is_output(ValueId value) const noexcept {
  return value != no_value && is_output_[static_cast<std::size_t>(value)];
}

std::int32_t GraphView::producer(ValueId value) const noexcept {
  return value == no_value ? -1 : graph().values[static_cast<std::size_t>(value)].producer;
}

const Node* GraphView::producer_node(ValueId value) const noexcept {
  const std::int32_t index = producer(value);
  return index < 0 ? nullptr : &graph().nodes[static_cast<std::size_t>(index)];
}

std::int32_t GraphView::sole_user(std::int32_t node) const noexcept {
  const ValueId out = output(node, 0);
  if (out == no_value || is_output(out)) return -1;
  const auto readers = uses(out);
  return readers.size() == 1 && readers.front().slot >= 0 ? readers.front().node : -1;
}

ValueId GraphView::input(std::int32_t node, std::size_t slot) const noexcept {
  const auto& inputs = graph().nodes[static_cast<std::size_t>(node)].inputs;
  return slot < inputs.size() ? inputs[slot] : no_value;
}

ValueId GraphView::output(std::int32_t node, std::size_t slot) const noexcept {
  const auto& outputs = graph().nodes[static_cast<std::size_t>(node)].outputs;
  return slot < outputs.size() ? outputs[slot] : no_value;
}

const TensorInfo& GraphView::info(ValueId value) const {
  return bound_->scopes.front().tensors[static_cast<std::size_t>(value)];
}

const Shape* GraphView::shape(ValueId value) const noexcept {
  if (value == no_value) return nullptr;
  const TensorInfo& found = bound_->scopes.front().tensors[static_cast<std::size_t>(value)];
  return is_shaped_tensor(found) ? &*found.shape : nullptr;
}

std::int64_t GraphView::rank(ValueId value) const noexcept {
  const Shape* dims = shape(value);
  return dims == nullptr ? -1 : static_cast<std::int64_t>(dims->size());
}

DType GraphView::dtype(ValueId value) const noexcept {
  return value == no_value ? DType::undefined : bound_->scopes.front().tensors[static_cast<std::size_t>(value)].dtype;
}

bool GraphView::is_constant(ValueId value) const noexcept {
  return value != no_value && constant_[static_cast<std::size_t>(value)];
}

const Tensor* GraphView::tensor(ValueId value) const noexcept { return constant_tensor(graph(), value); }

std::optional<std::vector<std::int64_t>> GraphView::ints(ValueId value) const {
  if (!is_constant(value)) return std::nullopt;
  if (const Tensor* stated = tensor(value); stated != nullptr && element_count(*stated) <= most_read_elements) {
    if (auto elements = integer_elements(*stated)) return elements;
  }
  const TensorInfo& found = info(value);
  if (!found.value || found.value_is_bound || is_floating(found.value->dtype)) return std::nullopt;
  if (!found.value->strings.empty()) return std::nullopt;
  return found.value->ints;
}

std::optional<std::vector<double>> GraphView::floats(ValueId value) const {
  if (!is_constant(value)) return std::nullopt;
  if (const Tensor* stated = tensor(value); stated != nullptr && element_count(*stated) <= most_read_elements) {
    if (auto elements = floating_elements(*stated)) return elements;
  }
  const TensorInfo& found = info(value);
  if (!found.value || found.value_is_bound || !is_floating(found.value->dtype)) return std::nullopt;
  return found.value->floats;
}

std::optional<double> GraphView::scalar(ValueId value) const {
  if (const auto found = floats(value)) return found->size() == 1 ? std::optional(found->front()) : std::nullopt;
  if (const auto found = ints(value); found && found->size() == 1) return static_cast<double>(found->front());
  return std::nullopt;
}

Holds GraphView::same_shape(ValueId a, ValueId b) const {
  if (a == no_value || b == no_value) return Holds::no;
  bool always = complete_;
  const auto equal_in = [&](const ShapedModel& shaped) {
    const TensorInfo& of_a = shaped.scopes.front().tensors[static_cast<std::size_t>(a)];
    const TensorInfo& of_b = shaped.scopes.front().tensors[static_cast<std::size_t>(b)];
    // Equal bounds of shapes that contents decide say nothing about the shapes.
    if (of_a.data_dependent || of_b.data_dependent) return false;
    return is_shaped_tensor(of_a) && is_shaped_tensor(of_b) && *of_a.shape == *of_b.shape;
  };
  if (!equal_in(*bound_)) return Holds::no;
  for (const auto& other : others_) always = always && equal_in(*other);
  return always ? Holds::every_binding : Holds::this_binding;
}

std::vector<std::vector<std::int64_t>> GraphView::ints_by_binding(ValueId value) const {
  std::vector<std::vector<std::int64_t>> all;
  if (value == no_value) return all;
  if (auto fixed = ints(value)) {
    all.assign(others_.size() + 1, *fixed);
    return all;
  }
  const auto add = [&](const ShapedModel& shaped) {
    const TensorInfo& found = shaped.scopes.front().tensors[static_cast<std::size_t>(value)];
    const bool known =
        found.value && !found.value_is_bound && !is_floating(found.value->dtype) && found.value->strings.empty();
    if (known) all.push_back(found.value->ints);
    return known;
  };
  if (!add(*bound_)) return {};
  for (const auto& other : others_) {
    if (!add(*other)) return {};
  }
  return all;
}

std::vector<Shape> GraphView::shapes_by_binding(ValueId value) const {
  std::vector<Shape> all;
  if (value == no_value) return all;
  const auto add = [&](const ShapedModel& shaped) {
    const TensorInfo& found = shaped.scopes.front().tensors[static_cast<std::size_t>(value)];
    const bool known = is_shaped_tensor(found) && !found.data_dependent;
    if (known) all.push_back(*found.shape);
    return known;
  };
  if (!add(*bound_)) return {};
  for (const auto& other : others_) {
    if (!add(*other)) return {};
  }
  return all;
}

bool GraphView::is_inference_dropout(std::int32_t node) const noexcept {
  const Node& here = this->node(node);
  if (!is_op(here, "Dropout")) return false;
  constexpr std::int64_t with_training_input = 12;
  constexpr std::int64_t without_test_attribute = 7;
  if (opset_ < without_test_attribute) return int_attribute(here, "is_test").value_or(0) != 0;
  if (opset_ < with_training_input) return true;
  const ValueId training = input(node, 2);
  if (training == no_value) return true;
  const auto stated = ints(training);
  return stated && stated->size() == 1 && stated->front() == 0;
}

bool GraphView::is_transparent(std::int32_t node) const noexcept {
  const Node& here = this->node(node);
  const bool quantized = here.op_type == "QuantizeLinear" || here.op_type == "DequantizeLinear";
  if (quantized) return here.domain.empty() || here.domain == "com.microsoft";
  if (!here.domain.empty()) return false;
  if (here.op_type == "Identity") return true;
  if (here.op_type == "Dropout") return is_inference_dropout(node);
  if (here.op_type != "Cast" && here.op_type != "CastLike") return false;
  return is_floating(dtype(input(node, 0))) && is_floating(dtype(output(node, 0)));
}

ValueId GraphView::source(ValueId value) const noexcept {
  for (;;) {
    const std::int32_t node = producer(value);
    if (node < 0 || !is_transparent(node) || output(node, 0) != value) return value;
    const ValueId above = input(node, 0);
    if (above == no_value) return value;
    value = above;
  }
}

std::int32_t GraphView::source_node(ValueId value) const noexcept { return producer(source(value)); }

std::vector<ValueUse> GraphView::canonical_uses(ValueId value) const {
  std::vector<ValueUse> found;
  std::vector<ValueId> todo{value};
  while (!todo.empty()) {
    const ValueId here = todo.back();
    todo.pop_back();
    for (const ValueUse& use : uses(here)) {
      if (use.slot == 0 && is_transparent(use.node)) {
        if (output(use.node, 0) != no_value) todo.push_back(output(use.node, 0));
      } else {
        found.push_back(use);
      }
    }
  }
  std::ranges::sort(found, [](const ValueUse& a, const ValueUse& b) {
    return std::pair(a.node, a.slot) < std::pair(b.node, b.slot);
  });
  return found;
}

bool GraphView::reaches_output_directly(ValueId value) const {
  std::vector<ValueId> todo{value};
  while (!todo.empty()) {
    const ValueId here = todo.back();
    todo.pop_back();
    if (is_output(here)) return true;
    for (const ValueUse& use : uses(here)) {
      if (use.slot == 0 && is_transparent(use.node)) todo.push_back(output(use.node, 0));
    }
  }
  return false;
}

GraphView make_view(std::shared_ptr<const ShapedModel> bound, FreeDims which) {
  constexpr std::size_t tried = 2;
  OtherSizes others = several_other_sizes(*bound, tried, which);
  return GraphView(std::move(bound), std::move(others.models), others.complete);
}

Holds weaker(Holds a, Holds b) noexcept { return std::min(a, b); }

bool is_op(const Node& node, std::string_view op_type, std::string_view domain) noexcept {
  return node.op_type == op_type && node.domain == domain;
}

bool is_any_op(const Node& node, std::span<const std::string_view> op_types) noexcept {
  return node.domain.empty() && std::ranges::find(op_types, node.op_type) != op_types.end();
}

}  // namespace costscan
