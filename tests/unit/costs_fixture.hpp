// Cost files written by a test, and models of a few nodes built by hand.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "costs/cost_library.hpp"

namespace costscan::costs_test {

/// A folder of cost files that lives as long as the test.
class CostFolder {
 public:
  explicit CostFolder(const std::vector<std::pair<std::string, std::string>>& files) {
    static int count = 0;
    folder_ = std::filesystem::temp_directory_path() /
              ("costscan_costs_" + std::to_string(::getpid()) + "_" + std::to_string(count++));
    for (const auto& [path, text] : files) {
      std::filesystem::create_directories((folder_ / path).parent_path());
      std::ofstream(folder_ / path) << text;
    }
  }
  CostFolder(const CostFolder&) = delete;
  CostFolder& operator=(const CostFolder&) = delete;
  ~CostFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  [[nodiscard]] CostLibrary library() const {
    auto library = CostLibrary::from_folder(folder_);
    if (!library) throw std::runtime_error(library.error().message);
    return std::move(*library);
  }

 private:
  std::filesystem::path folder_;
};

/// A file of an operator that ONNX does not define, so that no schema interferes.
inline std::string toy_file(const std::string& body) {
  return "op: Toy\nsummary: for tests\nsource: this test\ntrust: exact\n" + body;
}

inline TensorInfo tensor(DType dtype, Shape shape) {
  TensorInfo info;
  info.kind = TypeKind::tensor;
  info.dtype = dtype;
  info.shape = std::move(shape);
  return info;
}

/// Graphs whose values are added by name with their types.
struct GraphBuilder {
  std::shared_ptr<Graph> graph = std::make_shared<Graph>();
  Scope scope;

  ValueId value(const std::string& name, TensorInfo info) {
    const auto id = static_cast<ValueId>(graph->values.size());
    Value entry;
    entry.name = name;
    graph->values.push_back(std::move(entry));
    graph->value_by_name.emplace(name, id);
    scope.tensors.push_back(std::move(info));
    return id;
  }

  Node& node(const std::string& op, const std::string& domain, std::vector<ValueId> inputs,
             std::vector<ValueId> outputs) {
    Node entry;
    entry.op_type = op;
    entry.domain = domain;
    entry.inputs = std::move(inputs);
    entry.outputs = std::move(outputs);
    entry.file_index = static_cast<std::int32_t>(graph->nodes.size());
    graph->nodes.push_back(std::move(entry));
    return graph->nodes.back();
  }

  Scope finish(std::vector<OpsetImport> imports) {
    scope.graph = graph;
    scope.opset_imports = std::move(imports);
    return scope;
  }
};

}  // namespace costscan::costs_test
