#include "study/advise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>
#include <utility>

#include "assemble/rows.hpp"
#include "compare/compare.hpp"
#include "files/temporary.hpp"
#include "fingerprint/fingerprint.hpp"
#include "load/load.hpp"
#include "passes/evaluate.hpp"
#include "passes/optimize.hpp"
#include "predict/predict.hpp"
#include "store/write_model.hpp"
#include "study/executed.hpp"

namespace costscan {
namespace {

namespace fs = std::filesystem;
using Nodes = std::optional<std::vector<ExecutedNode>>;

/// Gains below this part of the model's time are less than what machines repeat themselves to.
constexpr double worth_naming = 1e-3;

/// A graph on the way, with what the runtime would execute of it.
struct State {
  std::shared_ptr<const Model> model;
  std::shared_ptr<const ShapedModel> shaped;
  GraphPrice price;
  Nodes executed;

  [[nodiscard]] AdvisedState summary() const {
    return {price.nodes, price.written_us, executed ? std::optional(total_us(*executed)) : std::nullopt};
  }
};

std::string caution_of(const Pass& pass) {
  switch (pass.accuracy) {
    case AccuracyClass::lossless: return {};
    case AccuracyClass::bounded: return "results change by rounding, within a derived bound";
    case AccuracyClass::empirical: return "results change by rounding, measured but not bounded";
    case AccuracyClass::target_only: break;
  }
  return "for its target machine only";
}

class Adviser {
 public:
  Adviser(const AdviseOptions& options, const ExecutedModel& executed, Advice& advice)
      : options_(options), executed_(executed), advice_(advice) {}

  Result<void> run(const std::shared_ptr<const Model>& model) {
    auto everything = apply(model, chosen({"default"}));
    if (!everything) return tl::unexpected(everything.error());
    OptimizeResult& done = *everything;
    advice_.warnings = done.warnings;
    advice_.warnings.insert(advice_.warnings.end(), done.defects.begin(), done.defects.end());
    auto shaped = infer_shapes(model, options_.shapes);
    if (!shaped) return tl::unexpected(shaped.error());
    original_ = {model, *shaped, done.before, executed_.nodes(**shaped)};
    everything_ = {done.model, done.shaped, done.after, executed_.nodes(*done.shaped)};
    advice_.before = original_.summary();
    advice_.everything = everything_.summary();
    advice_.everything_total = gain(original_, everything_);
    if (auto ok = try_one_by_one(done); !ok) return ok;
    if (auto ok = settle(); !ok) return ok;
    return try_optional();
  }

  /// The model that the advice makes; that of all passes where none pays.
  [[nodiscard]] const State& advised() const { return advice_.recommended.empty() ? everything_ : advised_; }

 private:
  static std::vector<const Pass*> chosen(const std::vector<std::string>& names) {
    auto passes = choose_passes(names, {});
    return passes ? *passes : std::vector<const Pass*>{};
  }

  Result<OptimizeResult> apply(const std::shared_ptr<const Model>& model, std::vector<const Pass*> passes) const {
    OptimizeOptions options;
    options.passes = std::move(passes);
    options.shapes = options_.shapes;
    options.machine = options_.machine;
    options.threads = options_.measure.threads;
    options.progress = options_.measure.progress;
    if (!options_.static_only) options.evaluate = evaluator(options_.measure);
    return optimize_model(model, options);
  }

  static std::optional<ExecutedChange> change(const State& before, const State& after) {
    if (!before.executed || !after.executed) return std::nullopt;
    return change_between(*before.executed, *after.executed);
  }

  static std::optional<Gain> gain(const State& before, const State& after) {
    const auto found = change(before, after);
    return found ? std::optional(found->gain) : std::nullopt;
  }

  /// Each pass that found something, by itself and on what those before it left, until nothing changes.
  Result<void> try_one_by_one(const OptimizeResult& done) {
    State state = original_;
    constexpr int most_rounds = 3;
    for (int round = 0; round < most_rounds; ++round) {
      bool changed = false;
      for (const OptimizedPass& report : done.passes) {
        if (report.applied.empty()) continue;
        const Pass* pass = find_pass(report.name);
        if (pass == nullptr) continue;
        auto result = apply(state.model, {pass});
        if (!result) return tl::unexpected(result.error());
        if (result->passes.empty() || result->passes.front().applied.empty()) continue;
        changed = true;
        State next{result->model, result->shaped, result->after, executed_.nodes(*result->shaped)};
        note(*pass, result->passes.front(), state, next);
        state = std::move(next);
      }
      if (!changed) break;
    }
    return {};
  }

  /// A step of a pass, added to what its earlier steps brought.
  void note(const Pass& pass, const OptimizedPass& report, const State& before, const State& after) {
    auto entry = std::ranges::find(advice_.passes, pass.name, &AdvisedPass::name);
    if (entry == advice_.passes.end()) {
      AdvisedPass fresh;
      fresh.name = std::string(pass.name);
      fresh.summary = std::string(pass.summary);
      fresh.kind = std::string(to_string(pass.kind));
      fresh.accuracy = std::string(to_string(pass.accuracy));
      fresh.caution = caution_of(pass);
      entry = advice_.passes.insert(advice_.passes.end(), std::move(fresh));
    }
    entry->sites += static_cast<std::int64_t>(report.applied.size());
    entry->nodes_removed += report.nodes_removed;
    entry->nodes_added += report.nodes_added;
    entry->written_us += before.price.written_us - after.price.written_us;
    const auto found = change(before, after);
    if (!found) {
      entry->why = "what the runtime would execute cannot be modelled here";
      return;
    }
    if (!entry->executed) entry->executed = Gain{};
    entry->executed->us += found->gain.us;
    entry->executed->deviation_us = std::hypot(entry->executed->deviation_us, found->gain.deviation_us);
    entry->verdict = verdict_of(*entry->executed);
    const std::string words = words_for(*found);
    if (entry->why.empty() || entry->verdict != AdviceVerdict::no_effect) entry->why = words;
  }

  [[nodiscard]] AdviceVerdict verdict_of(const Gain& found) const {
    const double model_us = advice_.before.executed_us.value_or(0);
    if (std::abs(found.us) <= worth_naming * model_us || found.us == 0) return AdviceVerdict::no_effect;
    if (found.low() > 0) return AdviceVerdict::pays;
    return found.us > 0 ? AdviceVerdict::may_pay : AdviceVerdict::slower;
  }

  /// From what each pass brought to those to run: what pays, and what that needs.
  Result<void> settle() {
    const auto wanted = [](const AdvisedPass& pass) {
      return pass.verdict == AdviceVerdict::pays || pass.verdict == AdviceVerdict::may_pay;
    };
    if (std::ranges::none_of(advice_.passes, wanted)) return {};
    std::vector<std::string> names;
    for (const AdvisedPass& pass : advice_.passes) {
      if (wanted(pass)) names.push_back(pass.name);
    }
    if (auto ok = take(names); !ok) return ok;
    // Together they may need what brings nothing by itself; then all of that runs in front.
    double expected = 0;
    for (const AdvisedPass& pass : advice_.passes) expected += wanted(pass) ? pass.executed->us : 0;
    constexpr double most_of_it = 0.9;
    if (!advice_.total || advice_.total->us >= most_of_it * expected) return drop_empty();
    for (AdvisedPass& pass : advice_.passes) {
      if (pass.verdict != AdviceVerdict::no_effect) continue;
      pass.verdict = AdviceVerdict::enables;
    }
    names.clear();
    for (const AdvisedPass& pass : advice_.passes) {
      if (pass.verdict != AdviceVerdict::slower) names.push_back(pass.name);
    }
    const auto alone = advice_.total;
    const State state = advised_;
    const std::vector<std::string> before = advice_.recommended;
    if (auto ok = take(names); !ok) return ok;
    if (!advice_.total || advice_.total->us <= alone->us * (1 + worth_naming)) {  // they were not what was missing
      advice_.total = alone;
      advised_ = state;
      advice_.after = state.summary();
      advice_.recommended = before;
      for (AdvisedPass& pass : advice_.passes) {
        if (pass.verdict == AdviceVerdict::enables) pass.verdict = AdviceVerdict::no_effect;
      }
    }
    return drop_empty();
  }

  /// Gains of passes that cancel one another are no advice.
  Result<void> drop_empty() {
    const double model_us = advice_.before.executed_us.value_or(0);
    if (!advice_.total || advice_.total->us > worth_naming * model_us) return {};
    advice_.recommended.clear();
    for (AdvisedPass& pass : advice_.passes) {
      const bool promised = pass.verdict == AdviceVerdict::pays || pass.verdict == AdviceVerdict::may_pay ||
                            pass.verdict == AdviceVerdict::enables;
      if (!promised) continue;
      pass.verdict = AdviceVerdict::no_effect;
      pass.why += "; without the passes that make it slower it gains nothing";
    }
    advice_.total.reset();
    advice_.after = {};
    return {};
  }

  Result<void> take(const std::vector<std::string>& names) {
    auto result = apply(original_.model, chosen(names));
    if (!result) return tl::unexpected(result.error());
    advised_ = {result->model, result->shaped, result->after, executed_.nodes(*result->shaped)};
    advice_.recommended = names;
    advice_.after = advised_.summary();
    advice_.total = gain(original_, advised_);
    return {};
  }

  /// Passes that are off by default, on top: named where they would pay, never recommended.
  Result<void> try_optional() {
    const State& base = advice_.recommended.empty() ? original_ : advised_;
    for (const Pass& pass : passes()) {
      const bool undoes = pass.name.starts_with("decompose_");
      if (pass.by_default || undoes || !pass.needs_target.empty()) continue;
      auto result = apply(base.model, {&pass});
      if (!result) return tl::unexpected(result.error());
      if (result->passes.empty() || result->passes.front().applied.empty()) continue;
      const State next{result->model, result->shaped, result->after, executed_.nodes(*result->shaped)};
      note(pass, result->passes.front(), base, next);
      AdvisedPass& entry = advice_.passes.back();
      const bool gains = entry.verdict == AdviceVerdict::pays || entry.verdict == AdviceVerdict::may_pay;
      if (gains) entry.verdict = AdviceVerdict::off_by_default;
    }
    return {};
  }

  const AdviseOptions& options_;
  const ExecutedModel& executed_;
  Advice& advice_;
  State original_;
  State everything_;
  State advised_;
};

Result<void> confirm(const fs::path& original, const Adviser& adviser, const AdviseOptions& options, Advice& advice) {
  const auto folder = PrivateFolder::create();
  if (!folder) return tl::unexpected(folder.error());
  const fs::path written = folder->path() / fmt::format("{}_advised.onnx", original.stem().string());
  if (const auto done = write_model(*adviser.advised().model, written); !done) return tl::unexpected(done.error());
  AnalyzeOptions how;
  how.shapes = options.shapes;
  how.measure = options.measure;
  how.machine = options.machine;
  how.depth = Depth::measured;
  auto comparison = compare_models(original, written, how);
  if (!comparison) return tl::unexpected(comparison.error());
  advice.measured = std::move(comparison->measurement);
  advice.measured_passes = advice.recommended;
  if (advice.measured_passes.empty()) advice.measured_passes.emplace_back("default");
  return {};
}

std::string family_of(const std::shared_ptr<const ShapedModel>& shaped) {
  Analysis analysis;
  analysis.shaped = shaped;
  analysis.nodes = build_rows(*shaped, cost_model(CostLibrary::builtin(), *shaped));
  if (!sum_up(analysis)) return {};
  const auto found = fingerprint(analysis);
  return found ? found->family() : std::string();
}

}  // namespace

Result<Advice> advise(const fs::path& path, const AdviseOptions& options) {
  const auto model = load_model(path);
  if (!model) return tl::unexpected(model.error());
  const auto executed =
      ExecutedModel::create(options.machine, options.measure.threads, plan_level(options.measure.optimization_level));
  if (!executed) return tl::unexpected(executed.error());
  const auto shaped = infer_shapes(*model, options.shapes);
  if (!shaped) return tl::unexpected(shaped.error());
  Advice advice;
  advice.model = (*model)->stem;
  advice.file = path.string();
  for (const auto& [name, size] : options.shapes.dims) {
    advice.command_options.insert(advice.command_options.end(), {"--dim", fmt::format("{}={}", name, size)});
  }
  if (!options.machine.empty()) {
    advice.command_options.insert(advice.command_options.end(), {"--machine", options.machine});
  }
  advice.family = family_of(*shaped);
  advice.machine = executed->machine();
  advice.basis = executed->basis();
  for (const DimBinding& binding : (*shaped)->bindings)
    advice.dims.push_back(fmt::format("{}={}", binding.name, binding.value));
  Adviser adviser(options, *executed, advice);
  if (auto ok = adviser.run(*model); !ok) return tl::unexpected(ok.error());
  if (options.measured) {
    if (auto ok = confirm(path, adviser, options, advice); !ok) return tl::unexpected(ok.error());
  }
  return advice;
}

}  // namespace costscan
