// What ONNX's operator schemas say. The only file of this layer that knows the onnx library.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "costs/expression.hpp"

namespace costscan {

/// The since_version of the operator that this imported opset selects; nullopt where no schema exists.
/// Operators of com.microsoft have version 1 and no schema here.
[[nodiscard]] std::optional<std::int64_t> schema_since_version(const std::string& op, const std::string& domain,
                                                               std::int64_t opset);

/// The default of an attribute in the schema of that since_version, or nullptr.
[[nodiscard]] std::shared_ptr<const Datum> schema_attribute_default(const std::string& op, const std::string& domain,
                                                                    std::int64_t since_version,
                                                                    const std::string& attribute);

/// The parts of a schema that a cost file must agree with.
struct SchemaFacts {
  std::int64_t since_version = 0;
  bool deprecated = false;
  int min_inputs = 0;
  int max_inputs = 0;  ///< INT_MAX where variadic
  int min_outputs = 0;
  int max_outputs = 0;
  std::vector<std::string> attributes;
};

/// All versions of an operator, ascending; empty where ONNX does not define it.
[[nodiscard]] std::vector<SchemaFacts> schema_versions(const std::string& op, const std::string& domain);

}  // namespace costscan
