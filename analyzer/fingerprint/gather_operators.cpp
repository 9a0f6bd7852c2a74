#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>

#include "fingerprint/gather.hpp"
#include "fingerprint/op_classes.hpp"

namespace costscan {
namespace {

/// Counts by feature, 0 for those that no node counts for.
class Counter {
 public:
  Counter(std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) counts_[name] = 0;
  }
  void add(std::string_view name, double amount = 1) { counts_[name] += amount; }
  [[nodiscard]] double of(std::string_view name) const { return counts_.at(name); }
  void store(FeatureSet& features) const {
    for (const auto& [name, count] : counts_) features.set(name, count);
  }

 private:
  std::map<std::string_view, double> counts_;
};

/// Operators that count by name alone.
constexpr auto counted_by_name = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"BatchNormalization", "batch_norms"},
    {"GroupNorm", "instance_norms"},
    {"GroupNormalization", "instance_norms"},
    {"InstanceNormalization", "instance_norms"},
    {"SkipGroupNorm", "instance_norms"},
    {"LSTM", "recurrent"},
    {"GRU", "recurrent"},
    {"RNN", "recurrent"},
    {"AttnLSTM", "recurrent"},
    {"DynamicQuantizeLSTM", "recurrent"},
    {"Loop", "loops"},
    {"Scan", "loops"},
    {"If", "branches"},
    {"CumSum", "cumulative"},
    {"CumProd", "cumulative"},
    {"LinearAttention", "cumulative"},
    {"CausalConvWithState", "cumulative"},
    {"NonMaxSuppression", "nms"},
    {"EfficientNMS_TRT", "nms"},
    {"BatchedNMS_TRT", "nms"},
    {"BatchedNMSDynamic_TRT", "nms"},
    {"RoiAlign", "regions"},
    {"MaxRoiPool", "regions"},
    {"CropAndResize", "regions"},
    {"ROIAlign_TRT", "regions"},
    {"Resize", "resizes"},
    {"Upsample", "resizes"},
    {"STFT", "spectral"},
    {"DFT", "spectral"},
    {"MelWeightMatrix", "spectral"},
    {"Rfft", "spectral"},
    {"Softmax", "softmaxes"},
    {"QLinearSoftmax", "softmaxes"},
    {"StringNormalizer", "text_ops"},
    {"StringConcat", "text_ops"},
    {"StringSplit", "text_ops"},
    {"RegexFullMatch", "text_ops"},
    {"TfIdfVectorizer", "text_ops"},
    {"Tokenizer", "text_ops"},
});

constexpr auto view_ops = std::to_array<std::string_view>({"Flatten", "Reshape", "Squeeze", "Unsqueeze"});

bool is_enlarging(const NodeRow& row) {
  const Shape* before = operand_shape(row, 0);
  if (before == nullptr || row.outputs.empty() || !row.outputs[0].shape) return true;
  return *row.outputs[0].shape != *before;
}

const Node& node_of(const GatherContext& context, const NodeRow& row) {
  const Scope& scope = context.analysis.shaped->scopes[static_cast<std::size_t>(row.scope_id)];
  return scope.graph->nodes[static_cast<std::size_t>(row.graph_node)];
}

void count_conv(const GatherContext& context, const NodeRow& row, Counter& counts) {
  counts.add("convs");
  const Shape* x = operand_shape(row, 0);
  const Shape* w = operand_shape(row, product_slots(row.op_type).second);
  const std::size_t rank = x != nullptr ? x->size() : w != nullptr ? w->size() : 0;
  // 2-D operators over one axis, the other one of length 1, are 1-D in disguise.
  const bool flat = x != nullptr && rank == 4 && std::min((*x)[2], (*x)[3]) == 1 && std::max((*x)[2], (*x)[3]) > 1;
  if (rank == 3 || flat) counts.add("convs_1d");
  if (rank == 4 && !flat) counts.add("convs_2d");
  if (rank == 5) counts.add("convs_3d");
  if (w == nullptr || w->size() < 3) return;
  const std::int64_t groups = int_attribute(node_of(context, row), "group").value_or(1);
  if (groups > 1 && (*w)[1] == 1) counts.add("convs_depthwise");
  const auto* strides = ints_attribute(node_of(context, row), "strides");
  constexpr std::int64_t smallest_patch = 4;
  const bool patch = w->size() == 4 && groups == 1 && strides != nullptr && strides->size() == 2 &&
                     (*strides)[0] >= smallest_patch && (*strides)[0] == (*w)[2] && (*strides)[1] == (*w)[3];
  if (patch) counts.add("convs_patch");
}

void count_matmul(const NodeRow& row, Counter& counts) {
  counts.add("matmuls");
  if (is_activation_product(row)) {
    const auto [left, right] = product_slots(row.op_type);
    const Shape* a = operand_shape(row, left);
    const Shape* b = operand_shape(row, right);
    // Vectors and single columns are sums and outer products (interactions, rotary angles), not attention.
    const bool thin = (a != nullptr && a->size() < 3) || (b != nullptr && b->size() < 3) ||
                      (a != nullptr && std::min(a->back(), (*a)[a->size() - 2]) == 1 && a->size() == 3);
    counts.add(thin ? "matmuls_weight" : "matmuls_activation");
    return;
  }
  counts.add("matmuls_weight");
}

/// Convolutions of the main graph in front of its first matrix product.
double stem_convs(const GatherContext& context) {
  double count = 0;
  for (const NodeRow& row : context.analysis.nodes) {
    const ProductKind kind = product_kind(row);
    if (kind == ProductKind::matmul || kind == ProductKind::attention) break;
    if (kind == ProductKind::conv) ++count;
  }
  return count;
}

void count_row(const GatherContext& context, const NodeRow& row, Counter& counts) {
  if (row.domain == "ai.onnx.ml") counts.add("classic_ml");
  for (const auto& [op, feature] : counted_by_name) {
    if (row.op_type != op) continue;
    if (feature != "resizes" || is_enlarging(row)) counts.add(feature);
  }
  switch (product_kind(row)) {
    case ProductKind::conv: count_conv(context, row, counts); break;
    case ProductKind::transposed_conv:
      counts.add("convs");
      counts.add("convs_transposed");
      break;
    case ProductKind::matmul: count_matmul(row, counts); break;
    case ProductKind::attention: counts.add("attention_ops"); break;
    case ProductKind::none: break;
  }
  if (op_class(row) == OpClass::pooling) counts.add("pools");
  const bool computed = !row.outputs.empty() && !row.outputs[0].constant;
  if (!computed || is_integer(row.dtype) || !row.domain.empty()) return;
  if (std::ranges::find(view_ops, row.op_type) != view_ops.end()) counts.add("reshapes");
  if (row.op_type == "Transpose") counts.add("transposes");
  if (row.op_type == "Add" && !operand_constant(row, 0) && !operand_constant(row, 1)) {
    const Shape* a = operand_shape(row, 0);
    const Shape* b = operand_shape(row, 1);
    if (a != nullptr && b != nullptr && *a == *b && a->size() >= 3) counts.add("residual_adds");
  }
}

bool is_quantized_product(const GatherContext& context, const NodeRow& row) {
  const ProductKind kind = product_kind(row);
  if (kind == ProductKind::none) return false;
  if (row.op_type.find("Integer") != std::string::npos || row.op_type.starts_with("Q") ||
      row.op_type.find("Bits") != std::string::npos || row.op_type.starts_with("DynamicQuantize")) {
    return true;
  }
  const GraphView& view = context.views.view(row.scope_id);
  const Node* above = view.producer_node(view.input(row.graph_node, product_slots(row.op_type).second));
  return above != nullptr && above->op_type == "DequantizeLinear";
}

}  // namespace

void gather_operators(const GatherContext& context) {
  Counter counts({"nodes",
                  "convs",
                  "convs_1d",
                  "convs_2d",
                  "convs_3d",
                  "convs_depthwise",
                  "convs_patch",
                  "convs_transposed",
                  "matmuls",
                  "matmuls_weight",
                  "matmuls_activation",
                  "reshapes",
                  "transposes",
                  "softmaxes",
                  "attention_ops",
                  "pools",
                  "batch_norms",
                  "instance_norms",
                  "recurrent",
                  "loops",
                  "branches",
                  "cumulative",
                  "nms",
                  "regions",
                  "resizes",
                  "spectral",
                  "quantized",
                  "classic_ml",
                  "text_ops",
                  "residual_adds"});
  for (const NodeRow& row : context.analysis.nodes) {
    if (row.op_type == "Constant" && row.domain.empty()) continue;
    counts.add("nodes");
    count_row(context, row, counts);
    if (is_quantized_product(context, row)) counts.add("quantized");
  }
  counts.store(context.features);
  const double convs = counts.of("convs");
  const double matmuls = counts.of("matmuls") + counts.of("attention_ops");
  const double products = convs + counts.of("matmuls");
  context.features.set("products", products);
  context.features.set("stem_convs", stem_convs(context));
  if (convs + matmuls > 0) context.features.set("matmul_conv_ratio", matmuls / (convs + matmuls));
  for (const std::string_view each : {"reshapes", "transposes", "residual_adds", "quantized"}) {
    context.features.set(each, counts.of(each) / std::max(1.0, products + counts.of("attention_ops")));
  }
}

}  // namespace costscan
