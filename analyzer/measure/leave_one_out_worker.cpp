// The child's part of leave-one-out: which optimisers changed the graph, and how long the model takes without each.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <set>
#include <system_error>
#include <tuple>
#include <utility>
#include <variant>

#include "load/load.hpp"
#include "measure/answer.hpp"
#include "measure/bootstrap.hpp"
#include "measure/leave_one_out.hpp"
#include "measure/machine.hpp"
#include "measure/schedule.hpp"
#include "measure/session.hpp"
#include "measure/statistics.hpp"
#include "measure/synthesize.hpp"

namespace costscan {
namespace {

/// What an optimised graph executes: one entry per node, bodies included, by operator and numbers of operands and
/// results. Names do not count: left out or not, an optimiser changes those that others make up.
using GraphShape = std::multiset<std::tuple<std::string, std::string, std::ptrdiff_t, std::ptrdiff_t>>;

void collect_nodes(const Graph& graph, GraphShape& shape) {
  const auto given = [](const std::vector<ValueId>& ids) {
    return std::ranges::count_if(ids, [](ValueId id) { return id != no_value; });
  };
  for (const Node& node : graph.nodes) {
    if (node.op_type != "Constant" || !node.domain.empty())
      shape.emplace(node.domain, node.op_type, given(node.inputs), given(node.outputs));
    for (const Attribute& attribute : node.attributes) {
      if (const auto* body = std::get_if<std::shared_ptr<const Graph>>(&attribute.value); body != nullptr && *body)
        collect_nodes(**body, shape);
    }
  }
}

/// One optimiser to leave out, and the graph that the runtime then makes.
struct LeftOut {
  std::string name;
  std::int64_t nodes = 0;
};

class LeavingOut {
 public:
  LeavingOut(const MeasureRequest& request, OptimizerStudy& study, Runtime runtime)
      : request_(request), study_(study), runtime_(std::move(runtime)) {}

  Result<void> all() {
    if (auto prepared = prepare(); !prepared) return prepared;
    auto candidates = find_candidates();
    if (!candidates) return tl::unexpected(candidates.error());
    for (const LeftOut& candidate : *candidates) {
      study_.effects.push_back(
          {.name = candidate.name, .nodes = candidate.nodes, .with = {}, .without = {}, .reason = "not reached"});
    }
    keep();
    auto base = open({});
    if (!base) return tl::unexpected(base.error());
    if (auto warm = warm_up(*base); !warm) return tl::unexpected(warm.error());
    if (!fits_twice()) {
      return fail(ErrorKind::measurement, "memory does not hold the model twice, as comparing two sessions needs");
    }
    study_.control.nodes = study_.nodes;
    tell_parent("comparing two sessions with all optimisers");
    if (auto done = compare(*base, study_.control); !done) return done;
    for (std::size_t i = 0; i < study_.effects.size(); ++i) {
      OptimizerEffect& effect = study_.effects[i];
      tell_parent(fmt::format("leaving out {} ({} of {})", effect.name, i + 1, study_.effects.size()));
      // An optimiser may have been needed: what cannot be run without it says so and costs only its own row.
      if (auto done = compare(*base, effect); !done) effect.reason = done.error().message;
      keep();
    }
    return {};
  }

 private:
  Result<void> prepare() {
    tell_parent("preparing weights and inputs");
    auto model = make_runnable(request_.model, request_.weights);
    if (!model) return tl::unexpected(model.error());
    model_ = *std::move(model);
    auto feeds = Feeds::create(runtime_, request_.inputs);
    if (!feeds) return tl::unexpected(feeds.error());
    feeds_ = std::make_unique<Feeds>(*std::move(feeds));
    return {};
  }

  void keep() { answer_so_far(study_, write_study, request_.folder); }

  Result<Session> open(std::vector<std::string> disabled) const {
    return Session::create(runtime_, model_,
                           {.optimization_level = request_.optimization_level,
                            .threads = request_.threads,
                            .disabled_optimizers = std::move(disabled)});
  }

  /// The graph that the runtime makes without the optimisers named; nothing is prepared for running it.
  Result<GraphShape> plan(std::vector<std::string> disabled, std::vector<std::string>* log) {
    const std::filesystem::path file = request_.folder / fmt::format("without_{}.onnx", plans_++);
    {
      const auto session = Session::create(runtime_, model_,
                                           {.optimization_level = request_.optimization_level,
                                            .threads = request_.threads,
                                            .save_optimized = file,
                                            .prepack = false,
                                            .disabled_optimizers = std::move(disabled),
                                            .transformer_log = log});
      if (!session) return tl::unexpected(session.error());
    }
    const auto saved = load_model(file, {.lenient = true});
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
    std::filesystem::remove(file.string() + ".weights", ignored);
    if (!saved) return tl::unexpected(saved.error());
    GraphShape shape;
    collect_nodes((*saved)->graph, shape);
    return shape;
  }

  /// Transformers that say that they changed the graph; of those made of rewrite rules, the rules without which it is
  /// another graph.
  Result<std::vector<LeftOut>> find_candidates() {
    tell_parent("ONNX Runtime optimises the graph");
    std::vector<std::string> log;
    const auto base = plan({}, &log);
    if (!base) return tl::unexpected(base.error());
    study_.nodes = static_cast<std::int64_t>(base->size());
    std::vector<LeftOut> candidates;
    std::set<std::string> tried;
    const auto try_one = [&](const std::string& name, bool keep_alike) {
      if (!tried.insert(name).second) return;
      const auto without = plan({name}, nullptr);
      if (!without) {
        study_.warnings.push_back(
            fmt::format("without {} the runtime cannot optimise the graph: {}", name, without.error().message));
        return;
      }
      if (*without == *base && !keep_alike) return;
      candidates.push_back({name, static_cast<std::int64_t>(without->size())});
    };
    for (const std::string& name : transformers_that_modified(log)) {
      const auto rules = rewrite_rules(name);
      for (const std::string_view rule : rules) try_one(std::string(rule), false);
      // A transformer may have changed constants alone.
      if (rules.empty()) try_one(name, true);
    }
    return candidates;
  }

  Result<void> warm_up(Session& session) {
    std::vector<double> us;
    while (!is_warm(us)) {
      const auto time = session.run(*feeds_);
      if (!time) return tl::unexpected(time.error());
      us.push_back(*time);
    }
    run_us_ = us.back();
    return {};
  }

  /// As when measuring: a session keeps up to two copies of the weights beside ours; the first one's are taken already.
  bool fits_twice() const {
    const std::int64_t available = available_memory();
    std::int64_t limit = request_.memory_limit_bytes;
    if (available > 0) limit = std::min(limit, available + 3 * model_.weight_bytes);
    return limit <= 0 || 5 * model_.weight_bytes < limit;
  }

  /// Rounds that run both sessions, which goes first drawn anew each time.
  Result<void> compare(Session& base, OptimizerEffect& effect) {
    std::vector<std::string> disabled;
    if (!effect.name.empty()) disabled.push_back(effect.name);
    auto other = open(std::move(disabled));
    if (!other) return tl::unexpected(other.error());
    if (auto warm = warm_up(*other); !warm) return warm;
    const auto [rounds, runs] = plan_rounds();
    std::vector<double> with;
    std::vector<double> without;
    for (std::int32_t round = 0; round < rounds; ++round) {
      const bool base_first = coin_(random_) == 0;
      for (const bool is_base : {base_first, !base_first}) {
        const auto us = block(is_base ? base : *other, runs);
        if (!us) return tl::unexpected(us.error());
        (is_base ? with : without).push_back(*us);
      }
    }
    const RatioInterval ratio = bootstrap_ratio(without, with);
    effect.with = summarize(std::move(with));
    effect.without = summarize(std::move(without));
    effect.ratio = ratio.ratio;
    effect.low = ratio.low;
    effect.high = ratio.high;
    effect.measured = std::isfinite(ratio.high);
    effect.reason = effect.measured ? std::string() : "too few rounds for an interval";
    return {};
  }

  struct Rounds {
    std::int32_t rounds = 0;
    std::int32_t runs = 0;  ///< of each session in a round, after one that is not counted
  };

  /// Blocks of about 10 ms, so that a round has more than one run of a small model; rounds as the time asked for
  /// allows.
  Rounds plan_rounds() const {
    constexpr double block_us = 10'000;
    constexpr std::int32_t least_rounds = 7;
    constexpr std::int32_t most_rounds = 101;
    const double run_us = std::max(run_us_, 1.0);
    const auto runs = static_cast<std::int32_t>(std::clamp(std::ceil(block_us / run_us), 1.0, 50.0));
    const double round_us = 2 * run_us * (runs + 1);
    const double wanted = request_.target_seconds * 1e6 / round_us;
    return {static_cast<std::int32_t>(std::clamp(wanted, 1.0 * least_rounds, 1.0 * most_rounds)), runs};
  }

  /// Median of the block's runs; the first one only warms the caches that the other session has used.
  Result<double> block(Session& session, std::int32_t runs) {
    std::vector<double> us;
    for (std::int32_t run = -1; run < runs; ++run) {
      const auto time = session.run(*feeds_);
      if (!time) return tl::unexpected(time.error());
      if (run >= 0) us.push_back(*time);
    }
    return median_of(std::move(us));
  }

  const MeasureRequest& request_;
  OptimizerStudy& study_;
  Runtime runtime_;
  RunnableModel model_;
  std::unique_ptr<Feeds> feeds_;
  std::int32_t plans_ = 0;
  double run_us_ = 0;
  std::mt19937_64 random_{1};
  std::uniform_int_distribution<int> coin_{0, 1};
};

}  // namespace

void leave_one_out_in_this_process(const MeasureRequest& request, OptimizerStudy& study) {
  study.threads = request.threads;
  study.optimization_level = request.optimization_level;
  auto runtime = open_runtime(request.runtime_library, study);
  if (!runtime) return;
  const Result<void> done = LeavingOut(request, study, *std::move(runtime)).all();
  if (!went_well(done, MeasureStatus::failed, study)) return;
  study.status = MeasureStatus::ok;
  study.reason.clear();
}

}  // namespace costscan
