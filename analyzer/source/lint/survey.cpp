#include "source/lint/survey.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "model/checked_math.hpp"

namespace costscan::source::linting {
namespace {

constexpr std::int64_t first_sample = 37;
constexpr std::int64_t largest_hint = 4096;
constexpr std::int64_t steps_of_a_sample = 600'000;
constexpr std::int64_t steps_of_a_count = 2'500'000;
constexpr std::int64_t shortened_to = 4;
constexpr std::int64_t glimpse = 12;  ///< iterations looked at of loops that are too long to follow
constexpr std::int64_t enough_trips = 3;

void largest_literal(const Expr& expr, std::int64_t& out) {
  if (expr.kind == ExprKind::integer_literal && expr.integer <= largest_hint) out = std::max(out, expr.integer);
  for (const Expr& arg : expr.args) largest_literal(arg, out);
}

/// Tiles, blocks and unrolled strides are constants of the source; samples have to span several of them.
void largest_literal(const std::vector<Stmt>& body, std::int64_t& out) {
  for (const Stmt& stmt : body) {
    largest_literal(stmt.expr, out);
    for (const Expr& step : stmt.step) largest_literal(step, out);
    for (const auto* part : {&stmt.init, &stmt.body, &stmt.otherwise}) largest_literal(*part, out);
  }
}

double bound_of(double error) { return error < 1 ? error / (1 - error) : std::numeric_limits<double>::infinity(); }

/// Blocks that ran only once had no next block that could have used what they left: a running maximum is no lost sum.
bool could_not_be_used(const LostSum& lost, const Trace& trace) {
  return lost.loss == Loss::dropped && lost.consumed == 0 && std::ranges::any_of(lost.inside, [&](const Stmt* loop) {
           const auto facts = trace.loops.find(loop);
           return facts != trace.loops.end() && facts->second.executed_trips < 2;
         });
}

class Surveyor {
 public:
  Surveyor(const Program& program, const Registers& registers, const Function& function, const LintOptions& options)
      : program_(program), registers_(registers), function_(function), options_(options) {}

  Survey run();

 private:
  const Program& program_;
  const Registers& registers_;
  const Function& function_;
  const LintOptions& options_;
  Survey out_;
  std::map<const Stmt*, std::int64_t> covered_;  ///< most trips of each loop in any run
  bool conditions_ = false;                      ///< some write hangs on data

  [[nodiscard]] Trace follow(MachineOptions options) const;
  [[nodiscard]] MachineOptions sample(std::int64_t size, std::int64_t step, bool real) const;
  void take(const Trace& trace, DataConditions conditions);
  void take_loss(const LostSum& lost, const Trace& trace);
  void look_at_beginnings();
  void recount(CountedLoss& loss) const;
  void bound_sums(const Trace& trace, bool whole);
  [[nodiscard]] bool all_covered() const;
  [[nodiscard]] static bool depends_on_samples(const std::set<const Stmt*>& loops, const Trace& trace);
};

Trace Surveyor::follow(MachineOptions options) const {
  return Machine(program_, registers_, std::move(options)).run(function_);
}

MachineOptions Surveyor::sample(std::int64_t size, std::int64_t step, bool real) const {
  MachineOptions out;
  out.dims = options_.dims;
  out.ignore_dims = !real;
  out.sample = size;
  out.sample_step = step;
  out.steps = real ? steps_of_a_count : steps_of_a_sample;
  return out;
}

bool Surveyor::depends_on_samples(const std::set<const Stmt*>& loops, const Trace& trace) {
  return std::ranges::any_of(loops, [&](const Stmt* loop) {
    const auto facts = trace.loops.find(loop);
    return facts == trace.loops.end() || facts->second.sampled || facts->second.guessed;
  });
}

void Surveyor::take_loss(const LostSum& lost, const Trace& trace) {
  CountedLoss loss{lost, lost.contributing, std::nullopt};
  if (!depends_on_samples(lost.loops, trace)) loss.of = lost.of;
  const auto same = std::ranges::find_if(out_.losses, [&](const CountedLoss& each) {
    return each.lost.variable == lost.variable && *each.lost.at == *lost.at;
  });
  if (same == out_.losses.end()) {
    out_.losses.push_back(std::move(loss));
  } else if (loss.of && !same->of) {
    *same = std::move(loss);
  } else if (!loss.of && !same->of && same->contributing != loss.contributing) {
    same->contributing.reset();  // differs with the size: unknown without --dim
  }
}

void Surveyor::take(const Trace& trace, DataConditions conditions) {
  for (const auto& [loop, facts] : trace.loops) {
    std::int64_t& most = covered_[loop];
    most = std::max(most, facts.sampled ? facts.executed_trips : enough_trips);
  }
  const bool assumed = conditions != DataConditions::both;
  for (const LostSum& lost : lost_sums(trace)) {
    // What happens only where data say so every time must look like a sum beyond doubt.
    if (assumed && (!lost.conditional || !lost.strong_evidence)) continue;
    if (could_not_be_used(lost, trace)) continue;
    const bool known = std::ranges::any_of(out_.losses, [&](const CountedLoss& each) {
      return each.lost.variable == lost.variable && each.lost.at->line == lost.at->line;
    });
    if (!assumed || !known) take_loss(lost, trace);
  }
  if (assumed) return;
  for (UnsetSum& sum : unset_sums(trace)) {
    const auto same = std::ranges::find_if(
        out_.unset, [&](const UnsetSum& each) { return each.variable == sum.variable && *each.at == *sum.at; });
    if (same == out_.unset.end()) out_.unset.push_back(std::move(sum));
  }
  conditions_ = conditions_ || std::ranges::any_of(trace.writes, &Write::conditional);
}

/// The real sizes are too long to follow: the first iterations of each loop still show what overwrites, though not what
/// the last ones would have done about it. So only what is used after the loop counts.
void Surveyor::look_at_beginnings() {
  for (const std::int64_t iterations : {glimpse, shortened_to}) {
    MachineOptions options = sample(first_sample, 1, true);
    options.most_iterations = iterations;
    const Trace trace = follow(options);
    if (!trace.complete) continue;
    for (const LostSum& lost : lost_sums(trace)) {
      const bool known = std::ranges::any_of(out_.losses, [&](const CountedLoss& each) {
        return each.lost.variable == lost.variable && *each.lost.at == *lost.at;
      });
      if (known || lost.consumed != 1 || lost.contributing != 1) continue;
      out_.losses.push_back({lost, lost.contributing, std::nullopt});
    }
    return;
  }
}

bool Surveyor::all_covered() const {
  return std::ranges::all_of(covered_, [](const auto& each) { return each.second >= enough_trips; });
}

/// The loops of a loss at their real sizes, all others cut short.
void Surveyor::recount(CountedLoss& loss) const {
  MachineOptions options = sample(first_sample, 1, true);
  options.most_iterations = shortened_to;
  options.whole = loss.lost.loops;
  const Trace trace = follow(options);
  if (trace.complete && !depends_on_samples(loss.lost.loops, trace)) {
    for (const LostSum& again : lost_sums(trace)) {
      if (again.variable != loss.lost.variable || !(*again.at == *loss.lost.at)) continue;
      loss.contributing = again.contributing;
      loss.of = again.of;
      return;
    }
  }
  // Too long to follow: the heads of the loops tell how many iterations there are.
  options.whole.clear();
  const Trace heads = follow(options);
  if (!heads.complete || depends_on_samples(loss.lost.loops, heads)) return;
  std::int64_t product = 1;
  for (const Stmt* loop : loss.lost.loops) {
    const auto next = checked_mul(product, heads.loops.at(loop).most_trips);
    if (!next) return;
    product = *next;
  }
  loss.of = product;
}

/// `whole`: the trace ran to its end at the sizes given; else the sums are scaled by the loops' real lengths.
void Surveyor::bound_sums(const Trace& trace, bool whole) {
  for (const LongSum& sum : long_sums(trace)) {
    if (depends_on_samples(sum.loops, trace)) {
      if (std::ranges::find(out_.unbounded, sum.variable) == out_.unbounded.end())
        out_.unbounded.push_back(sum.variable);
      continue;
    }
    double scale = 1;
    for (const Stmt* loop : sum.loops) {
      const LoopFacts& facts = trace.loops.at(loop);
      if (!whole && facts.executed_trips > 0) {
        scale *= static_cast<double>(facts.most_trips) / static_cast<double>(facts.executed_trips);
      }
    }
    CountedSum counted{sum, 0, bound_of(sum.error * scale)};
    counted.additions = static_cast<std::int64_t>(
        std::min(std::llround(static_cast<double>(sum.additions) * scale), std::numeric_limits<long long>::max() / 2));
    if (counted.bound <= options_.tolerance) continue;
    out_.sums.push_back(std::move(counted));
  }
}

Survey Surveyor::run() {
  const Trace real = follow(sample(first_sample, 1, true));
  std::vector<MachineOptions> complete;
  if (real.complete) {
    take(real, DataConditions::both);
    bound_sums(real, true);
    complete.push_back(sample(first_sample, 1, true));
  } else {
    MachineOptions heads = sample(first_sample, 1, true);
    heads.most_iterations = shortened_to;
    const Trace short_run = follow(heads);
    if (short_run.complete) bound_sums(short_run, false);
  }
  std::int64_t hint = 0;
  largest_literal(function_.body, hint);
  for (const Variable& variable : function_.variables) {
    if (variable.constant && *variable.constant <= largest_hint) hint = std::max(hint, *variable.constant);
  }
  struct Attempt {
    std::int64_t size;
    std::int64_t step;
  };
  const bool samples_matter = !real.loops.empty() && (!real.complete || !real.sampled_symbols.empty());
  if (samples_matter) {
    const std::int64_t spanning = 3 * hint + 5;
    for (const Attempt& attempt :
         {Attempt{first_sample, -1}, Attempt{spanning, -1}, Attempt{2 * hint + 3, 1}, Attempt{13, -1}, Attempt{7, -1},
          Attempt{5, 1}, Attempt{4, 0}, Attempt{5, 7}, Attempt{37, -11}}) {
      const bool needed = complete.size() < 2 || !all_covered();
      if (!needed || attempt.size < 2) continue;
      MachineOptions options = sample(attempt.size, attempt.step, real.complete);
      options.steps = steps_of_a_sample;
      const Trace trace = follow(options);
      if (!trace.complete) continue;
      take(trace, DataConditions::both);
      complete.push_back(std::move(options));
    }
  }
  if (!real.complete) look_at_beginnings();
  if (conditions_ && !complete.empty()) {
    for (const DataConditions conditions : {DataConditions::always_true, DataConditions::always_false}) {
      MachineOptions options = complete.front();
      options.conditions = conditions;
      const Trace trace = follow(options);
      if (trace.complete) take(trace, conditions);
    }
  }
  for (CountedLoss& loss : out_.losses) {
    if (!loss.of) recount(loss);
  }
  out_.symbols = real.sampled_symbols;
  return std::move(out_);
}

}  // namespace

Survey survey(const Program& program, const Registers& registers, const Function& function,
              const LintOptions& options) {
  return Surveyor(program, registers, function, options).run();
}

}  // namespace costscan::source::linting
