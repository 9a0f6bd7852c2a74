// What a pass declares and what it is given. One file each; passes.cpp registers them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "passes/rewrite.hpp"
#include "patterns/graph_view.hpp"

namespace costscan {

enum class PassKind { elimination, folding, fusion, lowering };

/// docs/accuracy-classes.md: what a pass promises of the outputs.
enum class AccuracyClass {
  lossless,    ///< 0: the same bits, provably
  bounded,     ///< 1: a derived bound on the floating-point difference
  empirical,   ///< 2: measured on a stated corpus
  target_only  ///< 3: depends on the machine it is meant for
};

/// Runs nodes that depend on constants alone: outputs of `nodes` that `wanted` names. Error (measurement): no runtime.
using EvaluateConstants = std::function<Result<std::vector<Tensor>>(
    const GraphView& view, std::span<const std::int32_t> nodes, std::span<const ValueId> wanted)>;

struct PassContext {
  const GraphView& view;
  std::string_view target;             ///< machine name; empty: unspecified
  bool target_lacks_rms_norm = false;  ///< its YAML says LayerNormalization is native and RMSNormalization is not
  EvaluateConstants evaluate;          ///< empty: no runtime at hand
  bool runtime_ops = false;            ///< operators of ONNX Runtime's own may be used (--contrib)
  /// A folded constant may have so many times the bytes of what it replaces. Unless this is 0, one of 1/256 of all
  /// weights' bytes may replace anything; one of 1 KiB always.
  double growth = 2;
  /// Predicted microseconds that the whole model, as the runtime would execute it, gains by this rewrite alone: what
  /// passes with alternatives choose by (one question costs a shape inference and a plan). Empty or nullopt: unknown.
  std::function<std::optional<double>(const Rewrite&)> gain_us;
};

struct Pass {
  std::string_view name;
  std::string_view summary;
  PassKind kind = PassKind::elimination;
  AccuracyClass accuracy = AccuracyClass::lossless;
  bool by_default = true;                   ///< part of `--passes default`
  std::span<const std::string_view> after;  ///< passes that must have run before
  std::int64_t min_opset = 1;
  std::string_view needs_target;  ///< machine trait that it is meant for; empty: any machine
  /// All sites in the graph as it is; the runner applies those that do not touch one another and asks again.
  std::vector<Rewrite> (*find)(const PassContext&);
  std::int64_t min_opset_of_runtime = 0;  ///< the lowest opset with operators of the runtime's own; 0: no other
};

[[nodiscard]] std::string_view to_string(PassKind kind) noexcept;
[[nodiscard]] std::string_view to_string(AccuracyClass accuracy) noexcept;

/// Every pass, in the order in which `costscan list passes` prints them.
[[nodiscard]] std::span<const Pass> passes() noexcept;
[[nodiscard]] const Pass* find_pass(std::string_view name) noexcept;

}  // namespace costscan
