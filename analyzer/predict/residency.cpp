#include "predict/residency.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include "predict/feature_node.hpp"
#include "predict/liveness.hpp"

namespace costscan {
namespace {

constexpr std::int64_t smallest_block = 16'384;  ///< of the address map
constexpr std::int64_t alignment = 4096;         ///< of buffers, rounded up: small ones share no block by chance
constexpr double most_touches = 400'000;         ///< of blocks in one pass: larger models get larger blocks

/// Bytes touched since a block's last use, others counted once: LRU stack distance, by a Fenwick tree over time.
class StackDistance {
 public:
  explicit StackDistance(std::size_t touches) : tree_(touches + 1, 0.0) {}

  /// Distance since the last touch of `block` (none: nullopt), which is now touched with `bytes`.
  std::optional<double> touch(std::uint64_t block, double bytes) {
    std::optional<double> distance;
    auto [entry, fresh] = last_.try_emplace(block, 0, 0.0);
    auto& [time, held] = entry->second;
    if (!fresh) {
      distance = total_ - before(time);
      add(time, -held);
      total_ -= held;
    }
    time = ++now_;
    held = bytes;
    add(time, bytes);
    total_ += bytes;
    return distance;
  }

 private:
  void add(std::size_t time, double value) {
    for (; time < tree_.size(); time += time & (~time + 1)) tree_[time] += value;
  }
  [[nodiscard]] double before(std::size_t time) const {
    double sum = 0;
    for (; time > 0; time -= time & (~time + 1)) sum += tree_[time];
    return sum;
  }

  std::vector<double> tree_;
  std::unordered_map<std::uint64_t, std::pair<std::size_t, double>> last_;
  std::size_t now_ = 0;
  double total_ = 0;
};

/// Free and used parts of one growing piece of memory; the smallest gap that fits is taken.
class Arena {
 public:
  std::int64_t take(std::int64_t bytes) {
    std::int64_t best = -1;
    std::int64_t best_gap = 0;
    std::int64_t end = 0;
    for (const auto& [offset, size] : used_) {
      const std::int64_t gap = offset - end;
      if (gap >= bytes && (best < 0 || gap < best_gap)) {
        best = end;
        best_gap = gap;
      }
      end = std::max(end, offset + size);
    }
    const std::int64_t offset = best < 0 ? end : best;
    used_[offset] = bytes;
    return offset;
  }
  void release(std::int64_t offset) { used_.erase(offset); }

 private:
  std::map<std::int64_t, std::int64_t> used_;
};

/// Which piece of memory each value lies in, as the runtime's planner assigns them.
struct Placement {
  struct Piece {
    std::int64_t bytes = 0;
    std::int64_t offset = 0;
  };
  std::vector<Piece> pieces;
  std::unordered_map<ValueId, std::size_t> piece_of;  ///< weights and the caller's tensors are in none
};

/// Pieces get their places in the order in which they are needed, each for as long as the planner keeps it.
Placement place_buffers(const ScopeLiveness& live) {
  Placement found;
  Arena arena;
  std::multimap<std::int32_t, std::size_t> dying;  // by last step
  for (const LiveBuffer& buffer : live.buffers) {
    while (!dying.empty() && dying.begin()->first < buffer.first) {
      arena.release(found.pieces[dying.begin()->second].offset);
      dying.erase(dying.begin());
    }
    const std::int64_t rounded = (std::max<std::int64_t>(buffer.bytes, 1) + alignment - 1) / alignment * alignment;
    found.piece_of[buffer.value] = found.pieces.size();
    for (const ValueId id : buffer.sharers) found.piece_of[id] = found.pieces.size();
    dying.emplace(buffer.last, found.pieces.size());
    found.pieces.push_back({rounded, arena.take(rounded)});
  }
  return found;
}

bool is_view(const std::optional<RateFeatures>& features) { return features && features->rate_class == "view"; }

class Replay {
 public:
  Replay(const Scope& scope, const ScopeLiveness* live, const std::vector<std::optional<RateFeatures>>& features,
         const EvictionCurve& evicted)
      : scope_(scope), features_(features), evicted_(evicted), block_(block_bytes()), lru_(touches()) {
    if (live != nullptr) placement_ = place_buffers(*live);
  }

  std::vector<Residence> run() {
    std::vector<Residence> found;
    for (int pass = 0; pass < 2; ++pass) {
      found.clear();
      for (std::size_t n = 0; n < scope_.graph->nodes.size(); ++n) found.push_back(step(n));
    }
    return found;
  }

 private:
  static constexpr std::uint64_t arena_space = 0;

  [[nodiscard]] double tensor_bytes(ValueId id) const {
    const TensorInfo& info = scope_.tensors[static_cast<std::size_t>(id)];
    return info.shape ? product(*info.shape) * element_bytes(info.dtype) : 0;
  }

  [[nodiscard]] std::int64_t block_bytes() const {
    double bytes = 0;
    for (const auto& features : features_) {
      if (features) bytes += features->bytes_in + features->bytes_out + features->weight_bytes;
    }
    std::int64_t block = smallest_block;
    while (bytes / static_cast<double>(block) > most_touches) block *= 2;
    return block;
  }

  /// An upper bound of the blocks touched in both passes.
  [[nodiscard]] std::size_t touches() const {
    double count = 0;
    for (std::size_t n = 0; n < features_.size(); ++n) {
      const Node& node = scope_.graph->nodes[n];
      const auto operands = static_cast<double>(node.inputs.size() + node.outputs.size());
      count += 2 * operands;
      for (const auto* ids : {&node.inputs, &node.outputs}) {
        for (const ValueId id : *ids) {
          if (id != no_value) count += tensor_bytes(id) / static_cast<double>(block_);
        }
      }
    }
    return static_cast<std::size_t>(2 * count) + 1;
  }

  /// Mean likelihood of memory over the blocks of [offset, offset + bytes) of a space.
  double touch(std::uint64_t space, std::int64_t offset, double bytes) {
    if (bytes <= 0) return 0;
    double expected = 0;
    double left = bytes;
    std::int64_t at = offset;
    while (left > 0) {
      const std::int64_t block = at / block_;
      const double part = std::min(left, static_cast<double>((block + 1) * block_ - at));
      const auto distance = lru_.touch(space << 40U | static_cast<std::uint64_t>(block), part);
      expected += part * (distance ? evicted_(*distance) : 1.0);
      left -= part;
      at += static_cast<std::int64_t>(std::ceil(part));
    }
    return expected / bytes;
  }

  double touch_value(ValueId id, double bytes) {
    if (const auto found = placement_.piece_of.find(id); found != placement_.piece_of.end())
      return touch(arena_space, placement_.pieces[found->second].offset, bytes);
    return touch(static_cast<std::uint64_t>(id) + 1, 0, bytes);  // weights and the caller's inputs
  }

  void read_inputs(const Node& node, const RateFeatures& features, Residence& found) {
    double inputs = 0;
    double weights = 0;
    for (const ValueId id : node.inputs) {
      if (id == no_value) continue;
      const bool constant = scope_.tensors[static_cast<std::size_t>(id)].constant;
      double& share = constant ? weights : inputs;
      // Of a table only the selected rows are read: never more than the features say.
      const double bytes = std::min(tensor_bytes(id), constant ? features.weight_bytes : features.bytes_in);
      share += bytes * touch_value(id, bytes);
    }
    found.inputs = features.bytes_in > 0 ? std::min(1.0, inputs / features.bytes_in) : 0;
    found.weights = features.weight_bytes > 0 ? std::min(1.0, weights / features.weight_bytes) : 0;
  }

  [[nodiscard]] bool lies_in_an_input(const Node& node, ValueId output) const {
    const auto piece = placement_.piece_of.find(output);
    if (piece == placement_.piece_of.end()) return false;
    return std::ranges::any_of(node.inputs, [&](ValueId id) {
      const auto found = placement_.piece_of.find(id);
      return found != placement_.piece_of.end() && found->second == piece->second;
    });
  }

  void write_outputs(const Node& node, Residence& found) {
    double cold = 0;
    double bytes = 0;
    for (const ValueId id : node.outputs) {
      if (id == no_value) continue;
      const double size = tensor_bytes(id);
      bytes += size;
      const double share = touch_value(id, size);
      // Written over what was just read, element by element.
      if (!lies_in_an_input(node, id)) cold += size * share;
    }
    found.outputs = bytes > 0 ? cold / bytes : 0;
  }

  Residence step(std::size_t n) {
    const Node& node = scope_.graph->nodes[n];
    const auto& features = features_[n];
    Residence found;
    if (!is_view(features)) {
      if (features) read_inputs(node, *features, found);
      write_outputs(node, found);
    }
    note_stream(features, found);
    return found;
  }

  /// Weights that come from memory sweep the small things out of the nearer caches; the effect fades with each node.
  void note_stream(const std::optional<RateFeatures>& features, Residence& found) {
    constexpr double fading = 0.7;
    constexpr double enough_bytes = 1 << 20;
    found.streamed = std::min(1.0, streamed_ / enough_bytes);
    streamed_ *= fading;
    if (features) streamed_ += features->weight_bytes * found.weights;
  }

  const Scope& scope_;
  const std::vector<std::optional<RateFeatures>>& features_;
  const EvictionCurve& evicted_;
  std::int64_t block_;
  StackDistance lru_;
  Placement placement_;
  double streamed_ = 0;
};

}  // namespace

std::vector<Residence> replay(const Scope& scope, const ScopeLiveness* live,
                              const std::vector<std::optional<RateFeatures>>& features, const EvictionCurve& evicted) {
  return Replay(scope, live, features, evicted).run();
}

}  // namespace costscan
