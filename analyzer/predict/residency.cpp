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

struct Buffer {
  std::int64_t offset = 0;
  std::int64_t bytes = 0;
  std::int32_t readers = 0;  ///< still to come, over all names of the buffer
};

bool is_view(const std::optional<RateFeatures>& features) { return features && features->rate_class == "view"; }

/// Classes whose kernels may write over their input.
bool writes_in_place(const std::optional<RateFeatures>& features) {
  if (!features) return false;
  const std::string& name = features->rate_class;
  return name.starts_with("binary/") || name.starts_with("unary/") || name.starts_with("softmax/");
}

class Replay {
 public:
  Replay(const Scope& scope, const std::vector<std::optional<RateFeatures>>& features, const EvictionCurve& evicted)
      : scope_(scope), features_(features), evicted_(evicted), block_(block_bytes()), lru_(touches()) {
    for (const Node& node : scope.graph->nodes) {
      for (const ValueId id : node.inputs) {
        if (id != no_value) ++readers_[id];
      }
    }
    for (const ValueId id : scope.graph->outputs) ++readers_[id];  // given to the caller: never released
  }

  std::vector<Residence> run() {
    std::vector<Residence> found;
    for (int pass = 0; pass < 2; ++pass) {
      arena_ = {};
      buffers_.clear();
      buffer_of_.clear();
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

  double read(ValueId id, double bytes) {
    if (const auto found = buffer_of_.find(id); found != buffer_of_.end())
      return touch(arena_space, buffers_[found->second].offset, bytes);
    return touch(static_cast<std::uint64_t>(id) + 1, 0, bytes);  // weights and the caller's inputs
  }

  void place(ValueId id, std::int64_t bytes) {
    const std::int64_t rounded = (std::max<std::int64_t>(bytes, 1) + alignment - 1) / alignment * alignment;
    buffers_.push_back({arena_.take(rounded), rounded, readers_[id]});
    buffer_of_[id] = buffers_.size() - 1;
  }

  void share(ValueId id, std::size_t buffer) {
    buffer_of_[id] = buffer;
    buffers_[buffer].readers += readers_[id];
  }

  /// The input's buffer that the first output may take over.
  [[nodiscard]] std::optional<std::size_t> reusable(const Node& node, std::int64_t bytes) const {
    for (const ValueId id : node.inputs) {
      const auto found = id == no_value ? buffer_of_.end() : buffer_of_.find(id);
      if (found == buffer_of_.end()) continue;
      const Buffer& buffer = buffers_[found->second];
      const std::int64_t rounded = (std::max<std::int64_t>(bytes, 1) + alignment - 1) / alignment * alignment;
      if (buffer.readers == 1 && buffer.bytes == rounded) return found->second;
    }
    return std::nullopt;
  }

  void release_inputs(const Node& node) {
    for (const ValueId id : node.inputs) {
      const auto found = id == no_value ? buffer_of_.end() : buffer_of_.find(id);
      if (found == buffer_of_.end()) continue;
      Buffer& buffer = buffers_[found->second];
      if (--buffer.readers == 0) arena_.release(buffer.offset);
    }
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
      share += bytes * read(id, bytes);
    }
    found.inputs = features.bytes_in > 0 ? std::min(1.0, inputs / features.bytes_in) : 0;
    found.weights = features.weight_bytes > 0 ? std::min(1.0, weights / features.weight_bytes) : 0;
  }

  void write_outputs(const Node& node, const std::optional<RateFeatures>& features, Residence& found) {
    const bool view = is_view(features);
    double cold = 0;
    double bytes = 0;
    for (const ValueId id : node.outputs) {
      if (id == no_value) continue;
      const auto size = static_cast<std::int64_t>(tensor_bytes(id));
      if (view) {
        const auto source = node.inputs.empty() ? buffer_of_.end() : buffer_of_.find(node.inputs.front());
        if (source != buffer_of_.end()) share(id, source->second);
        continue;
      }
      const auto reused = writes_in_place(features) ? reusable(node, size) : std::nullopt;
      if (reused) {
        share(id, *reused);
      } else {
        place(id, size);
      }
      bytes += static_cast<double>(size);
      cold +=
          static_cast<double>(size) * touch(arena_space, buffers_[buffer_of_[id]].offset, static_cast<double>(size));
      if (readers_[id] == 0 && !reused) arena_.release(buffers_[buffer_of_[id]].offset);
    }
    found.outputs = bytes > 0 ? cold / bytes : 0;
  }

  Residence step(std::size_t n) {
    const Node& node = scope_.graph->nodes[n];
    const auto& features = features_[n];
    Residence found;
    if (features && !is_view(features)) read_inputs(node, *features, found);
    write_outputs(node, features, found);
    release_inputs(node);
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
  Arena arena_;
  std::vector<Buffer> buffers_;
  std::unordered_map<ValueId, std::size_t> buffer_of_;
  std::unordered_map<ValueId, std::int32_t> readers_;
  double streamed_ = 0;
};

}  // namespace

std::vector<Residence> replay(const Scope& scope, const std::vector<std::optional<RateFeatures>>& features,
                              const EvictionCurve& evicted) {
  return Replay(scope, features, evicted).run();
}

}  // namespace costscan
