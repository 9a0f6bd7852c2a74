// Graphs from ONNX's textual syntax, with a few words of this test's own for what differs between opsets and types.
#pragma once

#include <gtest/gtest.h>
#include <onnx/defs/parser.h>
#include <onnx/onnx_pb.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "load/load.hpp"
#include "patterns/graph_view.hpp"
#include "shapes/infer.hpp"

namespace costscan::test {

inline std::string replaced_all(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

struct ReductionWord {
  const char* word;
  const char* op_type;
  int axes_are_input;  ///< since this version
};
inline constexpr ReductionWord reduction_words[] = {
    {"MEAN[", "ReduceMean", 18}, {"SUMSQ[", "ReduceSumSquare", 18}, {"SUM[", "ReduceSum", 13}};

/// The axes of a reduction are an attribute until some version and an input since: `MEAN[-1](x)`, `SUM[-1](x)` and
/// `SUMSQ[-1](x)` are written as either.
inline std::string for_opset(std::string text, int opset) {
  std::string constants;
  int written_axes = 0;
  for (const auto& [word, op_type, axes_are_input] : reduction_words) {
    const std::string begin = word;
    for (std::size_t at = 0; (at = text.find(begin, at)) != std::string::npos;) {
      const std::size_t first = at + begin.size();
      const std::size_t close = text.find(']', at);
      const std::string axes = text.substr(first, close - first);
      const std::size_t end = text.find(')', close);
      const std::string operand = text.substr(close + 2, end - close - 2);
      std::string written = std::string(op_type) + " <axes = [" + axes + "]> (" + operand + ")";
      if (opset >= axes_are_input) {
        const std::string name = "axes" + std::to_string(++written_axes);
        const auto count = 1 + std::ranges::count(axes, ',');
        constants += ", int64[" + std::to_string(count) + "] " + name + " = {" + axes + "}";
        written = std::string(op_type) + "(" + operand + ", " + name + ")";
      }
      text.replace(at, end + 1 - at, written);
    }
  }
  // Initializers end where the body begins.
  const std::size_t body = text.find("> {");
  if (!constants.empty() && body != std::string::npos) text.insert(body, constants);
  return text;
}

inline onnx::ModelProto parsed_model(const std::string& graph, int opset, const std::string& more_imports = "") {
  onnx::ModelProto model;
  const std::string text =
      "<ir_version: 8, opset_import: [\"\" : " + std::to_string(opset) + more_imports + "]>\n" + graph;
  const auto status = onnx::OnnxParser::Parse(model, text.c_str());
  EXPECT_TRUE(status.IsOK()) << status.ErrorMessage() << "\n" << text;
  return model;
}

/// To nearest; for the normal range.
inline std::uint16_t half_bits(float value) {
  if (value == 0) return 0;
  int exponent = 0;
  const double mantissa = std::frexp(std::abs(static_cast<double>(value)), &exponent);  // [0.5, 1)
  const int shift = std::max(-14 - (exponent - 1), 0);                                  // subnormal halves
  auto units = static_cast<int>(std::nearbyint(std::ldexp(mantissa, 11 - shift)));
  const int biased = shift > 0 ? 0 : exponent - 1 + 14;
  units += biased << 10;
  return static_cast<std::uint16_t>(units | (value < 0 ? 0x8000 : 0));
}

/// The same model in half precision, what its Casts name apart.
inline onnx::ModelProto in_half(onnx::ModelProto model) {
  const auto narrow = [](onnx::ValueInfoProto& info) {
    auto& tensor = *info.mutable_type()->mutable_tensor_type();
    if (tensor.elem_type() == onnx::TensorProto::FLOAT) tensor.set_elem_type(onnx::TensorProto::FLOAT16);
  };
  for (auto& info : *model.mutable_graph()->mutable_input()) narrow(info);
  for (auto& info : *model.mutable_graph()->mutable_output()) narrow(info);
  for (auto& tensor : *model.mutable_graph()->mutable_initializer()) {
    if (tensor.data_type() != onnx::TensorProto::FLOAT) continue;
    tensor.set_data_type(onnx::TensorProto::FLOAT16);
    for (const float value : tensor.float_data()) tensor.add_int32_data(half_bits(value));
    tensor.clear_float_data();
  }
  return model;
}

inline std::shared_ptr<const ShapedModel> shaped_from_proto(const onnx::ModelProto& proto) {
  const std::filesystem::path file =
      std::filesystem::path(testing::TempDir()) / ("costscan_text_" + std::to_string(getpid()) + ".onnx");
  std::ofstream(file, std::ios::binary) << proto.SerializeAsString();
  const auto model = load_model(file);
  std::filesystem::remove(file);
  if (!model) {
    ADD_FAILURE() << model.error().message;
    return nullptr;
  }
  const auto shaped = infer_shapes(*model);
  if (!shaped) {
    ADD_FAILURE() << shaped.error().message;
    return nullptr;
  }
  return *shaped;
}

inline std::shared_ptr<const ShapedModel> shaped_from_text(const std::string& graph, int opset,
                                                           const std::string& more_imports = "") {
  return shaped_from_proto(parsed_model(graph, opset, more_imports));
}

}  // namespace costscan::test
