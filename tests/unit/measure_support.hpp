// Models written as text (ONNX's own textual syntax), and what tests of measuring need around them.
#pragma once

#include <gtest/gtest.h>
#include <onnx/defs/parser.h>
#include <onnx/onnx_pb.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

#include "load/load.hpp"
#include "measure/measure.hpp"
#include "measure/ort_library.hpp"
#include "measure/process.hpp"
#include "shapes/infer.hpp"

namespace costscan::test {

/// A folder that vanishes with its test.
class Folder {
 public:
  Folder() : folder_(*PrivateFolder::create()) {}
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return folder_.path() / name; }
  [[nodiscard]] const std::filesystem::path& path() const { return folder_.path(); }

  std::filesystem::path write(const std::string& name, std::string_view bytes) const {
    std::filesystem::path file = folder_.path() / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << bytes;
    return file;
  }

 private:
  PrivateFolder folder_;
};

inline onnx::ModelProto parse_model(
    const std::string& graph,
    const std::string& header = R"(ir_version: 10, opset_import: ["" : 20, "com.microsoft" : 1])") {
  onnx::ModelProto model;
  const std::string text = "<" + header + ">\n" + graph;
  const auto status = onnx::OnnxParser::Parse(model, text.c_str());
  EXPECT_TRUE(status.IsOK()) << status.ErrorMessage();
  return model;
}

/// Takes an initializer's bytes away: from now on they lie in a file that does not exist.
inline void strip(onnx::TensorProto& tensor) {
  tensor.clear_raw_data();
  tensor.clear_float_data();
  tensor.clear_int32_data();
  tensor.clear_int64_data();
  tensor.clear_double_data();
  tensor.clear_uint64_data();
  tensor.set_data_location(onnx::TensorProto::EXTERNAL);
  auto* entry = tensor.add_external_data();
  entry->set_key("location");
  entry->set_value("not_there.weights");
}

inline onnx::TensorProto& add_missing_weight(onnx::ModelProto& model, const std::string& name,
                                             const std::vector<std::int64_t>& dims,
                                             int dtype = onnx::TensorProto::FLOAT) {
  onnx::TensorProto& tensor = *model.mutable_graph()->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(dtype);
  for (const std::int64_t dim : dims) tensor.add_dims(dim);
  strip(tensor);
  return tensor;
}

inline std::shared_ptr<const ShapedModel> shaped_file(const std::filesystem::path& file,
                                                      const ShapeOptions& options = {}) {
  const auto model = load_model(file);
  if (!model) {
    ADD_FAILURE() << model.error().message;
    return nullptr;
  }
  const auto shaped = infer_shapes(*model, options);
  if (!shaped) {
    ADD_FAILURE() << shaped.error().message;
    return nullptr;
  }
  return *shaped;
}

inline std::shared_ptr<const ShapedModel> shaped_model(const Folder& folder, const onnx::ModelProto& proto,
                                                       const ShapeOptions& options = {}) {
  return shaped_file(folder.write("model.onnx", proto.SerializeAsString()), options);
}

/// Short runs, in a worker that is this very test program.
inline MeasureOptions quick_options() {
  MeasureOptions options;
  options.worker = std::filesystem::read_symlink("/proc/self/exe");
  options.min_runs = 3;
  options.max_runs = 5;
  options.target_seconds = 0.05;
  options.timeout_seconds = 120;
  return options;
}

inline std::filesystem::path shared_folder() {
  if (const char* given = std::getenv("COSTSCAN_SHARED")) return given;
  return std::filesystem::path(COSTSCAN_SOURCE_DIR) / ".." / "shared";
}

inline bool have_runtime() { return load_ort_library({}).has_value(); }

#define SKIP_WITHOUT_RUNTIME()         \
  if (!costscan::test::have_runtime()) \
  GTEST_SKIP() << "no ONNX Runtime library; set COSTSCAN_ORT_LIB or run scripts/setup"

}  // namespace costscan::test
