#include "closed_forms/closed_forms.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "closed_forms/interpolate.hpp"
#include "model/checked_math.hpp"
#include "shapes/infer.hpp"

namespace costscan {
namespace {

using closed_forms::Answer;
using closed_forms::FreeDim;
using closed_forms::Point;

constexpr std::size_t total_count = 7;
constexpr std::array<const char*, total_count> total_names{"flops",      "macs",        "transcendentals", "int_ops",
                                                           "read_bytes", "write_bytes", "compulsory_bytes"};

struct ModelTotals {
  std::array<std::int64_t, total_count> values{};
  std::int64_t unknown_nodes = 0;
  Trust trust = Trust::exact;
};

/// nullopt where a sum leaves 64 bits.
std::optional<ModelTotals> sum_of(const std::vector<std::vector<NodeCost>>& costs,
                                  const std::optional<ClosedFormNode>& only) {
  ModelTotals totals;
  for (std::size_t s = 0; s < costs.size(); ++s) {
    for (std::size_t n = 0; n < costs[s].size(); ++n) {
      if (only && (only->node != n || static_cast<std::size_t>(only->scope) != s)) continue;
      const NodeCost& cost = costs[s][n];
      if (cost.trust == Trust::unknown) {
        ++totals.unknown_nodes;
        continue;
      }
      totals.trust = std::max(totals.trust, cost.trust);
      const Work& work = cost.work;
      const std::array<std::int64_t, total_count> own{work.flops,           work.macs,       work.transcendentals,
                                                      work.int_ops,         work.read_bytes, work.write_bytes,
                                                      cost.compulsory_bytes};
      for (std::size_t i = 0; i < total_count; ++i) {
        const auto sum = checked_add(totals.values[i], own[i]);
        if (!sum) return std::nullopt;
        totals.values[i] = *sum;
      }
    }
  }
  return totals;
}

/// A bool input is a switch, not a size: it keeps its value.
bool is_switch(const Graph& graph, const std::string& binding) {
  const auto found = graph.value_by_name.find(binding.substr(0, binding.find('[')));
  if (found == graph.value_by_name.end()) return false;
  const auto& declared = graph.values[static_cast<std::size_t>(found->second)].declared;
  return declared && declared->dtype == DType::boolean;
}

/// The model's totals at any binding of its free dimensions, each computed once for all formulas.
class Evaluator {
 public:
  Evaluator(const CostLibrary& library, const ShapedModel& shaped, const ClosedFormLimits& limits,
            const std::optional<ClosedFormNode>& only)
      : library_(library),
        model_(shaped.model),
        limits_(limits),
        only_(only),
        start_(std::chrono::steady_clock::now()) {
    for (const DimBinding& binding : shaped.bindings) {
      if (binding.origin == BindingOrigin::derived) continue;
      if (is_switch(model_->graph, binding.name)) {
        switches_.emplace_back(binding.name, binding.value);
      } else {
        dims_.push_back({binding.name, binding.value});
      }
    }
  }

  [[nodiscard]] const std::vector<FreeDim>& dims() const noexcept { return dims_; }
  [[nodiscard]] std::int64_t evaluations() const noexcept { return static_cast<std::int64_t>(known_.size()); }

  /// The bound dimensions come first: what is not covered there is not covered anywhere.
  const std::optional<ModelTotals>& at_bound() {
    Point point;
    for (const FreeDim& dim : dims_) point.push_back(dim.bound);
    const auto& totals = evaluate(point);
    if (totals) unknown_nodes_ = totals->unknown_nodes;
    return totals;
  }

  Answer total_at(std::size_t total, const Point& point) {
    const bool fresh = !known_.contains(point);
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start_;
    if (fresh && (evaluations() >= limits_.evaluations || spent.count() >= limits_.seconds)) return {{}, true};
    const auto& totals = evaluate(point);
    // Where other nodes are covered, other things are summed.
    if (!totals || totals->unknown_nodes != unknown_nodes_) return {};
    return {totals->values[total], false};
  }

 private:
  const CostLibrary& library_;
  std::shared_ptr<const Model> model_;
  ClosedFormLimits limits_;
  std::optional<ClosedFormNode> only_;
  std::chrono::steady_clock::time_point start_;
  std::vector<FreeDim> dims_;
  std::vector<std::pair<std::string, std::int64_t>> switches_;
  std::int64_t unknown_nodes_ = 0;
  std::map<Point, std::optional<ModelTotals>> known_;

  const std::optional<ModelTotals>& evaluate(const Point& point) {
    const auto [entry, fresh] = known_.try_emplace(point);
    if (!fresh) return entry->second;
    ShapeOptions options;
    options.dims = switches_;
    for (std::size_t i = 0; i < dims_.size(); ++i) options.dims.emplace_back(dims_[i].name, point[i]);
    const auto shaped = infer_shapes(model_, options);
    if (shaped) entry->second = sum_of(cost_model(library_, **shaped), only_);
    return entry->second;
  }
};

}  // namespace

ClosedForms derive_closed_forms(const CostLibrary& library, const ShapedModel& shaped, const ClosedFormLimits& limits,
                                const std::optional<ClosedFormNode>& only) {
  Evaluator evaluator(library, shaped, limits, only);
  ClosedForms out;
  for (const FreeDim& dim : evaluator.dims()) out.dims.push_back(dim.name);
  if (const auto& bound = evaluator.at_bound()) {
    out.trust = bound->trust;
    out.uncovered_nodes = bound->unknown_nodes;
  }
  for (std::size_t i = 0; i < total_count; ++i) {
    out.forms.push_back(closed_forms::interpolate(total_names[i], evaluator.dims(),
                                                  [&](const Point& point) { return evaluator.total_at(i, point); }));
  }
  out.evaluations = evaluator.evaluations();
  return out;
}

}  // namespace costscan
