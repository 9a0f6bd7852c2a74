// ONNX's operator schemas, one at a time. ONNX's own registry builds all of its 1,300 on the first question, which
// takes longer than the whole analysis of a model; a model asks for some thirty.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace onnx {
class OpSchema;
}

namespace costscan {

/// The newest schema of `op` with since_version <= `version`, or nullptr. `domain` is "" for ai.onnx. Built on first
/// use, kept until the process ends; safe from any thread.
[[nodiscard]] const onnx::OpSchema* find_schema(std::string_view op, std::string_view domain, std::int64_t version);

/// The newest schema of `op`, or nullptr.
[[nodiscard]] const onnx::OpSchema* find_newest_schema(std::string_view op, std::string_view domain);

struct SchemaName {
  std::string domain;  ///< "" for ai.onnx
  std::string op;
  friend auto operator<=>(const SchemaName&, const SchemaName&) = default;
};

/// Every operator that ONNX defines, of all domains, deprecated ones included; sorted, each once.
[[nodiscard]] std::vector<SchemaName> schema_names();

}  // namespace costscan
