#include "passes/optimize.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "model/text.hpp"
#include "passes/runner.hpp"
#include "passes/specialize.hpp"
#include "passes/tried_sizes.hpp"
#include "predict/machines.hpp"
#include "shapes/bindings.hpp"

namespace costscan {
namespace {

using Clock = std::chrono::steady_clock;

/// No pass needs so many; a pair of passes that undo each other would.
constexpr std::int32_t most_rounds = 20;
constexpr std::int32_t most_steps = 200;

/// Gains below this part of the model's time are what the order of nodes does to the model of the caches.
constexpr double least_gain = 1e-5;

std::vector<std::string> node_names(const GraphView& view, const std::vector<std::int32_t>& nodes) {
  std::vector<std::string> names;
  for (const std::int32_t n : nodes) {
    const Node& node = view.node(n);
    const ValueId out = view.output(n, 0);
    const bool nameless = node.name.empty() && out != no_value;
    names.push_back(nameless ? view.graph().values[static_cast<std::size_t>(out)].name : node.name);
  }
  return names;
}

OptimizedSite reported_site(const GraphView& view, const Rewrite& rewrite, std::int32_t round, std::string reason) {
  OptimizedSite site;
  site.nodes = node_names(view, rewrite.nodes);
  site.note = rewrite.note;
  site.reason = std::move(reason);
  site.round = round;
  return site;
}

/// Whether the machine's file says that it has LayerNormalization but not RMSNormalization.
bool machine_lacks_rms_norm(const std::string& machine) {
  if (machine.empty()) return false;
  const auto layer_norm = native_operator(machine, "LayerNormalization");
  const auto rms_norm = native_operator(machine, "RMSNormalization");
  return layer_norm && *layer_norm && (*layer_norm)->native && rms_norm && *rms_norm && !(*rms_norm)->native;
}

class Runner {
 public:
  Runner(const OptimizeOptions& options, const Pricer& pricer, OptimizeResult& result)
      : options_(options), pricer_(pricer), result_(result), lacks_rms_norm_(machine_lacks_rms_norm(options.machine)) {}

  void run(std::shared_ptr<const GraphView> view, const std::vector<const Pass*>& order) {
    view_ = std::move(view);
    find_defaults();
    price_ = pricer_.price(view_->shaped_pointer());
    result_.before = price_;
    for (const Pass* pass : order) {
      OptimizedPass& report = result_.passes.emplace_back();
      report.name = pass->name;
      report.kind = to_string(pass->kind);
      report.accuracy_class = to_string(pass->accuracy);
    }
    bool changed = !order.empty();
    while (changed && result_.rounds < most_rounds) {
      ++result_.rounds;
      changed = false;
      for (std::size_t i = 0; i < order.size(); ++i) changed = run_pass(*order[i], result_.passes[i]) || changed;
    }
    if (changed) result_.warnings.emplace_back("the passes still find changes after 20 rounds: some undo each other");
    result_.model = std::shared_ptr<const Model>(view_->shaped().model);
    result_.shaped = view_->shaped_pointer();
    result_.after = price_;
  }

 private:
  bool run_pass(const Pass& pass, OptimizedPass& report) {
    const auto start = Clock::now();
    if (options_.progress) options_.progress(fmt::format("round {}: {}", result_.rounds, pass.name));
    report.skipped.clear();
    bool changed = false;
    if (std::string reason = not_for_this_model(pass); reason.empty()) {
      for (std::int32_t step = 0; step < most_steps && run_step(pass, report); ++step) changed = true;
    } else {
      report.not_run = reason;
    }
    report.seconds += std::chrono::duration<double>(Clock::now() - start).count();
    return changed;
  }

  std::string not_for_this_model(const Pass& pass) const {
    const bool runtimes_own = options_.runtime_ops && pass.min_opset_of_runtime != 0;
    if (view_->opset() < (runtimes_own ? pass.min_opset_of_runtime : pass.min_opset)) {
      return fmt::format("it needs opset {}, the model has {}{}", pass.min_opset, view_->opset(),
                         pass.min_opset_of_runtime != 0 ? " (--contrib: the runtime's own operator)" : "");
    }
    if (pass.needs_target.empty() || lacks_rms_norm_) return {};
    return fmt::format("it is for machines with {} (--machine)", pass.needs_target);
  }

  /// One search and what it leads to; false where that changed nothing.
  bool run_step(const Pass& pass, OptimizedPass& report) {
    std::vector<Rewrite> found = pass.find(context());
    for (Rewrite& rewrite : found) add_obstacles(rewrite);
    report.skipped.clear();
    if (std::ranges::none_of(found, [](const Rewrite& r) { return r.obstacle.empty(); })) {
      for (const Rewrite& rewrite : found) report.skipped.push_back(skipped_site(rewrite, rewrite.obstacle));
      return false;
    }
    const CheckedStep step = attempt(pass, found);
    const bool changed = step.view && keep(report, found, step);
    if (!changed) note_skipped(report, found, step.outcomes);
    return changed;
  }

  PassContext context() const {
    PassContext context{.view = *view_,
                        .target = options_.machine,
                        .target_lacks_rms_norm = lacks_rms_norm_,
                        .evaluate = options_.evaluate,
                        .runtime_ops = options_.runtime_ops,
                        .growth = options_.growth,
                        .gain_us = {}};
    context.gain_us = [this](const Rewrite& rewrite) -> std::optional<double> {
      const CheckedStep step = checked_step(*view_, std::span(&rewrite, 1), {});
      if (!step.view || !price_.executed_us) return std::nullopt;
      const auto after = pricer_.executed_us(step.view->shaped());
      return after ? std::optional(*price_.executed_us - *after) : std::nullopt;
    };
    return context;
  }

  void add_obstacles(Rewrite& rewrite) const {
    if (!rewrite.obstacle.empty()) return;
    if (rewrite.holds != Holds::every_binding) {
      rewrite.obstacle = "it holds only for the bound sizes: give them with --dim and add --specialize";
    } else if (const std::string name = default_read(rewrite); !name.empty()) {
      rewrite.obstacle =
          fmt::format("callers may override the default '{}': --fix-defaults makes it a constant", printable(name));
    }
  }

  /// Values that callers may override although the file has contents for them, and what is computed from those alone.
  void find_defaults() {
    const Graph& graph = view_->graph();
    by_default_.clear();
    for (const ValueId value : overridable_initializers(view_->model())) {
      by_default_.insert(graph.values[static_cast<std::size_t>(value)].name);
    }
    if (by_default_.empty()) return;
    for (const Node& node : graph.nodes) {
      const bool derived = std::ranges::any_of(node.inputs, [&](ValueId in) { return is_default(graph, in); });
      for (const ValueId out : node.outputs) {
        if (derived && view_->is_constant(out)) by_default_.insert(graph.values[static_cast<std::size_t>(out)].name);
      }
    }
  }

  bool is_default(const Graph& graph, ValueId value) const {
    return value != no_value && by_default_.contains(graph.values[static_cast<std::size_t>(value)].name);
  }

  std::string default_read(const Rewrite& rewrite) const {
    if (by_default_.empty()) return {};
    const Graph& graph = view_->graph();
    for (const std::int32_t n : rewrite.nodes) {
      for (const ValueId in : view_->node(n).inputs) {
        if (is_default(graph, in)) return graph.values[static_cast<std::size_t>(in)].name;
      }
    }
    return {};
  }

  /// All at once; where that gives no sound graph, the first alone. Faults are noted as defects.
  CheckedStep attempt(const Pass& pass, std::vector<Rewrite>& found) {
    CheckedStep step = checked_step(*view_, found, reader_);
    if (step.fault.empty()) return step;
    const std::string fault = step.fault;
    for (Rewrite& rewrite : found) {
      if (!rewrite.obstacle.empty()) continue;
      step = checked_step(*view_, std::span(&rewrite, 1), reader_);
      if (step.fault.empty() && step.view) {
        // Only this one of the list.
        std::vector<RewriteOutcome> outcomes(found.size());
        outcomes[static_cast<std::size_t>(&rewrite - found.data())] = std::move(step.outcomes.front());
        step.outcomes = std::move(outcomes);
        return step;
      }
      if (step.fault.empty()) continue;
      rewrite.obstacle = "the check after it failed: " + step.fault;
      result_.defects.push_back(fmt::format("{} at '{}': {}", pass.name, site_name(rewrite), printable(step.fault)));
    }
    step = {};
    step.outcomes.resize(found.size());
    return step;
  }

  std::string site_name(const Rewrite& rewrite) const {
    const auto names = node_names(*view_, rewrite.nodes);
    return names.empty() ? rewrite.note : printable(names.front());
  }

  bool pays(const CheckedStep& step) const {
    const auto after = pricer_.executed_us(step.view->shaped());
    return after && price_.executed_us && *price_.executed_us - *after > least_gain * *price_.executed_us;
  }

  /// Makes the step the graph, where it is to be.
  bool keep(OptimizedPass& report, std::vector<Rewrite>& found, CheckedStep step) {
    if (options_.only_if_faster && !pays(step)) {
      auto faster = faster_part(found);
      if (!faster) return false;
      step = *std::move(faster);
    }
    GraphPrice price = pricer_.price(step.view->shaped_pointer());
    for (std::size_t r = 0; r < found.size(); ++r) {
      if (step.outcomes[r].applied) report.applied.push_back(priced_site(found[r], step.outcomes[r], price));
    }
    for (const RewriteOutcome& outcome : step.outcomes) {
      report.nodes_removed += static_cast<std::int64_t>(outcome.removed.size());
      report.nodes_added += static_cast<std::int64_t>(outcome.added.size());
    }
    report.flops_saved += price_.flops - price.flops;
    report.bytes_saved += price_.bytes - price.bytes;
    report.written_us_saved += price_.written_us - price.written_us;
    if (price_.executed_us && price.executed_us) {
      report.executed_us_saved = report.executed_us_saved.value_or(0) + *price_.executed_us - *price.executed_us;
    }
    price_ = std::move(price);
    view_ = std::move(step.view);
    find_defaults();
    return true;
  }

  /// The rewrites that pay by themselves, together; the others get that as their obstacle.
  std::optional<CheckedStep> faster_part(std::vector<Rewrite>& found) {
    constexpr std::ptrdiff_t most_asked = 16;  // each costs a shape inference and a plan of the whole model
    const auto is_open = [](const Rewrite& r) { return r.obstacle.empty(); };
    const bool few = std::ranges::count_if(found, is_open) <= most_asked;
    std::vector<Rewrite> paying = found;
    for (std::size_t r = 0; r < found.size(); ++r) {
      if (!is_open(found[r])) continue;
      const CheckedStep alone = few ? checked_step(*view_, std::span(&found[r], 1), {}) : CheckedStep{};
      if (alone.view && pays(alone)) continue;
      paying[r].obstacle = "it is not predicted to make the executed model faster";
    }
    std::optional<CheckedStep> step;
    if (std::ranges::any_of(paying, is_open)) step = checked_step(*view_, paying, reader_);
    if (step && step->view && step->fault.empty() && pays(*step)) {
      found = std::move(paying);
      return step;
    }
    for (Rewrite& rewrite : found) {
      if (is_open(rewrite)) rewrite.obstacle = "it is not predicted to make the executed model faster";
    }
    return std::nullopt;
  }

  OptimizedSite priced_site(const Rewrite& rewrite, const RewriteOutcome& outcome, const GraphPrice& after) const {
    OptimizedSite site = reported_site(*view_, rewrite, result_.rounds, {});
    site.nodes_removed = static_cast<std::int64_t>(outcome.removed.size());
    site.nodes_added = static_cast<std::int64_t>(outcome.added.size());
    const auto add = [&](const NodePrice& price, int sign) {
      site.flops_saved += sign * price.flops;
      site.bytes_saved += sign * price.bytes;
      site.us_saved += sign * price.us;
    };
    for (const std::int32_t n : outcome.removed) add(price_.by_node[static_cast<std::size_t>(n)], 1);
    for (const std::int32_t n : outcome.added) add(after.by_node[static_cast<std::size_t>(n)], -1);
    return site;
  }

  OptimizedSite skipped_site(const Rewrite& rewrite, std::string reason) const {
    return reported_site(*view_, rewrite, result_.rounds, std::move(reason));
  }

  void note_skipped(OptimizedPass& report, const std::vector<Rewrite>& found,
                    const std::vector<RewriteOutcome>& outcomes) const {
    for (std::size_t r = 0; r < found.size(); ++r) {
      std::string reason = found[r].obstacle;
      if (reason.empty() && r < outcomes.size()) reason = outcomes[r].reason;
      if (!reason.empty()) report.skipped.push_back(skipped_site(found[r], std::move(reason)));
    }
  }

  const OptimizeOptions& options_;
  const Pricer& pricer_;
  OptimizeResult& result_;
  bool lacks_rms_norm_ = false;
  ReadWeight reader_ = weight_reader();
  std::shared_ptr<const GraphView> view_;
  GraphPrice price_;
  std::set<std::string> by_default_;
};

/// Dimensions that have become numbers need no binding.
std::vector<std::pair<std::string, std::int64_t>> still_free(const Model& model,
                                                             std::vector<std::pair<std::string, std::int64_t>> dims) {
  const auto free = bind_dims(model, {});
  if (!free) return dims;
  std::erase_if(dims, [&](const auto& dim) {
    return std::ranges::find(free->list, dim.first, &DimBinding::name) == free->list.end();
  });
  return dims;
}

}  // namespace

Result<OptimizeResult> optimize_model(std::shared_ptr<const Model> model, const OptimizeOptions& options) {
  OptimizeResult result;
  result.original = model;
  auto order = order_passes(options.passes);
  if (!order) return tl::unexpected(order.error());
  auto pricer = Pricer::create(options.machine, options.threads);
  if (!pricer) return tl::unexpected(pricer.error());
  result.price_basis = pricer->basis();
  if (options.fix_defaults) model = without_overridable(model);
  ShapeOptions shapes = options.shapes;
  if (options.specialize) {
    auto fixed = with_fixed_dims(model, shapes.dims);
    if (!fixed) return tl::unexpected(fixed.error());
    model = *std::move(fixed);
    shapes.dims = still_free(*model, shapes.dims);
    result.specialized = true;
  }
  auto shaped = infer_shapes(model, shapes);
  if (!shaped) return tl::unexpected(shaped.error());
  Runner(options, *pricer, result).run(view_for_passes(*shaped), *order);
  return result;
}

}  // namespace costscan
