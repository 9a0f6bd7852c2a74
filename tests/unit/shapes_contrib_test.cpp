// Operators of the runtime's own domains: expected shapes by hand from ONNX Runtime's operator documentation.
#include "shapes_support.hpp"

namespace costscan {
namespace {

using test::GraphBuilder;
using test::int_attr;
using test::ints_attr;
using test::tensor_named;
using test::text_of;

struct ContribCase {
  const char* op;
  const char* domain;
  std::vector<std::pair<DType, Shape>> inputs;
  std::vector<Attribute> attributes;
  std::vector<std::string> outputs;
};
void PrintTo(const ContribCase& c, std::ostream* out) { *out << c.domain << "::" << c.op; }

class Contrib : public testing::TestWithParam<ContribCase> {};
TEST_P(Contrib, HasItsShapes) {
  GraphBuilder graph;
  std::vector<std::string> inputs;
  for (const auto& [dtype, shape] : GetParam().inputs) {
    inputs.push_back(dtype == DType::undefined ? "" : "in" + std::to_string(inputs.size()));
    if (dtype != DType::undefined) graph.input(inputs.back(), dtype, {shape.begin(), shape.end()});
  }
  std::vector<std::string> outputs;
  for (std::size_t i = 0; i < GetParam().outputs.size(); ++i) outputs.push_back("out" + std::to_string(i));
  graph.node(GetParam().op, inputs, outputs, GetParam().attributes, GetParam().domain).output("out0");
  const auto inferred = infer_shapes(graph.model(), {});
  ASSERT_TRUE(inferred.has_value()) << inferred.error().message;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const TensorInfo& info = tensor_named(**inferred, outputs[i]);
    EXPECT_EQ(std::string(to_string(info.dtype)) + " " + text_of(info), GetParam().outputs[i]);
  }
}

constexpr DType f32 = DType::float32;
constexpr DType u8 = DType::uint8;
constexpr DType none = DType::undefined;
const char* const ms = "com.microsoft";
const char* const blocked = "com.microsoft.nchwc";

INSTANTIATE_TEST_SUITE_P(
    Microsoft, Contrib,
    testing::Values(
        ContribCase{"FusedMatMul",
                    ms,
                    {{f32, {2, 8, 3}}, {f32, {2, 5, 8}}},
                    {int_attr("transA", 1), int_attr("transB", 1)},
                    {"float32 2x3x5"}},
        ContribCase{
            "FusedMatMul", ms, {{f32, {4, 2, 8}}, {f32, {2, 8, 5}}}, {int_attr("transBatchA", 1)}, {"float32 2x4x5"}},
        ContribCase{"MatMulNBits",
                    ms,
                    {{f32, {2, 7, 64}}, {u8, {32, 2, 16}}, {f32, {64}}},
                    {int_attr("K", 64), int_attr("N", 32)},
                    {"float32 2x7x32"}},
        ContribCase{"QGemm",
                    ms,
                    {{u8, {4, 8}}, {f32, {}}, {u8, {}}, {DType::int8, {6, 8}}, {f32, {}}, {DType::int8, {}}},
                    {int_attr("transB", 1)},
                    {"float32 4x6"}},
        ContribCase{"QLinearAdd",
                    ms,
                    {{u8, {4, 1}}, {f32, {}}, {u8, {}}, {u8, {3}}, {f32, {}}, {u8, {}}, {f32, {}}, {u8, {}}},
                    {},
                    {"uint8 4x3"}},
        ContribCase{"QLinearConcat",
                    ms,
                    {{f32, {}}, {u8, {}}, {u8, {2, 3}}, {f32, {}}, {u8, {}}, {u8, {2, 4}}, {f32, {}}, {u8, {}}},
                    {int_attr("axis", 1)},
                    {"uint8 2x7"}},
        ContribCase{"SkipLayerNormalization",
                    ms,
                    {{f32, {2, 5, 8}}, {f32, {2, 5, 8}}, {f32, {8}}},
                    {},
                    {"float32 2x5x8", "float32 2x5x1", "float32 2x5x1", "float32 2x5x8"}},
        ContribCase{"BiasSplitGelu", ms, {{f32, {2, 5, 8}}, {f32, {8}}}, {}, {"float32 2x5x4"}},
        ContribCase{"EmbedLayerNormalization",
                    ms,
                    {{DType::int32, {2, 5}},
                     {DType::int32, {2, 5}},
                     {f32, {100, 16}},
                     {f32, {9, 16}},
                     {f32, {2, 16}},
                     {f32, {16}},
                     {f32, {16}}},
                    {},
                    {"float32 2x5x16", "int32 2"}},
        ContribCase{"FusedConv",
                    ms,
                    {{f32, {1, 3, 10, 10}}, {f32, {8, 3, 3, 3}}},
                    {ints_attr("pads", {1, 1, 1, 1})},
                    {"float32 1x8x10x10"}},
        ContribCase{"NhwcMaxPool",
                    ms,
                    {{u8, {1, 10, 12, 3}}},
                    {ints_attr("kernel_shape", {2, 2}), ints_attr("strides", {2, 2})},
                    {"uint8 1x5x6x3"}},
        ContribCase{"QLinearConv",
                    ms,
                    {{u8, {1, 10, 12, 3}},
                     {f32, {}},
                     {u8, {}},
                     {DType::int8, {8, 3, 3, 3}},
                     {f32, {}},
                     {DType::int8, {}},
                     {f32, {}},
                     {u8, {}}},
                    {int_attr("channels_last", 1)},
                    {"uint8 1x8x10x8"}},
        ContribCase{"ExpandDims", ms, {{f32, {2, 3}}, {none, {}}}, {}, {"undefined ?"}}));

INSTANTIATE_TEST_SUITE_P(
    Attention, Contrib,
    testing::Values(
        ContribCase{"Attention",
                    ms,
                    {{f32, {2, 5, 8}}, {f32, {8, 24}}, {f32, {24}}, {none, {}}, {f32, {2, 2, 4, 3, 2}}},
                    {int_attr("num_heads", 4)},
                    {"float32 2x5x8", "float32 2x2x4x8x2"}},
        ContribCase{"MultiHeadAttention",
                    ms,
                    {{f32, {2, 5, 8}}, {f32, {2, 7, 8}}, {f32, {2, 7, 12}}},
                    {int_attr("num_heads", 4)},
                    {"float32 2x5x12", "float32 2x4x7x2", "float32 2x4x7x3"}},
        ContribCase{"MultiHeadAttention", ms, {{f32, {2, 5, 4, 3, 2}}}, {int_attr("num_heads", 4)}, {"float32 2x5x8"}},
        ContribCase{"GroupQueryAttention",
                    ms,
                    {{f32, {2, 1, 32}},
                     {f32, {2, 1, 8}},
                     {f32, {2, 1, 8}},
                     {f32, {2, 2, 6, 4}},
                     {f32, {2, 2, 6, 4}},
                     {DType::int32, {2}}},
                    {int_attr("num_heads", 8), int_attr("kv_num_heads", 2)},
                    {"float32 2x1x32", "float32 2x2x7x4", "float32 2x2x7x4"}}));

INSTANTIATE_TEST_SUITE_P(
    Blocked, Contrib,
    testing::Values(
        ContribCase{"ReorderInput", blocked, {{f32, {1, 24, 7, 7}}}, {}, {"float32 1x32x7x7"}},
        ContribCase{
            "ReorderInput", blocked, {{f32, {1, 7, 9, 24}}}, {int_attr("channels_last", 1)}, {"float32 1x32x7x9"}},
        ContribCase{"ReorderOutput", blocked, {{f32, {1, 32, 7, 9}}}, {int_attr("channels", 24)}, {"float32 1x24x7x9"}},
        ContribCase{"ReorderOutput",
                    blocked,
                    {{f32, {1, 32, 7, 9}}},
                    {int_attr("channels", 24), int_attr("channels_last", 1)},
                    {"float32 1x7x9x24"}},
        ContribCase{"GlobalAveragePool", blocked, {{f32, {1, 32, 7, 9}}}, {}, {"float32 1x32x1x1"}},
        ContribCase{
            "Upsample", blocked, {{f32, {1, 32, 7, 9}}}, {ints_attr("scales", {1, 1, 2, 2})}, {"float32 1x32x14x18"}}));

}  // namespace
}  // namespace costscan
