// The cost models (YAML data) and their evaluation at a node.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/cost.hpp"
#include "model/result.hpp"
#include "model/shaped_model.hpp"

namespace costscan {

/// All cost models. Files are parsed on first use, so that a scan pays only for the ops it meets.
class CostLibrary {
 public:
  /// The models built into the library.
  [[nodiscard]] static CostLibrary builtin();
  /// Models from a folder (costmodels/ layout) in place of the built-in ones: for writing and linting new entries.
  [[nodiscard]] static Result<CostLibrary> from_folder(const std::filesystem::path& folder);

  CostLibrary(CostLibrary&&) noexcept;
  CostLibrary& operator=(CostLibrary&&) noexcept;
  ~CostLibrary();

  struct Impl;
  [[nodiscard]] const Impl& impl() const noexcept { return *impl_; }

 private:
  explicit CostLibrary(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

/// Parses the files of the ops that the model's main graph and functions use, ahead of cost_model.
void prepare_costs(const CostLibrary& library, const Model& model);

struct CostOptions {
  bool symbols = false;  ///< also fill NodeCost::symbols
  /// Bytes that decide between code paths; default: the generic machine has so many.
  std::optional<std::int64_t> fast_memory = {};
  std::vector<std::pair<std::string, std::int64_t>> bindings = {};  ///< lets and dims that get a number from outside
};

/// Costs of every node of one scope, in node order, for `executions` = 1. A node that cannot be costed has trust
/// `unknown` and a reason; it never has a silent zero. Calling nodes (If, Loop, Scan, functions) cost nothing
/// themselves.
[[nodiscard]] std::vector<NodeCost> cost_scope(const CostLibrary& library, const ShapedModel& shaped, ScopeId scope,
                                               const CostOptions& options = {});

/// Costs of all scopes by [scope][node], multiplied by trips along the path; for an undecided If the dearer branch
/// counts and is marked upper_bound, the other one gets executions = 0.
[[nodiscard]] std::vector<std::vector<NodeCost>> cost_model(const CostLibrary& library, const ShapedModel& shaped,
                                                            const CostOptions& options = {});

/// One line of `costscan list ops`.
struct OpListing {
  std::string op_type;
  std::string domain;
  std::string versions;  ///< "1, 11, 13-"
  Trust trust = Trust::unknown;
  std::vector<std::string> kernels;
  std::string source;
  /// What proves the model, and how often: "vectors", "reference", "node_tests", "runs", "peers"
  /// (cmake/ProofIndex.cmake).
  std::vector<std::pair<std::string, std::int64_t>> verified_by;
};
[[nodiscard]] Result<std::vector<OpListing>> list_ops(const CostLibrary& library);

/// How many of the operators that somebody defines have a cost model.
struct OpCoverage {
  std::string of;  ///< "ai.onnx of ONNX 1.23.2", "the CPU provider of ONNX Runtime 1.31.1", ...
  std::size_t operators = 0;
  std::vector<std::string> uncovered;  ///< as costmodels/ has them: "com.microsoft/Name"
  bool demanded = true;                ///< false: operators that the runtime's CPU provider does not execute
};
[[nodiscard]] std::vector<OpCoverage> op_coverage(const CostLibrary& library);

/// The worksheet of `costscan explain OP` ("LayerNormalization", "com.microsoft.BiasGelu"): kernels, formulas, totals
/// collected into closed forms, symbols, assumptions, source; as text. Error (usage) for an unknown op, with near
/// names.
[[nodiscard]] Result<std::string> explain_op(const CostLibrary& library, std::string_view op);

/// Problems of the data itself (syntax, unknown symbols or accessors, unused lets, missing why or source, a version
/// that no schema has, ...): one line each, `file:line: what`. Empty when clean.
[[nodiscard]] std::vector<std::string> lint(const CostLibrary& library);

}  // namespace costscan
