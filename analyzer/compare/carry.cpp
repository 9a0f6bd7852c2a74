#include "compare/carry.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "compare/folding.hpp"
#include "measure/fill.hpp"
#include "measure/weight_store.hpp"

namespace costscan {
namespace {

using Weights = std::unordered_map<std::string, RunnableWeight*>;
using Fills = std::unordered_map<std::string, Fill>;

Weights by_name(RunnableModel& model) {
  Weights out;
  for (RunnableWeight& weight : model.weights) out.try_emplace(weight.name, &weight);
  return out;
}

Fills fills_of(std::span<const WeightPlan> plans) {
  Fills out;
  for (const WeightPlan& plan : plans) out.try_emplace(plan.name, plan.fill);
  return out;
}

bool same_type(const RunnableWeight& a, const RunnableWeight& b) { return a.dtype == b.dtype && a.dims == b.dims; }

/// The same numbers in another type: drawn again from the same seed.
Result<void> draw_again(const Fill& fill, const std::string& seed, RunnableWeight& weight, RunnableModel& owner) {
  const auto memory = anonymous_memory(static_cast<std::int64_t>(weight.bytes.size()));
  if (!memory) return tl::unexpected(memory.error());
  fill_bytes(fill, weight.dtype, weight.dims.empty() ? 1 : weight.dims.back(), seed_of(seed), memory->bytes);
  owner.owners.push_back(memory->owner);
  weight.bytes = memory->bytes;
  return {};
}

class Carrier {
 public:
  Carrier(const CarrySide& a, const CarrySide& b)
      : a_(a),
        b_(b),
        weights_a_(by_name(a.model)),
        weights_b_(by_name(b.model)),
        fills_a_(fills_of(a.made_up)),
        fills_b_(fills_of(b.made_up)) {}

  Result<void> carry(const std::string& from, const std::string& to) {
    const auto left = weights_a_.find(from);
    const auto right = weights_b_.find(to);
    if (left == weights_a_.end() || right == weights_b_.end()) return {};
    const bool lacks_a = fills_a_.contains(from);
    const bool lacks_b = fills_b_.contains(to);
    RunnableWeight& a = *left->second;
    RunnableWeight& b = *right->second;
    if (lacks_b && same_type(a, b)) {
      b.bytes = a.bytes;
    } else if (lacks_a && !lacks_b && same_type(a, b)) {
      a.bytes = b.bytes;
    } else if (lacks_a && lacks_b && a.dims == b.dims && is_floating(a.dtype) && is_floating(b.dtype)) {
      if (auto drawn = draw_again(fills_a_.at(from), from, b, b_.model); !drawn) return drawn;
    } else {
      return {};
    }
    settle(lacks_a ? from : std::string(), lacks_b ? to : std::string());
    return {};
  }

  void settle(const std::string& of_a, const std::string& of_b) {
    if (!of_a.empty()) settled_a_.insert(of_a);
    if (!of_b.empty()) settled_b_.insert(of_b);
  }

  /// What the runtime folds in A and B has folded already.
  Result<void> carry_folded(const Runtime& runtime, const SharedWeights& shared) {
    std::vector<std::string> wanted;
    std::vector<std::string> targets;
    const auto want = [&](const std::string& from, const std::string& to) {
      if (!fills_b_.contains(to) || settled_b_.contains(to) || weights_a_.contains(from)) return;
      wanted.push_back(from);
      targets.push_back(to);
    };
    for (const auto& [from, to] : shared.tensors) want(from, to);
    for (std::size_t i = 0; i < shared.norms.size(); ++i) {
      want(names_of_folded(i).weight, shared.norms[i].weight_b);
      want(names_of_folded(i).bias, shared.norms[i].bias_b);
    }
    if (wanted.empty()) return {};
    auto folded = fold_constants(runtime, a_.model, wanted, shared.norms);
    if (!folded) return tl::unexpected(folded.error());
    for (std::size_t i = 0; i < wanted.size(); ++i) take_folded(folded->tensors[i], targets[i]);
    for (const std::string& used : folded->used_weights) settle(used, {});
    return {};
  }

  Carried finish() const {
    Carried out;
    out.weights = static_cast<std::int64_t>(settled_b_.size());
    for (const auto& [side, plans, settled, others] : {std::tuple("A: ", &a_.made_up, &settled_a_, &fills_b_),
                                                       std::tuple("B: ", &b_.made_up, &settled_b_, &fills_a_)}) {
      for (const WeightPlan& plan : *plans) {
        // Tensors of bodies and attributes are drawn by name: the same name is the same contents.
        const bool drawn_alike = others->contains(plan.name) && !weights_a_.contains(plan.name) &&
                                 !weights_b_.contains(plan.name) && others->at(plan.name) == plan.fill;
        if (!settled->contains(plan.name) && !drawn_alike) out.without_equal.push_back(side + plan.name);
      }
    }
    return out;
  }

 private:
  void take_folded(const Tensor& tensor, const std::string& to) {
    const auto target = weights_b_.find(to);
    const auto bytes = bytes_in_memory(tensor);
    if (target == weights_b_.end() || !bytes || tensor.dtype != target->second->dtype ||
        tensor.dims != target->second->dims || bytes->size() != target->second->bytes.size()) {
      return;
    }
    const auto memory = anonymous_memory(static_cast<std::int64_t>(bytes->size()));
    if (!memory) return;
    std::ranges::copy(*bytes, memory->bytes.begin());
    b_.model.owners.push_back(memory->owner);
    target->second->bytes = memory->bytes;
    settled_b_.insert(to);
  }

  const CarrySide& a_;
  const CarrySide& b_;
  Weights weights_a_;
  Weights weights_b_;
  Fills fills_a_;
  Fills fills_b_;
  std::unordered_set<std::string> settled_a_;
  std::unordered_set<std::string> settled_b_;
};

}  // namespace

Result<Carried> carry_weights(const Runtime& runtime, const CarrySide& a, const CarrySide& b,
                              const SharedWeights& shared) {
  Carrier carrier(a, b);
  for (const auto& [from, to] : shared.tensors) {
    if (auto carried = carrier.carry(from, to); !carried) return tl::unexpected(carried.error());
  }
  // A failure here leaves weights without an equal, which the report says.
  (void)carrier.carry_folded(runtime, shared);
  return carrier.finish();
}

}  // namespace costscan
