// ONNX's own type and shape inference for one node, fed with concrete shapes and known contents. The only header
// through which the rest of shapes/ sees the onnx library.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "shapes/values.hpp"

namespace costscan {

/// What a rule or schema says about one output: a complete shape in `info`, or single dimensions in `partial`.
struct InferredOutput {
  TensorInfo info;
  std::optional<std::vector<std::optional<std::int64_t>>> partial;  ///< dims that are known; nullopt: not even the rank
};

struct SchemaResult {
  bool found = false;  ///< the operator has a schema at this version
  std::vector<InferredOutput> outputs;
  std::string error;           ///< inference refused these inputs: why, in one line
  bool type_conflict = false;  ///< operands that must share a dtype do not
};

/// Looks schemas up once per (domain, operator, version). Not thread-safe; cheap to create.
class SchemaInference {
 public:
  SchemaInference();
  ~SchemaInference();
  SchemaInference(const SchemaInference&) = delete;
  SchemaInference& operator=(const SchemaInference&) = delete;

  [[nodiscard]] SchemaResult infer(const NodeInputs& node);

  /// Whether the onnx library knows the operator in any version.
  [[nodiscard]] bool knows(const Node& node);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace costscan
