// Findings about the cost files themselves; which checks a file is exempt from. `lint` itself: cost_library.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "costs/cost_file.hpp"
#include "costs/cost_library.hpp"

namespace costscan {

/// The exemptions of an operator's file; empty where there is no file.
[[nodiscard]] std::span<const Exemption> exemptions(const CostLibrary& library, std::string_view domain,
                                                    std::string_view op);

/// What a node of the scope has to write at least: the bytes of its outputs that its model says are touched, each
/// output once. nullopt where there is no model, or where it gives no number at this node.
[[nodiscard]] std::optional<std::int64_t> compulsory_output_bytes(const CostLibrary& library, const Scope& scope,
                                                                  const Node& node);

/// An operator's own file, as checks at sizes need it.
struct LintedOp {
  std::string path;  ///< "onnx/Conv.yaml"
  std::string domain;
  std::string op;
  std::vector<std::pair<std::string, std::string>> example;  ///< input, type: "float32[B,S,H]"
  std::vector<std::string> inputs;                           ///< in their order
  std::vector<std::string> outputs;                          ///< the required ones; the first one where none is
};
/// Of all files that can be read, by path.
[[nodiscard]] std::vector<LintedOp> linted_ops(const CostLibrary& library);

/// The line of this kernel's entry in the operator's own file; of the first kernel for those of templates; 1 where
/// there is none.
[[nodiscard]] int line_of_kernel(const CostLibrary& library, std::string_view domain, std::string_view op,
                                 std::string_view kernel);

}  // namespace costscan
