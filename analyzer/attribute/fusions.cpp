#include "attribute/fusions.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace costscan {
namespace {

struct NameOf {
  std::string_view mark;
  std::string_view fusion;
};

/// Doc strings begin so. From shared runs of ONNX Runtime 1.19 and 1.31 and the texts in the library.
constexpr std::array by_doc{
    NameOf{"fused Matmul and Add", "MatMulAddFusion"},
    NameOf{"fused MatMul and Add", "MatMulAddFusion"},
    NameOf{"fused MatMul and Transpose", "MatmulTransposeFusion"},
    NameOf{"Fused MatMul and Scale", "MatMulScaleFusion"},
    NameOf{"fused LayerNorm subgraphs", "LayerNormFusion"},
    NameOf{"fused SimplifiedLayerNorm", "SimplifiedLayerNormFusion"},
    NameOf{"fused SkipLayerNorm subgraphs", "SkipLayerNormFusion"},
    NameOf{"fused SkipLayerNormalization and bias Add", "BiasSkipLayerNormFusion"},
    NameOf{"fused EmbedLayerNorm subgraphs", "EmbedLayerNormFusion"},
    NameOf{"fused GPT2Gelu subgraphs", "FastGeluFusion"},
    NameOf{"fused Gelu subgraphs", "GeluFusion"},
    NameOf{"fused Add and Gelu", "BiasGeluFusion"},
    NameOf{"fused MatMulNBits gated MLP projections", "MatMulNBitsMlpFusion"},
    NameOf{"fused Gemm", "GemmActivationFusion"},
};

/// Operators that one fusion alone makes.
constexpr std::array by_op{
    NameOf{"FusedConv", "ConvActivationFusion"},
    NameOf{"NhwcFusedConv", "NhwcTransformer"},
    NameOf{"FusedGemm", "GemmActivationFusion"},
    NameOf{"FusedMatMul", "MatmulTransposeFusion"},
    NameOf{"FusedMatMulActivation", "MatMulActivationFusion"},
    NameOf{"BiasGelu", "BiasGeluFusion"},
    NameOf{"FastGelu", "FastGeluFusion"},
    NameOf{"Gelu", "GeluFusion"},
    NameOf{"QuickGelu", "QuickGeluFusion"},
    NameOf{"BiasSoftmax", "BiasSoftmaxFusion"},
    NameOf{"BiasDropout", "BiasDropoutFusion"},
    NameOf{"LayerNormalization", "LayerNormFusion"},
    NameOf{"SimplifiedLayerNormalization", "SimplifiedLayerNormFusion"},
    NameOf{"RMSNormalization", "SimplifiedLayerNormFusion"},
    NameOf{"SkipLayerNormalization", "SkipLayerNormFusion"},
    NameOf{"SkipSimplifiedLayerNormalization", "SkipLayerNormFusion"},
    NameOf{"EmbedLayerNormalization", "EmbedLayerNormFusion"},
    NameOf{"Attention", "AttentionFusion"},
    NameOf{"MultiHeadAttention", "AttentionFusion"},
    NameOf{"GroupQueryAttention", "GroupQueryAttentionFusion"},
    NameOf{"MatMulIntegerToFloat", "MatMulIntegerToFloatFusion"},
    NameOf{"DynamicQuantizeMatMul", "DynamicQuantizeMatMulFusion"},
    NameOf{"MatMulNBits", "DQMatMulNBitsFusion"},
    NameOf{"QGemm", "QDQSelectorActionTransformer"},
    NameOf{"MatMulIntegerToFloat", "MatMulIntegerToFloatFusion"},
    NameOf{"SpaceToDepth", "SliceConcatToSpaceToDepthFusion"},
    NameOf{"Split", "GatherSliceToSplitFusion"},
    NameOf{"Slice", "GatherToSliceFusion"},
    NameOf{"Reshape", "ReshapeFusion"},
};

/// For an operator that keeps its kind: by what it took in, the one that says most first.
struct ByMember {
  std::string_view op;
  std::string_view member;
  std::string_view fusion;
};
constexpr std::array by_member{
    ByMember{"Conv", "BatchNormalization", "ConvBNFusion"},
    ByMember{"Conv", "Mul", "ConvMulFusion"},
    ByMember{"Conv", "Add", "ConvAddFusion"},
    ByMember{"Conv", "Pad", "Pad_Fusion"},
    ByMember{"Gemm", "BatchNormalization", "MatMul_BatchNormalization_Fusion"},
    ByMember{"Gemm", "MatMul", "MatMulAddFusion"},
    ByMember{"Gemm", "Transpose", "GemmTransposeFusion"},
    ByMember{"Gemm", "Sum", "GemmSumFusion"},
    ByMember{"Div", "Mul", "DivMulFusion"},
    ByMember{"Where", "Not", "NotWhereFusion"},
    ByMember{"Clip", "Relu", "FuseReluClip"},
    ByMember{"MaxPool", "Pad", "Pad_Fusion"},
    ByMember{"AveragePool", "Pad", "Pad_Fusion"},
    ByMember{"Transpose", "Transpose", "TransposeOptimizer"},
    ByMember{"Cast", "Cast", "CastChainElimination"},
};

/// "…/GeluFusion", "…/MatMulScaleFusion/", "…/MatMulAddFusion_token_3": the last part of a name.
std::string_view by_node_name(std::string_view name) {
  if (const auto token = name.rfind("_token_"); token != std::string_view::npos) name = name.substr(0, token);
  if (name.ends_with('/')) name.remove_suffix(1);
  const auto at = name.rfind('/');
  if (at == std::string_view::npos || !name.ends_with("Fusion")) return {};
  return name.substr(at + 1);
}

bool is_quantized(const Node& node) { return node.op_type.starts_with("QLinear") || node.op_type.starts_with("QGemm"); }

}  // namespace

std::string fusion_name(const Node& executed, const std::set<std::string>& members) {
  if (const auto name = by_node_name(executed.name); !name.empty()) return std::string(name);
  for (const auto& [mark, fusion] : by_doc) {
    if (executed.doc_string.starts_with(mark)) return std::string(fusion);
  }
  if (executed.domain == "com.microsoft.nchwc") return "NchwcTransformer";
  if (is_quantized(executed) || members.contains("DequantizeLinear")) return "QDQSelectorActionTransformer";
  for (const auto& [op, fusion] : by_op) {
    if (executed.op_type == op && !members.contains(std::string(op))) return std::string(fusion);
  }
  for (const auto& [op, member, fusion] : by_member) {
    if (executed.op_type == op && members.contains(std::string(member))) return std::string(fusion);
  }
  // It is one of the nodes itself, and the runtime did without the others.
  return members.contains(executed.op_type) ? std::string() : executed.op_type;
}

std::string adding_transformer(const Node& executed) {
  if (executed.op_type == "ReorderInput" || executed.op_type == "ReorderOutput") return "NchwcTransformer";
  if (executed.op_type.starts_with("Memcpy")) return "MemcpyTransformer";
  if (executed.op_type == "Cast" && executed.name.find("InsertedPrecisionFreeCast_") != std::string::npos)
    return "InsertCastTransformer";
  if (executed.op_type == "Transpose") return "TransposeOptimizer";
  return {};
}

}  // namespace costscan
