#include "fingerprint/op_classes.hpp"

#include <algorithm>
#include <string>

namespace costscan {
namespace {

using Names = std::span<const std::string_view>;

constexpr std::array<OpClass, 10> all_classes{
    OpClass::conv,    OpClass::matmul,      OpClass::attention, OpClass::recurrent, OpClass::norm,
    OpClass::pooling, OpClass::elementwise, OpClass::movement,  OpClass::embedding, OpClass::other};

constexpr auto conv_ops = std::to_array<std::string_view>({"CausalConvWithState", "Conv", "ConvInteger", "DeformConv",
                                                           "FusedConv", "NhwcConv", "NhwcFusedConv", "QLinearConv"});
constexpr auto transposed_ops = std::to_array<std::string_view>({"ConvTranspose", "ConvTransposeWithDynamicPads"});
constexpr auto matmul_ops = std::to_array<std::string_view>({"DynamicQuantizeMatMul",
                                                             "Einsum",
                                                             "FusedGemm",
                                                             "FusedMatMul",
                                                             "FusedMatMulActivation",
                                                             "Gemm",
                                                             "GemmFastGelu",
                                                             "GemmFloat8",
                                                             "MatMul",
                                                             "MatMulBlockQuantizedFp4Weight",
                                                             "MatMulBlockQuantizedFp8Weight",
                                                             "MatMulBnb4",
                                                             "MatMulFpQ4",
                                                             "MatMulInteger",
                                                             "MatMulInteger16",
                                                             "MatMulIntegerToFloat",
                                                             "MatMulNBits",
                                                             "MatMulNBitsMlp",
                                                             "MatMulNBitsQkv",
                                                             "QGemm",
                                                             "QLinearMatMul",
                                                             "QMoE",
                                                             "MoE",
                                                             "QOrderedMatMul",
                                                             "SparseToDenseMatMul",
                                                             "TransposeMatMul"});
constexpr auto attention_op_names = std::to_array<std::string_view>(
    {"Attention", "DecoderAttention", "DecoderMaskedMultiHeadAttention", "DecoderMaskedSelfAttention",
     "GroupQueryAttention", "LongformerAttention", "MultiHeadAttention", "PackedAttention", "PackedMultiHeadAttention",
     "QAttention", "QOrderedAttention", "SparseAttention"});
constexpr auto recurrent_ops =
    std::to_array<std::string_view>({"AttnLSTM", "DynamicQuantizeLSTM", "GRU", "LSTM", "LinearAttention", "RNN"});
constexpr auto norm_ops = std::to_array<std::string_view>(
    {"BatchNormalization", "BranchwiseRMSNorm", "EmbedLayerNormalization", "GatedRMSNorm", "GroupNorm",
     "GroupNormalization", "InstanceNormalization", "LRN", "LayerNormalization", "LpNormalization",
     "MeanVarianceNormalization", "QEmbedLayerNormalization", "QOrderedLayerNormalization", "RMSNormalization",
     "SimplifiedLayerNormalization", "SkipGroupNorm", "SkipLayerNormalization", "SkipSimplifiedLayerNormalization"});
constexpr auto pooling_ops = std::to_array<std::string_view>(
    {"AveragePool", "GlobalAveragePool", "GlobalLpPool", "GlobalMaxPool", "LpPool", "MaxPool", "MaxRoiPool",
     "MaxUnpool", "MaxpoolWithMask", "NhwcMaxPool", "QLinearAveragePool", "QLinearGlobalAveragePool", "RoiAlign"});
constexpr auto movement_ops =
    std::to_array<std::string_view>({"CenterCropPad",   "Col2Im", "Compress",      "Concat",  "ConcatFromSequence",
                                     "DepthToSpace",    "Expand", "ExpandDims",    "Flatten", "GridSample",
                                     "Identity",        "Pad",    "QLinearConcat", "Reshape", "Resize",
                                     "ReverseSequence", "Slice",  "SpaceToDepth",  "Split",   "SplitToSequence",
                                     "Squeeze",         "Tile",   "Transpose",     "Trilu",   "Unsqueeze",
                                     "Upsample"});
constexpr auto embedding_ops =
    std::to_array<std::string_view>({"Gather", "GatherBlockQuantized", "GatherElements", "GatherND", "OneHot",
                                     "ScatterElements", "ScatterND", "TensorScatter", "TorchEmbedding"});
constexpr auto elementwise_ops = std::to_array<std::string_view>({"Abs",
                                                                  "Add",
                                                                  "And",
                                                                  "BiasAdd",
                                                                  "BiasGelu",
                                                                  "BiasSoftmax",
                                                                  "Cast",
                                                                  "CastLike",
                                                                  "Ceil",
                                                                  "Celu",
                                                                  "Clip",
                                                                  "Cos",
                                                                  "CumSum",
                                                                  "DequantizeLinear",
                                                                  "Div",
                                                                  "Dropout",
                                                                  "DynamicQuantizeLinear",
                                                                  "Elu",
                                                                  "Equal",
                                                                  "Erf",
                                                                  "Exp",
                                                                  "FastGelu",
                                                                  "Floor",
                                                                  "Gelu",
                                                                  "Greater",
                                                                  "GreaterOrEqual",
                                                                  "HardSigmoid",
                                                                  "HardSwish",
                                                                  "LeakyRelu",
                                                                  "Less",
                                                                  "LessOrEqual",
                                                                  "Log",
                                                                  "LogSoftmax",
                                                                  "Max",
                                                                  "Min",
                                                                  "Mish",
                                                                  "Mod",
                                                                  "Mul",
                                                                  "Neg",
                                                                  "Not",
                                                                  "Or",
                                                                  "PRelu",
                                                                  "Pow",
                                                                  "QLinearAdd",
                                                                  "QLinearLeakyRelu",
                                                                  "QLinearMul",
                                                                  "QLinearSigmoid",
                                                                  "QuantizeLinear",
                                                                  "QuickGelu",
                                                                  "Reciprocal",
                                                                  "ReduceL2",
                                                                  "ReduceMax",
                                                                  "ReduceMean",
                                                                  "ReduceMin",
                                                                  "ReduceSum",
                                                                  "Relu",
                                                                  "RotaryEmbedding",
                                                                  "Round",
                                                                  "Selu",
                                                                  "Sigmoid",
                                                                  "Sign",
                                                                  "Sin",
                                                                  "Softplus",
                                                                  "Softsign",
                                                                  "Sqrt",
                                                                  "Sub",
                                                                  "Sum",
                                                                  "SwiGLU",
                                                                  "Swish",
                                                                  "Tanh",
                                                                  "ThresholdedRelu",
                                                                  "Where",
                                                                  "Xor"});

bool is_one_of(Names names, std::string_view op_type) noexcept {
  return std::ranges::find(names, op_type) != names.end();
}

/// ONNX's own domain and those of ONNX Runtime; an operator of somebody else's is not known by its name.
bool known_domain(std::string_view domain) noexcept { return domain.empty() || domain.starts_with("com.microsoft"); }

}  // namespace

std::span<const OpClass> op_classes() noexcept { return all_classes; }

std::string_view to_string(OpClass op_class) noexcept {
  switch (op_class) {
    case OpClass::conv: return "conv";
    case OpClass::matmul: return "matmul";
    case OpClass::attention: return "attention";
    case OpClass::recurrent: return "recurrent";
    case OpClass::norm: return "norm";
    case OpClass::pooling: return "pooling";
    case OpClass::elementwise: return "elementwise";
    case OpClass::movement: return "movement";
    case OpClass::embedding: return "embedding";
    case OpClass::other: break;
  }
  return "other";
}

std::string_view op_class_summary(OpClass op_class) noexcept {
  switch (op_class) {
    case OpClass::conv: return "convolutions, transposed ones too";
    case OpClass::matmul: return "products with a weight";
    case OpClass::attention: return "products of two computed values, Softmax, fused attention";
    case OpClass::recurrent: return "LSTM, GRU, RNN";
    case OpClass::norm: return "normalisation operators";
    case OpClass::pooling: return "pooling";
    case OpClass::elementwise: return "elementwise operators and reductions";
    case OpClass::movement: return "operators that only move data";
    case OpClass::embedding: return "lookups and scatters";
    case OpClass::other: break;
  }
  return "everything else";
}

ProductKind product_kind(const NodeRow& row) noexcept {
  if (!known_domain(row.domain)) return ProductKind::none;
  if (is_one_of(conv_ops, row.op_type)) return ProductKind::conv;
  if (is_one_of(transposed_ops, row.op_type)) return ProductKind::transposed_conv;
  if (is_one_of(matmul_ops, row.op_type)) return ProductKind::matmul;
  return is_one_of(attention_op_names, row.op_type) ? ProductKind::attention : ProductKind::none;
}

std::pair<std::size_t, std::size_t> product_slots(std::string_view op_type) noexcept {
  const bool scales_between = op_type == "QLinearConv" || op_type == "QLinearMatMul" || op_type == "QGemm";
  return {0, scales_between ? 3 : 1};
}

const Shape* operand_shape(const NodeRow& row, std::size_t slot) noexcept {
  if (slot >= row.inputs.size() || !row.inputs[slot].present || !row.inputs[slot].shape) return nullptr;
  return &*row.inputs[slot].shape;
}

bool operand_constant(const NodeRow& row, std::size_t slot) noexcept {
  return slot < row.inputs.size() && row.inputs[slot].present && row.inputs[slot].constant;
}

bool is_activation_product(const NodeRow& row) noexcept {
  if (product_kind(row) != ProductKind::matmul) return false;
  const auto [a, b] = product_slots(row.op_type);
  return b < row.inputs.size() && !operand_constant(row, a) && !operand_constant(row, b);
}

OpClass op_class(const NodeRow& row) noexcept {
  switch (product_kind(row)) {
    case ProductKind::conv:
    case ProductKind::transposed_conv: return OpClass::conv;
    case ProductKind::attention: return OpClass::attention;
    case ProductKind::matmul: return is_activation_product(row) ? OpClass::attention : OpClass::matmul;
    case ProductKind::none: break;
  }
  if (!known_domain(row.domain)) return OpClass::other;
  if (row.op_type == "Softmax" || row.op_type == "QLinearSoftmax") return OpClass::attention;
  if (is_one_of(recurrent_ops, row.op_type)) return OpClass::recurrent;
  if (is_one_of(norm_ops, row.op_type)) return OpClass::norm;
  if (is_one_of(pooling_ops, row.op_type)) return OpClass::pooling;
  if (is_one_of(movement_ops, row.op_type)) return OpClass::movement;
  if (is_one_of(embedding_ops, row.op_type)) return OpClass::embedding;
  return is_one_of(elementwise_ops, row.op_type) ? OpClass::elementwise : OpClass::other;
}

}  // namespace costscan
