// Small models built as protos, written to a folder of their own and loaded again.
#pragma once

#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "load/load.hpp"
#include "model/graph.hpp"

namespace costscan::test {

/// An error that a user can act on: one line that starts with the file and says what to do.
inline void expect_clear_refusal(const Error& error, const std::filesystem::path& path,
                                 const std::vector<std::string>& parts) {
  EXPECT_EQ(error.kind, ErrorKind::input);
  EXPECT_TRUE(error.message.starts_with(path.string() + ": ")) << error.message;
  EXPECT_EQ(error.message.find('\n'), std::string::npos) << error.message;
  EXPECT_LT(error.message.size(), 2500U) << error.message;
  EXPECT_NE(error.message.find("; "), std::string::npos) << "says nothing about what to do: " << error.message;
  for (const std::string& part : parts) {
    EXPECT_NE(error.message.find(part), std::string::npos) << "'" << part << "' is not in: " << error.message;
  }
}

/// A folder that vanishes with its test.
class TempFolder {
 public:
  TempFolder() {
    static std::atomic<int> counter{0};
    path_ = std::filesystem::temp_directory_path() /
            ("costscan_load_" + std::to_string(::getpid()) + "_" + std::to_string(counter++));
    std::filesystem::create_directories(path_);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

  std::filesystem::path write(const std::string& name, std::string_view bytes) const {
    const std::filesystem::path file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << bytes;
    return file;
  }

  std::filesystem::path write(const onnx::ModelProto& proto, const std::string& name = "model.onnx") const {
    return write(name, proto.SerializeAsString());
  }

 private:
  std::filesystem::path path_;
};

inline onnx::ModelProto empty_model() {
  onnx::ModelProto model;
  model.set_ir_version(10);
  auto* const import = model.add_opset_import();
  import->set_domain("");
  import->set_version(20);
  model.mutable_graph()->set_name("g");
  return model;
}

inline onnx::ValueInfoProto* add_value(google::protobuf::RepeatedPtrField<onnx::ValueInfoProto>* list,
                                       const std::string& name, const std::vector<std::int64_t>& dims = {2, 3},
                                       int dtype = onnx::TensorProto::FLOAT) {
  auto* const value = list->Add();
  value->set_name(name);
  auto* const tensor = value->mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(dtype);
  auto* const shape = tensor->mutable_shape();
  for (const std::int64_t dim : dims) shape->add_dim()->set_dim_value(dim);
  return value;
}

template <class Holder>  // GraphProto or FunctionProto
onnx::NodeProto* add_node(Holder* holder, const std::string& op_type, const std::vector<std::string>& inputs,
                          const std::vector<std::string>& outputs, const std::string& name = "") {
  auto* const node = holder->add_node();
  node->set_op_type(op_type);
  node->set_name(name.empty() ? op_type + "_" + std::to_string(holder->node_size() - 1) : name);
  for (const auto& input : inputs) node->add_input(input);
  for (const auto& output : outputs) node->add_output(output);
  return node;
}

inline onnx::TensorProto* add_raw_initializer(onnx::GraphProto* graph, const std::string& name,
                                              const std::vector<std::int64_t>& dims, std::size_t bytes,
                                              int dtype = onnx::TensorProto::FLOAT) {
  auto* const tensor = graph->add_initializer();
  tensor->set_name(name);
  tensor->set_data_type(dtype);
  for (const std::int64_t dim : dims) tensor->add_dims(dim);
  std::string raw(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) raw[i] = static_cast<char>(i * 37 % 251);
  tensor->set_raw_data(raw);
  return tensor;
}

inline onnx::AttributeProto* add_attribute(onnx::NodeProto* node, const std::string& name,
                                           onnx::AttributeProto::AttributeType type) {
  auto* const attribute = node->add_attribute();
  attribute->set_name(name);
  attribute->set_type(type);
  return attribute;
}

/// x → Relu → y → Add(y, w) → z, w an initializer of [2,3].
inline onnx::ModelProto small_model() {
  auto model = empty_model();
  auto* const graph = model.mutable_graph();
  add_value(graph->mutable_input(), "x");
  add_value(graph->mutable_output(), "z");
  add_raw_initializer(graph, "w", {2, 3}, 24);
  add_node(graph, "Relu", {"x"}, {"y"}, "relu");
  add_node(graph, "Add", {"y", "w"}, {"z"}, "add");
  return model;
}

/// If nodes nested `depth` deep, each reading what is defined outermost; the condition is a graph input.
inline onnx::ModelProto nested_model(int depth) {
  auto model = empty_model();
  onnx::GraphProto* graph = model.mutable_graph();
  add_value(graph->mutable_input(), "x");
  add_value(graph->mutable_input(), "cond", {}, onnx::TensorProto::BOOL);
  for (int level = 0; level < depth; ++level) {
    const std::string output = "out" + std::to_string(level);
    add_value(graph->mutable_output(), output);
    auto* const node = add_node(graph, "If", {"cond"}, {output}, "if" + std::to_string(level));
    auto* const other = add_attribute(node, "else_branch", onnx::AttributeProto::GRAPH)->mutable_g();
    other->set_name("else" + std::to_string(level));
    add_node(other, "Identity", {"x"}, {"else_out" + std::to_string(level)});
    add_value(other->mutable_output(), "else_out" + std::to_string(level));
    graph = add_attribute(node, "then_branch", onnx::AttributeProto::GRAPH)->mutable_g();
    graph->set_name("then" + std::to_string(level));
  }
  add_node(graph, "Relu", {"x"}, {"innermost"});
  add_value(graph->mutable_output(), "innermost");
  return model;
}

}  // namespace costscan::test
