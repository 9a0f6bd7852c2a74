// When each tensor's memory is alive, for every graph instance of a model, and how much that is at each step. Step i of
// a scope runs the i-th node of its order; steps of a body are those of one trip. Sizes are bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/shaped_model.hpp"

namespace costscan {

/// Which tensors lie in the same memory.
enum class MemoryRule {
  views,     ///< reshaped tensors lie where the tensor lies that they view
  in_place,  ///< and results replace an input where the runtime's kernels do so (predict/memory_rules.hpp)
  runtime,   ///< buffers as ONNX Runtime's planner assigns them, kept between uses; inputs are the caller's and count 0
};

struct LivenessOptions {
  MemoryRule rule = MemoryRule::views;
  std::span<const std::int32_t> order = {};  ///< the main graph's nodes as they run; empty: as listed
};

/// Ids and steps are never negative where they index.
[[nodiscard]] constexpr std::size_t at(std::int32_t index) noexcept { return static_cast<std::size_t>(index); }

struct LiveBuffer {
  ValueId value = no_value;      ///< the tensor that it was made for
  std::vector<ValueId> sharers;  ///< other tensors in it, in the order in which they appear
  std::int64_t bytes = 0;
  std::int32_t first = 0;
  std::int32_t last = 0;
  std::int32_t last_reader = -1;  ///< -1: no node reads it
};

struct ScopeLiveness {
  std::vector<std::int32_t> order;   ///< node by step
  std::vector<LiveBuffer> buffers;   ///< by `first`
  std::vector<std::int64_t> during;  ///< by step: alive while its node runs
  std::vector<std::int64_t> after;   ///< by step: alive when it is done
  std::vector<std::int64_t> inside;  ///< by step: part of `during` that the node's dearest body holds
  std::vector<ScopeId> body;         ///< by step: that body where it decides `during`, else -1
  std::int64_t peak = 0;
  std::int32_t peak_step = -1;  ///< the first with that much; -1 without nodes
};

/// Held by the model itself, before and after every run: initializers, and what Constant nodes stand for.
[[nodiscard]] bool is_stored(const Scope& scope, ValueId id);

/// By ScopeId. nullopt where a needed shape is unknown, a tensor has no fixed size, or a sum leaves int64.
[[nodiscard]] std::optional<std::vector<ScopeLiveness>> live_memory(const ShapedModel& shaped,
                                                                    const LivenessOptions& options = {});

/// What the bodies of each node read from around them: by ScopeId, by node, each value once.
using Captures = std::vector<std::vector<std::vector<ValueId>>>;
[[nodiscard]] Captures find_captures(const ShapedModel& shaped);

/// Formal inputs of functions and branches are the caller's own tensors; a loop's are its state from the trip before.
[[nodiscard]] bool inputs_are_callers(ScopeKind kind) noexcept;

/// The value whose memory each value shares, by ValueId: itself mostly. `captures` are those of this scope.
[[nodiscard]] std::vector<ValueId> share_memory(const Scope& scope, std::span<const std::int32_t> order,
                                                const std::vector<std::vector<ValueId>>& captures, MemoryRule rule);

}  // namespace costscan
