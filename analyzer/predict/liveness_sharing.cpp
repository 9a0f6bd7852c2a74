// Who lies in whose memory. The runtime's rule follows its allocation planner
// (onnxruntime/core/framework/allocation_planner.cc): for each output first an input that it may overwrite, then the
// buffer that died last among those of the same declared shape, else a buffer of its own. That planner knows shapes
// only as the graph declares them: unknown dimensions match nothing, symbols match their own name.
#include <algorithm>
#include <map>
#include <string>
#include <variant>

#include "predict/liveness.hpp"
#include "predict/memory_rules.hpp"

namespace costscan {
namespace {

class SharingWalk {
 public:
  SharingWalk(const Scope& scope, const std::vector<std::vector<ValueId>>& captures, MemoryRule rule)
      : scope_(scope), graph_(*scope.graph), captures_(captures), rule_(rule) {
    root_.resize(graph_.values.size());
    for (std::size_t id = 0; id < root_.size(); ++id) root_[id] = static_cast<ValueId>(id);
    count_uses();
  }

  std::vector<ValueId> walk(std::span<const std::int32_t> order) && {
    for (const std::int32_t index : order) {
      const Node& node = graph_.nodes[at(index)];
      for (std::size_t o = 0; o < node.outputs.size(); ++o) {
        if (node.outputs[o] != no_value) place(node, o);
      }
      for (const ValueId id : node.inputs) read(id);
      for (const ValueId id : captures_[at(index)]) read(id);
      for (const ValueId id : node.outputs) {
        if (id != no_value && uses_[at(root_[at(id)])] == 0) free(root_[at(id)]);  // written for nobody
      }
    }
    return std::move(root_);
  }

 private:
  /// Reads still to come, by root; what outlives the run has one more, so that nobody ever gets its memory.
  void count_uses() {
    uses_.resize(graph_.values.size());
    is_output_.resize(graph_.values.size());
    for (std::size_t id = 0; id < uses_.size(); ++id) {
      if (graph_.values[id].origin != ValueOrigin::node_output || is_stored(scope_, static_cast<ValueId>(id)))
        ++uses_[id];
    }
    for (const Node& node : graph_.nodes) {
      for (const ValueId id : node.inputs) {
        if (id != no_value) ++uses_[at(id)];
      }
    }
    for (const auto& ids : captures_) {
      for (const ValueId id : ids) ++uses_[at(id)];
    }
    for (const ValueId id : graph_.outputs) {
      if (id == no_value) continue;
      ++uses_[at(id)];
      is_output_[at(id)] = true;
    }
  }

  void place(const Node& node, std::size_t position) {
    const ValueId out = node.outputs[position];
    if (rule_ != MemoryRule::runtime && position == 0 && is_memory_view(node)) return share(node.inputs[0], out);
    if (rule_ == MemoryRule::views || is_output_[at(out)]) return;  // outputs are handed over: memory of their own
    for (const SharingRule& rule : sharing_rules(node.domain, node.op_type)) {
      if (rule.output != position || rule.input >= node.inputs.size() || node.inputs[rule.input] == no_value) continue;
      const ValueId in = node.inputs[rule.input];
      if (rule.sharing == Sharing::alias || may_overwrite(in, out, rule)) return share(in, out);
    }
    if (rule_ == MemoryRule::runtime) take_dead_buffer(out);
  }

  void share(ValueId with, ValueId id) {
    const ValueId root = root_[at(with)];
    root_[at(id)] = root;
    uses_[at(root)] += uses_[at(id)];
  }

  bool may_overwrite(ValueId in, ValueId out, const SharingRule& rule) const {
    if (uses_[at(root_[at(in)])] != 1) return false;
    if (rule.float32_only && scope_.tensors[at(in)].dtype != DType::float32) return false;
    if (rule_ == MemoryRule::runtime) {
      const std::string size = signature(in);
      return !size.empty() && size == signature(out);
    }
    const TensorInfo& a = scope_.tensors[at(in)];
    const TensorInfo& b = scope_.tensors[at(out)];
    return !a.constant && a.kind == TypeKind::tensor && b.kind == TypeKind::tensor && a.shape && a.shape == b.shape &&
           bits_per_element(a.dtype) == bits_per_element(b.dtype) && bits_per_element(a.dtype) > 0;
  }

  void take_dead_buffer(ValueId id) {
    const std::string size = signature(id);
    if (size.empty() || size.ends_with(':')) return;  // unknown; a scalar
    const auto found = dead_.find(size);
    if (found == dead_.end() || found->second.empty()) return;
    const ValueId buffer = found->second.back();
    found->second.pop_back();
    share(buffer, id);
  }

  void read(ValueId id) {
    if (id == no_value) return;
    const ValueId root = root_[at(id)];
    if (--uses_[at(root)] == 0) free(root);
  }

  void free(ValueId root) {
    if (rule_ != MemoryRule::runtime) return;
    if (const std::string size = signature(root); !size.empty()) dead_[size].push_back(root);
  }

  /// Seen with allocators that count: no buffer of this operator's is ever given on, and none given to it.
  bool has_unknown_size(ValueId id) const {
    const std::int32_t producer = graph_.values[at(id)].producer;
    if (producer < 0) return false;
    const Node& node = graph_.nodes[at(producer)];
    return node.op_type == "ReorderOutput" && node.domain == "com.microsoft.nchwc";
  }

  /// Equal for two tensors exactly where the planner takes them to have the same size; empty where it cannot tell.
  std::string signature(ValueId id) const {
    const TensorInfo& info = scope_.tensors[at(id)];
    const int bits = bits_per_element(info.dtype);
    if (info.kind != TypeKind::tensor || bits == 0 || has_unknown_size(id)) return {};
    std::string text = std::to_string(bits) + ':';
    const auto& declared = graph_.values[at(id)].declared;
    if (!declared || !declared->dims) {
      // A saved graph states few types; of the others the runtime has found the shape that we found.
      if (!info.shape) return {};
      for (const std::int64_t dim : *info.shape) text += std::to_string(dim) + ',';
      return text;
    }
    for (const DeclaredDim& dim : *declared->dims) {
      if (const auto* number = std::get_if<std::int64_t>(&dim)) {
        text += std::to_string(*number) + ',';
      } else if (const auto* symbol = std::get_if<std::string>(&dim); symbol != nullptr && !symbol->empty()) {
        text += "'" + std::to_string(symbol->size()) + *symbol + ',';  // its length keeps odd names apart
      } else {
        return {};
      }
    }
    return text;
  }

  const Scope& scope_;
  const Graph& graph_;
  const std::vector<std::vector<ValueId>>& captures_;
  MemoryRule rule_;
  std::vector<ValueId> root_;
  std::vector<std::int64_t> uses_;
  std::vector<bool> is_output_;
  std::map<std::string, std::vector<ValueId>> dead_;  ///< by signature; the one that died last is taken first
};

}  // namespace

std::vector<ValueId> share_memory(const Scope& scope, std::span<const std::int32_t> order,
                                  const std::vector<std::vector<ValueId>>& captures, MemoryRule rule) {
  return SharingWalk(scope, captures, rule).walk(order);
}

}  // namespace costscan
