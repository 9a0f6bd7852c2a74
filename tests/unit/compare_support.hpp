// Whole models from ONNX's textual syntax, analysed without the runtime.
#pragma once

#include "pipeline.hpp"
#include "unit/measure_support.hpp"

namespace costscan::test {

/// A static analysis of the model written as text; lives as long as its folder only where weights are read.
inline Analysis analysed(const Folder& folder, const std::string& name, const onnx::ModelProto& proto,
                         const std::vector<std::pair<std::string, std::int64_t>>& dims = {}) {
  AnalyzeOptions options;
  options.depth = Depth::static_only;
  options.shapes.dims = dims;
  auto analysis = analyze(folder.write(name, proto.SerializeAsString()), options);
  EXPECT_TRUE(analysis) << analysis.error().message;
  return analysis ? *std::move(analysis) : Analysis{};
}

}  // namespace costscan::test
