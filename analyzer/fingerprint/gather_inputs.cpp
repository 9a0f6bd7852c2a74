#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "fingerprint/gather.hpp"
#include "model/text.hpp"

namespace costscan {
namespace {

constexpr std::int64_t smallest_vocabulary = 32;
constexpr std::int64_t smallest_image_side = 16;

std::string lowered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

bool has_word(const std::string& name, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return name.find(word) != std::string::npos; });
}

/// What one input is taken for: a feature, and words for people.
struct InputKind {
  std::string_view feature;  ///< empty: none
  std::string words;
};

struct Input {
  ValueId id = no_value;
  std::string name;  ///< in lower case
  DType dtype = DType::undefined;
  Shape dims;
};

/// The slot of the table that a node looks up by its operand in `slot`; nullopt where it looks nothing up by that.
std::optional<std::size_t> table_slot(const Node& node, std::int32_t slot) {
  static constexpr auto gathers = std::to_array<std::string_view>({"Gather", "GatherBlockQuantized", "TorchEmbedding"});
  constexpr std::size_t words_of_embed_layer_norm = 2;
  if (node.op_type == "EmbedLayerNormalization" || node.op_type == "QEmbedLayerNormalization")
    return slot == 0 ? std::optional(words_of_embed_layer_norm) : std::nullopt;
  const bool first_axis = int_attribute(node, "axis").value_or(0) == 0;
  const bool gathers_rows = std::ranges::find(gathers, node.op_type) != gathers.end() && first_axis;
  return gathers_rows && slot == 1 ? std::optional<std::size_t>(0) : std::nullopt;
}

/// Embedding tables that elements of an input index: Gather and its kin along the first axis of a constant matrix.
std::map<std::pair<ScopeId, ValueId>, std::int64_t> tables_indexed_by(const ScopeViews& views, ValueId input) {
  std::map<std::pair<ScopeId, ValueId>, std::int64_t> tables;
  for (const ScopedUse& use : views.reached(input, carries_elements)) {
    const Node& node = views.node(use);
    const auto table = table_slot(node, use.slot);
    if (!table || *table >= node.inputs.size() || node.inputs[*table] == no_value) continue;
    const GraphView& view = views.view(use.scope);
    const Shape* dims = view.shape(node.inputs[*table]);
    // Inside a called function the table may be a parameter of it: then it is no constant there.
    const bool fixed = view.is_constant(node.inputs[*table]) || use.scope != 0;
    if (fixed && dims != nullptr && dims->size() == 2) tables[{use.scope, node.inputs[*table]}] = dims->front();
  }
  return tables;
}

bool is_position_like(const std::string& name) {
  return has_word(name, {"position", "pos_id", "token_type", "segment", "mask", "cache_pos"});
}

/// Reaches operators of this name through arithmetic and views.
bool reaches_op(const ScopeViews& views, ValueId input, std::initializer_list<std::string_view> wanted) {
  static constexpr auto arithmetic = std::to_array<std::string_view>({"Add", "Div", "Exp", "Log", "Mul", "Neg", "Sub"});
  const auto passes = [](const Node& node, std::int32_t slot) {
    return carries_elements(node, slot) || std::ranges::find(arithmetic, node.op_type) != arithmetic.end();
  };
  const auto found = views.reached(input, passes);
  return std::ranges::any_of(
      found, [&](const ScopedUse& use) { return std::ranges::find(wanted, views.node(use).op_type) != wanted.end(); });
}

/// The weight's input channels of the first convolution that a value reaches by arithmetic, norms and views; 0: none.
struct FirstConv {
  std::int64_t channels = 0;
  std::size_t rank = 0;
  std::int64_t kernel = 0;
};

FirstConv first_conv(const ScopeViews& views, ValueId input) {
  static constexpr auto passed = std::to_array<std::string_view>(
      {"Add", "BatchNormalization", "Div", "InstanceNormalization", "LayerNormalization", "Log", "Mul", "Sub"});
  const auto passes = [](const Node& node, std::int32_t slot) {
    return carries_elements(node, slot) || (slot == 0 && std::ranges::find(passed, node.op_type) != passed.end());
  };
  for (const ScopedUse& use : views.reached(input, passes)) {
    const Node& node = views.node(use);
    if (use.slot != 0 || node.op_type.find("Conv") == std::string::npos) continue;
    const std::size_t slot = node.op_type == "QLinearConv" ? 3 : 1;
    if (slot >= node.inputs.size() || node.inputs[slot] == no_value) continue;
    const Shape* w = views.view(use.scope).shape(node.inputs[slot]);
    if (w != nullptr && w->size() >= 3) return {(*w)[1], w->size(), *std::max_element(w->begin() + 2, w->end())};
  }
  return {};
}

InputKind kind_of_integers(const ScopeViews& views, const Input& input, std::int64_t vocabulary) {
  if (has_word(input.name, {"mask"})) return {"input_masks", "mask"};
  if (has_word(input.name, {"position", "pos_id"})) return {"input_positions", "positions"};
  if (vocabulary >= smallest_vocabulary && !is_position_like(input.name)) {
    return {"input_token_ids", fmt::format("indices below {}", vocabulary)};
  }
  const bool single = input.dims.size() <= 1;
  if (single && (has_word(input.name, {"timestep", "sigma"}) || reaches_op(views, input.id, {"Sin"}))) {
    return {"input_timesteps", "timestep"};
  }
  return {{}, "integers"};
}

/// Fused attention takes earlier keys and values in these slots.
bool takes_past(const Node& node, std::int32_t slot) {
  struct PastSlots {
    std::string_view op_type;
    std::int32_t first;
    std::int32_t last;
  };
  static constexpr std::array<PastSlots, 4> slots{{{"Attention", 4, 5},
                                                   {"DecoderMaskedMultiHeadAttention", 5, 6},
                                                   {"GroupQueryAttention", 3, 4},
                                                   {"MultiHeadAttention", 6, 7}}};
  return std::ranges::any_of(slots, [&](const PastSlots& each) {
    return node.op_type == each.op_type && slot >= each.first && slot <= each.last;
  });
}

bool is_past(const ScopeViews& views, const Input& input) {
  constexpr std::string_view numbered = "past_";
  const GraphView& view = views.main();
  if (has_word(input.name, {"past_key", "past_value", "past_kv", "kv_cache"})) return true;
  const bool has_number =
      input.name.size() > numbered.size() && std::isdigit(static_cast<unsigned char>(input.name[numbered.size()])) != 0;
  if (input.name.starts_with(numbered) && has_number) return true;
  return std::ranges::any_of(view.uses(input.id), [&](const ValueUse& use) {
    if (use.slot < 0) return false;
    const Node& node = view.node(use.node);
    if (takes_past(node, use.slot)) return true;
    const bool extends = node.op_type == "Concat" || node.op_type == "TensorScatter";
    return extends && !node.outputs.empty() && view.is_output(node.outputs[0]) && input.dims.size() >= 3;
  });
}

InputKind kind_of_image(const ScopeViews& views, const Input& input) {
  const Shape& d = input.dims;
  const auto few = [](std::int64_t channels) { return channels == 1 || channels == 3; };
  const auto large = [](std::int64_t a, std::int64_t b) {
    return a >= smallest_image_side && b >= smallest_image_side;
  };
  const bool first = few(d[1]) && large(d[2], d[3]);
  const bool last = few(d[3]) && large(d[1], d[2]);
  const bool long_strip = first && d[1] == 1 && has_word(input.name, {"mel", "spec", "fbank", "audio"});
  if (long_strip) return {"input_spectra", "spectrum"};
  if (first && (!last || d[1] <= d[3])) return {"input_images", fmt::format("image, {} channels first", d[1])};
  if (last) return {"input_images", fmt::format("image, {} channels last", d[3])};
  const FirstConv conv = first_conv(views, input.id);
  if (conv.rank == 4 || has_word(input.name, {"latent", "sample"})) return {"input_latents", "feature map"};
  return {{}, "4-D numbers"};
}

bool usual_mel_bins(std::int64_t bins) {
  static constexpr std::array<std::int64_t, 9> usual{40, 64, 80, 96, 120, 128, 160, 201, 257};
  return std::ranges::find(usual, bins) != usual.end();
}

InputKind kind_of_floats(const ScopeViews& views, const Input& input) {
  const Shape& d = input.dims;
  if (is_past(views, input)) return {"input_past", "keys or values of earlier tokens"};
  if (has_word(input.name, {"mask"})) return {"input_masks", "mask"};
  if (d.size() <= 1 && (has_word(input.name, {"timestep", "sigma"}) || reaches_op(views, input.id, {"Sin"})))
    return {"input_timesteps", "timestep"};
  if (d.size() >= 5) return {"input_volumes", "volume or video"};
  if (d.size() == 4) return kind_of_image(views, input);
  if (d.size() == 3 && d[0] == 3 && std::min(d[1], d[2]) >= 4 * smallest_image_side)
    return {"input_images", "image without a batch"};
  const FirstConv conv = first_conv(views, input.id);
  const bool spectral = reaches_op(views, input.id, {"STFT", "DFT", "Rfft"});
  const bool one_channel = d.size() <= 2 || d[1] == 1 || d[2] == 1;
  if (spectral || (one_channel && conv.rank == 3 && conv.channels == 1 && conv.kernel >= 3))
    return {"input_waveforms", "samples"};
  if (d.size() == 3) {
    const bool bins = usual_mel_bins(d[1]) || usual_mel_bins(d[2]);
    if (bins && (conv.channels > 0 || has_word(input.name, {"mel", "fbank", "feature", "audio", "spec"})))
      return {"input_spectra", "spectrum"};
    return {"input_sequences", "vectors in a sequence"};
  }
  return {"input_vectors", "vectors"};
}

bool speaks_of_audio(const std::string& name) {
  return has_word(name, {"audio", "wav", "speech", "mel", "fbank", "spectro", "stft", "pcm", "input_values", "waveform",
                         "input_features"});
}

std::vector<Input> main_inputs(const GraphView& view) {
  std::vector<Input> inputs;
  for (const ValueId id : view.graph().inputs) {
    const Value& value = view.graph().values[static_cast<std::size_t>(id)];
    if (value.origin == ValueOrigin::initializer) continue;
    Input input{id, lowered(value.name), view.dtype(id), {}};
    if (const Shape* dims = view.shape(id)) input.dims = *dims;
    inputs.push_back(std::move(input));
  }
  return inputs;
}

}  // namespace

std::vector<std::string> gather_inputs(const GatherContext& context) {
  static constexpr auto kinds = std::to_array<std::string_view>(
      {"input_images", "input_latents", "input_masks", "input_past", "input_positions", "input_sequences",
       "input_spectra", "input_text", "input_timesteps", "input_token_ids", "input_vectors", "input_volumes",
       "input_waveforms", "named_audio"});
  const GraphView& view = context.views.main();
  std::map<std::string_view, double> counts;
  for (const std::string_view kind : kinds) counts[kind] = 0;
  std::set<std::pair<ScopeId, ValueId>> tables;
  std::int64_t vocabulary = 0;
  std::vector<std::string> words;
  const std::vector<Input> inputs = main_inputs(view);
  for (const Input& input : inputs) {
    InputKind kind;
    if (input.dtype == DType::string) kind = {"input_text", "text"};
    if (is_integer(input.dtype)) {
      std::int64_t rows = 0;
      for (const auto& [table, size] : tables_indexed_by(context.views, input.id)) {
        rows = std::max(rows, size);
        if (!is_position_like(input.name)) tables.insert(table);
      }
      const bool image = input.dims.size() == 4 && rows == 0;
      kind = image ? kind_of_image(context.views, input) : kind_of_integers(context.views, input, rows);
      if (kind.feature == "input_token_ids") vocabulary = std::max(vocabulary, rows);
    }
    if (is_floating(input.dtype)) kind = kind_of_floats(context.views, input);
    if (input.dtype == DType::boolean) kind = {has_word(input.name, {"mask"}) ? "input_masks" : "", "yes or no"};
    if (!kind.feature.empty()) ++counts[kind.feature];
    if (speaks_of_audio(input.name)) ++counts["named_audio"];
    words.push_back(
        fmt::format("{}: {} {}{}{}", printable(view.graph().values[static_cast<std::size_t>(input.id)].name),
                    to_string(input.dtype), fmt::join(input.dims, "x"), kind.words.empty() ? "" : ", ", kind.words));
  }
  for (const auto& [feature, count] : counts) context.features.set(feature, count);
  context.features.set("inputs", static_cast<double>(inputs.size()));
  context.features.set("vocabulary", static_cast<double>(vocabulary));
  context.features.set("embedding_tables", static_cast<double>(tables.size()));
  return words;
}

}  // namespace costscan
