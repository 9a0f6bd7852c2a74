// NchwcTransformer: convolutions, pools and what lies between them in blocks of channels (MLAS), with ReorderInput and
// ReorderOutput where the layouts meet.
#include <algorithm>
#include <map>
#include <tuple>

#include "plan/transformers.hpp"

namespace costscan::plan {
namespace {

constexpr std::int64_t channel_alignment = 4;  // of ReorderInput and ReorderOutput, in elements

/// A tensor of the file that now lives in blocks.
struct Blocked {
  NodeId node = no_node;      ///< makes it; several may be fused into that
  ValueId value = no_value;   ///< the blocked tensor
  std::size_t uses = 0;       ///< readers of the original when it was blocked, graph output included
  std::size_t remaining = 0;  ///< of those, what still reads the original
  std::int64_t channels = 0;  ///< logical ones; the blocked tensor is padded
};

class Transform {
 public:
  Transform(PlanGraph& graph, std::int64_t block) : graph_(graph), block_(block) {}

  bool run() {
    const std::vector<NodeId> order = graph_.execution_order();
    for (const NodeId id : order) {
      if (graph_.alive(id)) visit(id);
    }
    finish();
    return changed_;
  }

 private:
  void visit(NodeId id) {
    const Node& node = graph_.node(id);
    if (is_op(node, "Conv") || is_op(node, "FusedConv", ms_domain)) return conv(id);
    if (is_op(node, "QuickGelu", ms_domain) || is_op(node, "Gelu", ms_domain)) return elementwise(id);
    if (!node.domain.empty()) return;
    if (node.op_type == "Gelu") return elementwise(id);
    if (is_any(node, {"MaxPool", "AveragePool"})) return pool(id, true);
    if (is_any(node, {"GlobalMaxPool", "GlobalAveragePool"})) return pool(id, false);
    if (is_any(node, {"Add", "Sum"})) return binary(id, true);
    if (node.op_type == "Mul") return binary(id, false);
    if (node.op_type == "Concat") return concat(id);
    if (is_any(node, {"Relu", "Sigmoid", "Tanh", "HardSigmoid"})) return activation(id);
    if (node.op_type == "BatchNormalization") return batch_norm(id);
    if (node.op_type == "Transpose") return transpose(id);
    if (is_any(node, {"Resize", "Upsample"})) return resize(id);
  }

  std::int64_t padded(std::int64_t channels) const { return (channels + block_ - 1) / block_ * block_; }

  Blocked* blocked(ValueId value) {
    const auto found = blocked_.find(value);
    return found == blocked_.end() ? nullptr : &found->second;
  }

  /// `node` makes `original`; from now on it makes a blocked tensor in its place.
  void block_output(NodeId node, ValueId original, std::int64_t channels) {
    ValueType type = type_of(graph_, original);
    if (type.info.shape && type.info.shape->size() > 1) (*type.info.shape)[1] = padded(channels);
    if (type.planned && type.planned->size() > 1) (*type.planned)[1] = padded(channels);
    const ValueId made = graph_.add_value("reorder", std::move(type));
    graph_.set_output(node, 0, made);
    remember(original, {node, made, 0, 0, channels});
  }

  void remember(ValueId original, Blocked entry) {
    const PlanValue& value = graph_.value(original);
    entry.uses = value.uses.size() + (value.graph_output ? 1 : 0);
    entry.remaining = entry.uses;
    blocked_.emplace(original, entry);
    made_.push_back(original);
    changed_ = true;
  }

  void use_blocked(NodeId node, std::size_t slot, Blocked& source) {
    graph_.set_input(node, slot, source.value);
    --source.remaining;
  }

  /// The node's first input in blocks: as it is there, or reordered.
  void block_input(NodeId node, ValueId original) {
    if (Blocked* source = blocked(original)) return use_blocked(node, 0, *source);
    ValueId& made = reordered_.try_emplace(original, no_value).first->second;
    if (made == no_value) {
      ValueType type = type_of(graph_, original);
      for (auto* shape : {&type.info.shape, &type.planned}) {
        if (*shape && (**shape).size() > 1 && (**shape)[1] > 0) (**shape)[1] = padded((**shape)[1]);
      }
      made = graph_.add_value("reorder", std::move(type));
      graph_.add_node(make_node("ReorderInput", "ReorderInput", nchwc_domain, {original}, {made}));
    }
    graph_.set_input(node, 0, made);
  }

  ValueId block_constant(ValueId original, std::size_t axis, std::int64_t extent, std::int64_t second = -1) {
    ValueId& made = constants_.try_emplace({original, extent, second}, no_value).first->second;
    if (made != no_value) return made;
    ValueType type = type_of(graph_, original);
    Shape shape = *type.info.shape;
    shape[axis] = extent;
    if (second >= 0) shape[1] = second;
    type.info.constant = true;
    made = graph_.add_value("reorder", with_shape(std::move(type), shape, shape));
    graph_.value(made).initializer = true;
    return made;
  }

  void conv(NodeId id) {
    const Node node = graph_.node(id);
    const ValueId weights = input(node, 1);
    if (!is_constant(graph_, weights) || dtype(graph_, weights) != DType::float32) return;
    const auto& shape = graph_.value(weights).info.shape;
    if (!shape || shape->size() != 4 || node.inputs.size() > 3) return;
    const std::int64_t out_channels = (*shape)[0];
    const std::int64_t in_channels = (*shape)[1];
    const std::int64_t groups = int_attribute(node, "group").value_or(1);
    bool reorder = true;
    bool depthwise = false;
    std::int64_t filter_channels = in_channels;
    if (groups > 1) {
      if (out_channels % channel_alignment != 0) return;
      if (in_channels == 1 && out_channels == groups) {
        depthwise = true;
      } else if (in_channels % block_ != 0 || out_channels % groups != 0 || (out_channels / groups) % block_ != 0) {
        return;
      }
    } else if (in_channels < block_) {
      reorder = false;
    } else {
      if (in_channels % channel_alignment != 0) return;
      filter_channels = padded(in_channels);
    }
    if (input(node, 2) != no_value) {
      const auto& bias = graph_.value(input(node, 2)).info.shape;
      if (!is_constant(graph_, input(node, 2)) || !bias || bias->size() != 1 || (*bias)[0] != out_channels) return;
    }
    std::vector<ValueId> inputs = node.inputs;
    inputs[1] = block_constant(weights, 0, padded(out_channels), filter_channels);
    if (input(node, 2) != no_value && padded(out_channels) != out_channels) {
      inputs[2] = block_constant(input(node, 2), 0, padded(out_channels));
    }
    const ValueId original = output(node, 0);
    graph_.remove(id);
    Node made = make_node(graph_.value(original).name + "_nchwc", "Conv", nchwc_domain, inputs, {original});
    made.attributes = node.attributes;
    if (depthwise) set_attribute(made, "group", padded(out_channels));
    const NodeId conv = graph_.add_node(std::move(made));
    if (reorder) block_input(conv, node.inputs[0]);
    block_output(conv, original, out_channels);
  }

  void pool(NodeId id, bool may_reorder) {
    const Node node = graph_.node(id);
    if (node.outputs.size() > 1 || dtype(graph_, input(node, 0)) != DType::float32) return;
    const Shape* shape = planned_shape(graph_, input(node, 0));
    if (shape == nullptr || shape->size() != 4) return;
    const Blocked* source = blocked(input(node, 0));
    const std::int64_t channels = source != nullptr ? source->channels : (*shape)[1];
    if (source == nullptr && (!may_reorder || channels <= 0)) return;
    if (channels % block_ != 0) return;
    const ValueId original = output(node, 0);
    graph_.remove(id);
    Node made = make_node(graph_.value(original).name + "_nchwc", node.op_type, nchwc_domain, node.inputs, {original});
    made.attributes = node.attributes;
    const NodeId pool = graph_.add_node(std::move(made));
    block_input(pool, node.inputs[0]);
    block_output(pool, original, channels);
  }

  bool same_shapes(const Node& node) const {
    const auto& first = graph_.value(node.inputs[0]).info.shape;
    return std::ranges::all_of(node.inputs, [&](ValueId in) { return first && graph_.value(in).info.shape == first; });
  }

  void binary(NodeId id, bool adds) {
    const Node node = graph_.node(id);
    std::vector<Blocked*> sources;
    for (const ValueId in : node.inputs) {
      Blocked* source = in == no_value ? nullptr : blocked(in);
      if (source == nullptr || (!sources.empty() && source->channels != sources[0]->channels)) return;
      sources.push_back(source);
    }
    if (sources.empty() || !same_shapes(node)) return;
    for (std::size_t n = 0; n < sources.size(); ++n) use_blocked(id, n, *sources[n]);
    if (adds && sources.size() == 2) {
      for (std::size_t n = 0; n < 2; ++n) {
        if (accumulates(*sources[n])) return add_into(id, *sources[n], sources[1 - n]->value);
      }
    }
    block_output(id, output(node, 0), sources[0]->channels);
  }

  /// A convolution with one reader that neither adds nor activates yet.
  bool accumulates(const Blocked& source) const {
    const Node& conv = graph_.node(source.node);
    return is_op(conv, "Conv", nchwc_domain) && conv.inputs.size() < 4 && source.uses == 1 &&
           find_attribute(conv, "activation") == nullptr;
  }

  void add_into(NodeId add, const Blocked& source, ValueId other) {
    std::vector<ValueId> inputs = graph_.node(source.node).inputs;
    inputs.resize(3, no_value);
    inputs.push_back(other);
    graph_.set_inputs(source.node, std::move(inputs));
    fuse_into(add, source);
  }

  /// The node's output is what `source` now makes.
  void fuse_into(NodeId node, const Blocked& source) {
    const Blocked fused = source;
    const ValueId original = output(graph_.node(node), 0);
    graph_.remove(node);
    remember(original, {fused.node, fused.value, 0, 0, fused.channels});
  }

  void concat(NodeId id) {
    const Node node = graph_.node(id);
    if (int_attribute(node, "axis") != 1) return;
    std::int64_t channels = 0;
    for (const ValueId in : node.inputs) {
      const Blocked* source = blocked(in);
      if (source == nullptr || source->channels % block_ != 0) return;
      channels += source->channels;
    }
    for (std::size_t n = 0; n < node.inputs.size(); ++n) use_blocked(id, n, *blocked(node.inputs[n]));
    block_output(id, output(node, 0), channels);
  }

  void activation(NodeId id) {
    const Node node = graph_.node(id);
    Blocked* source = blocked(input(node, 0));
    if (source == nullptr) return;
    if (gated(id, *source)) return;
    use_blocked(id, 0, *source);
    const Node& maker = graph_.node(source->node);
    if (is_op(maker, "Conv", nchwc_domain) && source->uses == 1 && find_attribute(maker, "activation") == nullptr) {
      set_attribute(graph_.node(source->node), "activation", node.op_type);
      if (node.op_type == "HardSigmoid") {
        set_attribute(graph_.node(source->node), "activation_params",
                      std::vector<float>{float_attribute(node, "alpha").value_or(0.2F),
                                         float_attribute(node, "beta").value_or(0.5F)});
      }
      return fuse_into(id, *source);
    }
    block_output(id, output(node, 0), source->channels);
  }

  void elementwise(NodeId id) {
    Blocked* source = blocked(input(graph_.node(id), 0));
    if (source == nullptr) return;
    use_blocked(id, 0, *source);
    const std::int64_t channels = source->channels;
    block_output(id, output(graph_.node(id), 0), channels);
  }

  /// x * HardSigmoid(x) of a convolution that nothing else reads: its activation is HardSwish.
  bool gated(NodeId id, const Blocked& source) {
    const Node gate = graph_.node(id);
    const Node& maker = graph_.node(source.node);
    if (gate.op_type != "HardSigmoid" || !is_op(maker, "Conv", nchwc_domain) || source.uses != 2) return false;
    if (find_attribute(maker, "activation") != nullptr) return false;
    const float third = float_attribute(gate, "alpha").value_or(0.2F) * 6 - 1;
    if (third > 1e-3F || third < -1e-3F || float_attribute(gate, "beta").value_or(0.5F) != 0.5F) return false;
    const NodeId mul = sole_consumer(graph_, gate);
    if (mul == no_node || !is_op(graph_.node(mul), "Mul")) return false;
    if (other_input(graph_.node(mul), output(gate, 0)) != input(gate, 0)) return false;
    set_attribute(graph_.node(source.node), "activation", std::string("HardSwish"));
    const ValueId original = output(graph_.node(mul), 0);
    Blocked* entry = blocked(input(gate, 0));
    entry->remaining = 0;
    const Blocked fused = *entry;
    graph_.remove(id);
    graph_.remove(mul);
    remember(original, {fused.node, fused.value, 0, 0, fused.channels});
    return true;
  }

  // As a depthwise 1x1 convolution.
  void batch_norm(NodeId id) {
    const Node node = graph_.node(id);
    Blocked* source = blocked(input(node, 0));
    if (source == nullptr || node.outputs.size() > 1) return;
    for (std::size_t slot = 1; slot < 5; ++slot) {
      if (!is_constant(graph_, input(node, slot))) return;
    }
    const std::int64_t channels = source->channels;
    const ValueId original = output(node, 0);
    const auto constant = [&](const char* name, const Shape& shape) {
      ValueType type = with_shape(type_of(graph_, input(node, 1)), shape, shape);
      type.info.constant = true;
      const ValueId made = graph_.add_value(name, std::move(type));
      graph_.value(made).initializer = true;
      return made;
    };
    const ValueId weights = constant("bn_scale", {padded(channels), 1, 1, 1});
    const ValueId bias = constant("bn_B", {padded(channels)});
    graph_.remove(id);
    Node made = make_node(graph_.value(original).name + "_bn_nchwc", "Conv", nchwc_domain,
                          {input(node, 0), weights, bias}, {original});
    set_attribute(made, "group", padded(channels));
    const NodeId conv = graph_.add_node(std::move(made));
    use_blocked(conv, 0, *source);
    block_output(conv, original, channels);
  }

  // To NHWC, which ReorderOutput can write.
  void transpose(NodeId id) {
    const Node node = graph_.node(id);
    Blocked* source = blocked(input(node, 0));
    const auto* perm = ints_attribute(node, "perm");
    if (source == nullptr || perm == nullptr || *perm != std::vector<std::int64_t>{0, 2, 3, 1}) return;
    graph_.remove(id);
    Node made = make_node("ReorderOutput", "ReorderOutput", nchwc_domain, {source->value}, {output(node, 0)});
    set_attribute(made, "channels", source->channels);
    set_attribute(made, "channels_last", std::int64_t{1});
    graph_.add_node(std::move(made));
    --source->remaining;
    changed_ = true;
  }

  void resize(NodeId id) {
    const Node node = graph_.node(id);
    Blocked* source = blocked(input(node, 0));
    if (source == nullptr) return;
    const auto* mode = string_attribute(node, "mode");
    if (mode != nullptr && *mode != "nearest") return;
    if (node.op_type == "Resize") {
      if (input(node, 3) != no_value) return;
      const auto* coordinates = string_attribute(node, "coordinate_transformation_mode");
      const auto* rounding = string_attribute(node, "nearest_mode");
      if (coordinates == nullptr || *coordinates != "asymmetric" || rounding == nullptr || *rounding != "floor") return;
    }
    const Shape* from = planned_shape(graph_, input(node, 0));
    const Shape* to = planned_shape(graph_, output(node, 0));
    if (from == nullptr || to == nullptr || from->size() != 4 || to->size() != 4 || (*to)[1] != (*from)[1]) return;
    std::vector<std::int64_t> scales{1, 1};
    for (const std::size_t axis : {std::size_t{2}, std::size_t{3}}) {
      const std::int64_t a = (*graph_.value(input(node, 0)).info.shape)[axis];
      const std::int64_t b = (*graph_.value(output(node, 0)).info.shape)[axis];
      if (a <= 0 || b % a != 0) return;
      scales.push_back(b / a);
    }
    const ValueId original = output(node, 0);
    const std::int64_t channels = source->channels;
    graph_.remove(id);
    Node made =
        make_node(graph_.value(original).name + "_nchwc", "Upsample", nchwc_domain, {input(node, 0)}, {original});
    set_attribute(made, "scales", scales);
    const NodeId upsample = graph_.add_node(std::move(made));
    use_blocked(upsample, 0, *source);
    block_output(upsample, original, channels);
  }

  /// What still reads an original gets it back.
  void finish() {
    for (const ValueId original : made_) {
      const Blocked& entry = blocked_.at(original);
      if (entry.remaining == 0) continue;
      Node made = make_node("ReorderOutput", "ReorderOutput", nchwc_domain, {entry.value}, {original});
      set_attribute(made, "channels", entry.channels);
      graph_.add_node(std::move(made));
    }
  }

  PlanGraph& graph_;
  std::int64_t block_;
  std::map<ValueId, Blocked> blocked_;
  std::vector<ValueId> made_;
  std::map<ValueId, ValueId> reordered_;
  std::map<std::tuple<ValueId, std::int64_t, std::int64_t>, ValueId> constants_;
  bool changed_ = false;
};

}  // namespace

bool transform_to_nchwc(PlanGraph& graph, const Context& context) {
  return context.nchwc_block > 1 && Transform(graph, context.nchwc_block).run();
}

}  // namespace costscan::plan
