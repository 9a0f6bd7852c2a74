// What predict_rate_features_test.cpp goes through: one line per kernel regime. Expected figures are by hand.
#pragma once

#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "unit/predict_scope.hpp"

namespace costscan {

using Ints = std::vector<std::int64_t>;

struct FeatureCase {
  std::string name;
  std::string op;
  std::vector<TestTensor> inputs;
  std::vector<TestTensor> outputs;
  std::string rate_class;
  std::vector<double> coords;
  double work = 0;
  std::string domain = "";
  std::vector<Attribute> attributes = {};
  std::string activation = "";
};

// NOLINTNEXTLINE(readability-identifier-naming): GoogleTest looks for this name
inline void PrintTo(const FeatureCase& given, std::ostream* out) { *out << given.name; }

inline TestTensor f32(Shape shape) { return {std::move(shape)}; }
inline TestTensor weight(Shape shape, DType dtype = DType::float32) { return {std::move(shape), dtype, true}; }
inline TestTensor typed(Shape shape, DType dtype) { return {std::move(shape), dtype}; }
inline TestTensor ints(Ints values) {
  return {{static_cast<std::int64_t>(values.size())}, DType::int64, true, std::move(values)};
}

inline constexpr const char* ms = "com.microsoft";
inline constexpr const char* nchwc = "com.microsoft.nchwc";

inline std::vector<FeatureCase> products() {
  return {
      {"Gemm",
       "Gemm",
       {f32({128, 768}), weight({768, 3072})},
       {f32({128, 3072})},
       "gemm",
       {128, 3072, 768},
       2.0 * 128 * 3072 * 768},
      {"GemmTransB",
       "Gemm",
       {f32({1, 2048}), weight({1000, 2048})},
       {f32({1, 1000})},
       "gemm",
       {1, 1000, 2048},
       2.0 * 1000 * 2048,
       "",
       {attribute("transB", std::int64_t{1})}},
      {"BatchOfRowsAndOneMatrix",
       "MatMul",
       {f32({2, 128, 768}), weight({768, 64})},
       {f32({2, 128, 64})},
       "gemm",
       {256, 64, 768},
       2.0 * 256 * 64 * 768},
      {"MadeAtRunTime",
       "MatMul",
       {f32({128, 64}), f32({64, 32})},
       {f32({128, 32})},
       "gemm_dynamic",
       {128, 32, 64},
       2.0 * 128 * 32 * 64},
      {"Batched",
       "MatMul",
       {f32({1, 12, 128, 64}), f32({1, 12, 64, 100})},
       {f32({1, 12, 128, 100})},
       "bmm",
       {128, 100, 64},
       2.0 * 12 * 128 * 100 * 64},
      {"BatchedTransposed",
       "FusedMatMul",
       {f32({12, 128, 64}), f32({12, 100, 64})},
       {f32({12, 128, 100})},
       "bmm/transB",
       {128, 100, 64},
       2.0 * 12 * 128 * 100 * 64,
       ms,
       {attribute("transB", std::int64_t{1})}},
      {"Double",
       "MatMul",
       {typed({8, 8}, DType::float64), weight({8, 8}, DType::float64)},
       {typed({8, 8}, DType::float64)},
       "gemm:float64",
       {8, 8, 8},
       1024},
      {"FusedActivation",
       "FusedGemm",
       {f32({4, 8}), weight({8, 16})},
       {f32({4, 16})},
       "gemm",
       {4, 16, 8},
       1024,
       ms,
       {attribute("activation", std::string("Relu"))},
       "Relu"},
      {"DynamicQuantised",
       "DynamicQuantizeMatMul",
       {f32({128, 768}), weight({768, 768}, DType::int8)},
       {f32({128, 768})},
       "dynamic_quantize_matmul",
       {128, 768, 768},
       2.0 * 128 * 768 * 768,
       ms},
      {"QGemmSigned",
       "QGemm",
       {typed({2, 64}, DType::int8), weight({}), weight({}, DType::int8), weight({64, 10}, DType::int8)},
       {typed({2, 10}, DType::int8)},
       "qgemm:int8",
       {2, 10, 64},
       2.0 * 2 * 10 * 64,
       ms},
      {"Blocks",
       "MatMulNBits",
       {f32({1, 8, 512}), weight({256, 16, 16}, DType::uint8)},
       {f32({1, 8, 256})},
       "matmul_nbits/4b/32/acc4",
       {8, 256, 512},
       2.0 * 8 * 256 * 512,
       ms,
       {attribute("K", std::int64_t{512}), attribute("N", std::int64_t{256}), attribute("bits", std::int64_t{4}),
        attribute("block_size", std::int64_t{32}), attribute("accuracy_level", std::int64_t{4})}},
      {"Einsum",
       "Einsum",
       {f32({2, 3, 5}), f32({2, 5, 7})},
       {f32({2, 3, 7})},
       "einsum",
       {3, 7, 5, 2},
       2.0 * 2 * 3 * 7 * 5,
       "",
       {attribute("equation", std::string("bij, bjk -> bik"))}},
      {"HandsOfAttention",
       "MultiHeadAttention",
       {f32({2, 16, 256}), f32({2, 24, 256}), f32({2, 24, 256})},
       {f32({2, 16, 256})},
       "attention/MultiHeadAttention",
       {8, 16, 24, 64},
       4.0 * 8 * 16 * 24 * 64,
       ms,
       {attribute("num_heads", std::int64_t{4})}},
      {"GroupedQueriesWithPast",
       "GroupQueryAttention",
       {f32({1, 1, 256}), f32({1, 1, 64}), f32({1, 1, 64}), f32({1, 1, 31, 64}), f32({1, 1, 31, 64})},
       {f32({1, 1, 256}), f32({1, 1, 32, 64}), f32({1, 1, 32, 64})},
       "attention/GroupQueryAttention",
       {4, 1, 32, 64},
       4.0 * 4 * 1 * 32 * 64,
       ms,
       {attribute("num_heads", std::int64_t{4}), attribute("kv_num_heads", std::int64_t{1})}},
      {"Lstm",
       "LSTM",
       {f32({10, 2, 8}), weight({2, 64, 8}), weight({2, 64, 16})},
       {f32({10, 2, 2, 16})},
       "lstm",
       {10, 2, 16, 8},
       2.0 * 10 * 2 * (2 * 64 * 8 + 2 * 64 * 16)},
  };
}

inline std::vector<FeatureCase> windows() {
  const auto stride = [](std::int64_t s) { return attribute("strides", Ints{s, s}); };
  const auto group = [](std::int64_t g) { return attribute("group", g); };
  return {
      {"FirstLayer",
       "Conv",
       {f32({1, 3, 224, 224}), weight({64, 3, 7, 7})},
       {f32({1, 64, 112, 112})},
       "conv_nchwc/first",
       {64, 12544, 147, 2},
       2.0 * 64 * 12544 * 147,
       nchwc,
       {stride(2)}},
      {"PlainPointwise",
       "Conv",
       {f32({1, 32, 8, 8}), weight({64, 32, 1, 1})},
       {f32({1, 64, 8, 8})},
       "conv/1x1",
       {64, 64, 32},
       2.0 * 64 * 64 * 32},
      {"PlainGrouped",
       "Conv",
       {f32({1, 32, 8, 8}), weight({64, 8, 3, 3})},
       {f32({1, 64, 8, 8})},
       "conv/grouped",
       {16, 64, 72},
       2.0 * 64 * 64 * 72,
       "",
       {group(4)}},
      {"PlainDepthwise",
       "Conv",
       {f32({1, 20, 8, 8}), weight({20, 1, 3, 3})},
       {f32({1, 20, 8, 8})},
       "conv/dw",
       {20, 64, 9},
       2.0 * 20 * 64 * 9,
       "",
       {group(20)}},
      {"OneAxis",
       "Conv",
       {f32({1, 80, 3000}), weight({384, 80, 3})},
       {f32({1, 384, 3000})},
       "conv/1d",
       {384, 3000, 240},
       2.0 * 384 * 3000 * 240},
      {"BatchMultipliesWork",
       "FusedConv",
       {f32({4, 16, 8, 8}), weight({32, 16, 3, 3})},
       {f32({4, 32, 8, 8})},
       "conv/im2col",
       {32, 64, 144},
       2.0 * 4 * 32 * 64 * 144,
       ms,
       {attribute("activation", std::string("Relu"))},
       "Relu"},
      {"Quantised",
       "QLinearConv",
       {typed({1, 16, 8, 8}, DType::uint8), weight({}), weight({}, DType::uint8), weight({32, 16, 3, 3}, DType::int8)},
       {typed({1, 32, 8, 8}, DType::uint8)},
       "qlinear_conv/im2col",
       {32, 64, 144},
       2.0 * 32 * 64 * 144},
      {"QuantisedChannelsLast",
       "QLinearConv",
       {typed({1, 8, 8, 16}, DType::uint8), weight({}), weight({}, DType::uint8), weight({32, 16, 3, 3}, DType::int8)},
       {typed({1, 8, 8, 32}, DType::uint8)},
       "qlinear_conv/im2col",
       {32, 64, 144},
       2.0 * 32 * 64 * 144,
       ms,
       {attribute("channels_last", std::int64_t{1})}},
      {"MaxPool",
       "MaxPool",
       {f32({1, 64, 112, 112})},
       {f32({1, 64, 56, 56})},
       "pool/Max/s2",
       {200704, 9},
       4.0 * (802816 + 200704),
       "",
       {attribute("kernel_shape", Ints{3, 3}), stride(2)}},
      {"ReorderToPlain",
       "ReorderOutput",
       {f32({1, 64, 7, 7})},
       {f32({1, 64, 7, 7})},
       "ReorderOutput",
       {64, 49},
       4.0 * 2 * 3136,
       nchwc},
  };
}

}  // namespace costscan
