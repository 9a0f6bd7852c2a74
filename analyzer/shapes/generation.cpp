// Operators that run graphs beside work of their own: text generation, which runs a decoder once per token, and
// FlexAttention, which runs graphs on its scores.
#include <fmt/format.h>

#include <algorithm>

#include "model/checked_math.hpp"
#include "shapes/elements.hpp"
#include "shapes/inference.hpp"
#include "shapes/own_rules.hpp"

namespace costscan {
namespace {

std::shared_ptr<const Graph> graph_of(const Node& node, std::string_view name) {
  const Attribute* attribute = find_attribute(node, name);
  const auto* graph = attribute != nullptr ? std::get_if<std::shared_ptr<const Graph>>(&attribute->value) : nullptr;
  return graph != nullptr ? *graph : nullptr;
}

/// Extents of one run of a generation's graph.
struct Extents {
  std::int64_t rows = 1;     ///< sequences, every beam its own
  std::int64_t tokens = 1;   ///< new ones per sequence
  std::int64_t past = 0;     ///< positions in the cache
  std::int64_t encoded = 1;  ///< positions of the encoder's result
};

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// A free dimension of a generation graph's formal input, told by the layouts that ONNX Runtime demands of these
/// graphs: ids and masks [rows, positions], hidden states [rows, positions, size], caches [rows, heads, positions,
/// size] of an encoder-decoder and [2, rows, heads, positions, size] of a decoder.
std::optional<std::int64_t> free_dim(std::string_view input, std::size_t axis, std::size_t rank,
                                     const Extents& extents) {
  const bool encoder_side = contains(input, "encoder") || contains(input, "cross");
  if (rank == 5)
    return axis == 1 ? std::optional(extents.rows) : axis == 3 ? std::optional(extents.past) : std::nullopt;
  if (axis == 0) return extents.rows;
  if (rank == 4) return axis == 2 ? std::optional(encoder_side ? extents.encoded : extents.past) : std::nullopt;
  if (axis != 1) return std::nullopt;
  if (encoder_side && !contains(input, "decoder_input")) return extents.encoded;
  return contains(input, "mask") ? extents.past + extents.tokens : extents.tokens;
}

TensorInfo formal_of(const Value& value, const Extents& extents) {
  TensorInfo out;
  if (!value.declared || value.declared->kind != TypeKind::tensor) return out;
  out.kind = TypeKind::tensor;
  out.dtype = value.declared->dtype;
  if (!value.declared->dims) return out;
  Shape shape;
  const std::size_t rank = value.declared->dims->size();
  for (std::size_t axis = 0; axis < rank; ++axis) {
    const DeclaredDim& dim = (*value.declared->dims)[axis];
    const auto* number = std::get_if<std::int64_t>(&dim);
    const auto told = number != nullptr ? std::optional(*number) : free_dim(value.name, axis, rank, extents);
    if (!told) return out;
    shape.push_back(*told);
  }
  out.shape = std::move(shape);
  return out;
}

std::vector<TensorInfo> formals_of(const Graph& graph, const Extents& extents) {
  std::vector<TensorInfo> out;
  for (const ValueId id : graph.inputs) out.push_back(formal_of(graph.values[static_cast<std::size_t>(id)], extents));
  return out;
}

std::optional<std::int64_t> known_scalar(const std::vector<const TensorInfo*>& inputs, std::size_t at) {
  if (at >= inputs.size() || inputs[at] == nullptr || inputs[at]->value_is_bound) return std::nullopt;
  return scalar_int(inputs[at]->value.get());
}

}  // namespace

/// One more graph of the node, run `trips` times on these formal inputs.
MaybeError Inference::infer_side_graph(Work& work, const SideGraph& side) {
  const ScopeId id = add_scope(work, {ScopeKind::other_body, side.attribute, side.graph, nullptr});
  Scope& scope = scopes_[static_cast<std::size_t>(id)];
  scope.trips = side.trips;
  scope.trips_upper_bound = side.bound;
  scope.trips_reason = side.reason;
  return infer_body_quietly(id, side.inputs, Strictness::warning);
}

/// The prompt runs once, each further token runs the decoder on all rows. No sequence is taken to end early, and every
/// step costs what the last one does, whose cache is longest.
MaybeError Inference::infer_generation(Work& work) {
  const TensorInfo* ids = work.inputs.empty() ? nullptr : work.inputs[0];
  const auto decoder = graph_of(work.node, "decoder");
  if (ids == nullptr || !ids->shape || ids->shape->size() < 2 || decoder == nullptr) return infer_operator(work);
  const bool beams = contains(work.node.op_type, "BeamSearch");
  const auto longest = known_scalar(work.inputs, 1);
  const std::int64_t batch = ids->shape->front();
  Extents prompt;
  prompt.rows = checked_mul(batch, beams ? known_scalar(work.inputs, 3).value_or(1) : 1).value_or(batch);
  prompt.tokens = (*ids->shape)[1];
  prompt.encoded = ids->shape->size() == 3 ? std::max<std::int64_t>((*ids->shape)[2] / 2, 1) : prompt.tokens;
  const auto encoder = graph_of(work.node, "encoder");
  std::int64_t started = prompt.tokens + 1;  // positions after the first run
  if (encoder != nullptr) {
    Extents encoding = prompt;
    encoding.rows = batch;
    auto inputs = formals_of(*encoder, encoding);
    if (!inputs.empty()) {  // ids, or the features of sound
      inputs[0].kind = TypeKind::tensor;
      if (inputs[0].dtype == DType::undefined) inputs[0].dtype = ids->dtype;
      inputs[0].shape = ids->shape;
    }
    if (auto error = infer_side_graph(work, {"encoder", encoder, std::move(inputs), 1, false, "runs once"}))
      return error;
    started = 2;
  } else {
    const auto first = graph_of(work.node, "init_decoder");
    const auto& graph = first != nullptr ? first : decoder;
    SideGraph side{first != nullptr ? "init_decoder" : "decoder_prompt",
                   graph,
                   formals_of(*graph, prompt),
                   1,
                   false,
                   "the prompt runs once"};
    if (auto error = infer_side_graph(work, side)) return error;
  }
  Extents step = prompt;
  step.tokens = 1;
  step.past = std::max<std::int64_t>(longest.value_or(started) - 1, 0);
  const std::int64_t trips = longest ? std::max<std::int64_t>(*longest - started, 0) : 1;
  const std::string reason =
      longest ? fmt::format("max_length {} leaves at most {} steps after the first; each counts as the last", *longest,
                            trips)
              : "max_length is unknown: one step counted";
  if (auto error = infer_side_graph(work, {"decoder", decoder, formals_of(*decoder, step), trips, true, reason})) {
    return error;
  }
  return infer_operator(work);
}

/// The graphs see the scores of all heads, [batch, heads, queries, keys].
MaybeError Inference::infer_flex_attention(Work& work) {
  const auto shape_of = [&](std::size_t i) {
    return i < work.inputs.size() && work.inputs[i] != nullptr ? work.inputs[i]->shape : std::nullopt;
  };
  const auto query = shape_of(0);
  const auto key = shape_of(1);
  if (query && key && query->size() == 4 && key->size() == 4) {
    const Shape scores{(*query)[0], (*query)[1], (*query)[2], (*key)[2]};
    for (const char* attribute : {"score_mod", "prob_mod"}) {
      const auto graph = graph_of(work.node, attribute);
      if (graph == nullptr || graph->inputs.empty()) continue;
      const auto& formal = graph->values[static_cast<std::size_t>(graph->inputs[0])].declared;
      const DType dtype = formal && formal->dtype != DType::undefined ? formal->dtype : work.inputs[0]->dtype;
      const SideGraph side{attribute, graph, {tensor_of(dtype, scores)}, 1, false, "runs once on all scores"};
      if (auto error = infer_side_graph(work, side)) {
        return error;
      }
    }
  }
  return infer_operator(work);
}

}  // namespace costscan
