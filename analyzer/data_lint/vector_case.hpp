// One case of a vector file, as the YAML says it: tests/vectors/README.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/cost.hpp"
#include "model/shaped_model.hpp"

namespace costscan::vectors {

struct TensorSpec {
  std::string name;
  bool omitted = false;
  std::string same_as;
  TypeKind kind = TypeKind::tensor;
  DType dtype = DType::undefined;
  std::optional<Shape> shape;  ///< nullopt: stated as unknown
  bool data_dependent = false;
  bool constant = false;
  std::optional<KnownValue> value;
};

/// Expected numbers by column name ("flops", "read_bytes", ...).
using Numbers = std::vector<std::pair<std::string, std::int64_t>>;

struct ExpectedKernel {
  std::string name;
  Numbers numbers;
};

struct Case {
  std::string file;
  std::string name;
  int line = 0;
  std::string error;  ///< the case cannot be read: why
  std::string op;
  std::string domain;
  std::int64_t opset = 0;                   ///< 0: the newest
  std::optional<std::int64_t> fast_memory;  ///< bytes; nullopt: the generic machine's
  std::vector<TensorSpec> inputs;
  std::vector<TensorSpec> outputs;
  std::vector<Attribute> attributes;
  bool infer = true;
  Numbers expected;
  std::optional<std::vector<ExpectedKernel>> kernels;
  std::optional<Trust> trust;
  std::optional<bool> view;
  std::string unknown_reason;
};

/// The cases of one file's text; `file` is its name without extension. What cannot be read becomes a case with an
/// error.
[[nodiscard]] std::vector<Case> parse_cases(const std::string& file, const std::string& text);

/// Every case of every *.yaml of a folder, files in order of their names. What cannot be read becomes a case with an
/// error, so that it fails as a test.
[[nodiscard]] std::vector<Case> read_cases(const std::filesystem::path& folder);

/// The case as a model of one node whose tensors are as stated.
[[nodiscard]] ShapedModel stated_model(const Case& vector);

}  // namespace costscan::vectors
