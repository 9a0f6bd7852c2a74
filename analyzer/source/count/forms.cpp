#include "source/count/forms.hpp"

#include <algorithm>
#include <random>
#include <set>
#include <utility>

namespace costscan::source::count {
namespace {

constexpr std::size_t distinct_read = static_cast<std::size_t>(Measure::distinct_read_bytes);
constexpr std::size_t distinct_write = static_cast<std::size_t>(Measure::distinct_write_bytes);
constexpr std::int64_t check_steps = 100000;
constexpr std::int64_t most_check_steps = 2000000;  // of all trials of a function
constexpr int checks = 4;

/// Executions by binding, each run once; after some millions of steps no more are run.
class Trials {
 public:
  explicit Trials(const Subject& subject) : subject_(subject) {}

  const Executed& at(const Binding& binding) {
    const auto found = done_.find(binding);
    if (found != done_.end()) return found->second;
    Executed run;
    if (left_ > 0) {
      const ExecuteLimits limits{std::min(check_steps, left_)};
      run = execute(subject_.program, subject_.table, subject_.operations, subject_.id, binding, limits);
      left_ -= run.steps;
    }
    return done_.emplace(binding, std::move(run)).first->second;
  }

 private:
  Subject subject_;
  std::map<Binding, Executed> done_;
  std::int64_t left_ = most_check_steps;
};

/// Small values that satisfy what is assumed: symbols that it wants larger grow.
std::optional<Binding> binding_near(const Algebra& algebra, const std::set<std::string>& symbols,
                                    const std::vector<Poly>& assumed, const Binding& start) {
  Binding out = start;
  for (int round = 0; round < 60 && !satisfied(algebra, assumed, out); ++round) {
    for (const Poly& p : assumed) {
      const auto value = evaluate(algebra, p, out);
      if (value && value->numerator >= 0) continue;
      for (const std::string& symbol : symbols) {
        Binding more = out;
        more[symbol] += 1;
        const auto now = evaluate(algebra, p, more);
        if (value && now && compare(*now, *value) == std::strong_ordering::greater) out = more;
      }
    }
  }
  return satisfied(algebra, assumed, out) ? std::optional(out) : std::nullopt;
}

std::vector<Binding> bindings_for_checks(const Algebra& algebra, const SymbolicResult& result,
                                         const std::vector<Poly>& assumed, int count, std::int64_t least,
                                         std::int64_t most, unsigned seed) {
  std::mt19937 random(seed);  // the same every time: reports are reproducible
  std::vector<Binding> out;
  for (int i = 0; i < count; ++i) {
    Binding start;
    for (const std::string& symbol : result.symbols) {
      const auto any = static_cast<std::int64_t>(random() % static_cast<unsigned>(most - least + 1));
      start[symbol] = result.booleans.contains(symbol) ? i % 2 : least + any;
    }
    if (auto binding = binding_near(algebra, result.symbols, assumed, start)) out.push_back(std::move(*binding));
  }
  return out;
}

std::optional<Bounds> executed_bounds(const Executed& run, const CounterKey& key, const SymbolicResult& result) {
  const Counters* counters = nullptr;
  if (key.array >= 0) {
    const auto at = run.arrays.find(result.arrays[static_cast<std::size_t>(key.array)].name);
    if (at == run.arrays.end()) return Bounds{};
    counters = &at->second;
  } else if (key.line > 0) {
    const auto at = run.lines.find(key.line);
    if (at == run.lines.end()) return Bounds{};
    counters = &at->second;
  } else {
    counters = &run.total;
  }
  return (*counters)[key.counter];
}

bool agrees(const Algebra& algebra, const Form& form, const Bounds& bounds, const Binding& binding) {
  const auto lower = evaluate(algebra, form.bounds.lower, binding);
  const auto upper = evaluate(algebra, form.bounds.upper, binding);
  return lower && upper && *lower == Rational{bounds.lower, 1} && *upper == Rational{bounds.upper, 1};
}

/// A loop around it that never runs.
bool never_made(const Access& access) {
  return std::any_of(access.loops.begin(), access.loops.end(), [](const auto& loop) {
    const auto trips = integer_value(loop.second);
    return trips && *trips <= 0;
  });
}

/// Forms of distinct bytes are for loops that run: their trip counts less 1.
std::vector<Poly> running(const Algebra& algebra, const SymbolicResult& result) {
  std::vector<Poly> out;
  for (const Access& access : result.accesses) {
    for (const auto& [var, trips] : access.loops) {
      const Poly more = trips - Poly(1);
      if (algebra.has_loops(more) || algebra.unknown(more) || constant_value(more)) continue;
      if (std::find(out.begin(), out.end(), more) == out.end()) out.push_back(more);
    }
  }
  return out;
}

void add_distinct(Algebra& algebra, const SymbolicResult& result, std::map<CounterKey, Form>& forms) {
  for (const bool write : {false, true}) {
    const std::size_t counter = write ? distinct_write : distinct_read;
    Form total;
    bool whole = true;
    for (std::size_t i = 0; i < result.arrays.size(); ++i) {
      std::vector<Access> accesses;
      for (const Access& access : result.accesses) {
        const bool here = access.array == static_cast<int>(i) && access.write == write;
        if (here && !never_made(access)) accesses.push_back(access);
      }
      if (accesses.empty()) continue;
      const auto bytes = distinct_bytes(algebra, accesses, result.arrays[i].element_bytes, result.assumed);
      if (bytes) forms[{0, static_cast<int>(i), counter}].bounds = {*bytes, *bytes};
      if (result.arrays[i].local) continue;
      whole = whole && bytes.has_value();
      if (bytes) total.bounds = {total.bounds.lower + *bytes, total.bounds.upper + *bytes};
    }
    if (whole) forms[{0, -1, counter}] = total;
  }
}

/// Keys that should have a form: all that were counted, and distinct bytes.
std::set<CounterKey> wanted(const SymbolicResult& result) {
  std::set<CounterKey> keys;
  for (std::size_t counter = 0; counter < measure_count; ++counter) keys.insert({0, -1, counter});
  for (const auto& [key, bounds] : result.counters) keys.insert(key);
  for (const Access& access : result.accesses)
    keys.insert({0, access.array, access.write ? distinct_write : distinct_read});
  return keys;
}

void interpolate_missing(Algebra& algebra, const SymbolicResult& result, Trials& trials,
                         std::map<CounterKey, Form>& forms, const std::vector<Binding>& held_out,
                         const std::vector<Poly>& large) {
  // Room above what is assumed, so that a symbol can grow without leaving it.
  constexpr std::int64_t room = 7;
  std::vector<Poly> roomy = large;
  for (Poly& p : roomy) {
    if (algebra.symbols(p).size() > 1) p = p - Poly(room);
  }
  std::optional<Binding> base;
  for (const std::int64_t from : {4, 3, 2}) {
    Binding start;
    std::int64_t value = from;
    for (const std::string& symbol : result.symbols) start[symbol] = value++ % 3 + from;
    base = binding_near(algebra, result.symbols, roomy, start);
    if (base && trials.at(*base).finished) break;
    base.reset();
  }
  if (!base) return;
  const std::vector<std::string> symbols(result.symbols.begin(), result.symbols.end());
  for (const CounterKey& key : wanted(result)) {
    if (key.line > 0) continue;  // lines without a form show their numbers
    const auto found = forms.find(key);
    if (found != forms.end() && !found->second.refuted) continue;
    const auto sampler = [&](bool upper) {
      return [&, upper](const Binding& binding) -> std::optional<std::int64_t> {
        const Executed& run = trials.at(binding);
        if (!run.finished || !run.unknown.empty()) return std::nullopt;
        const auto bounds = executed_bounds(run, key, result);
        if (!bounds) return std::nullopt;
        return upper ? bounds->upper : bounds->lower;
      };
    };
    const auto lower = interpolate(algebra, symbols, *base, held_out, sampler(false));
    const auto upper = lower ? interpolate(algebra, symbols, *base, held_out, sampler(true)) : std::nullopt;
    if (lower && upper) forms[key] = Form{{*lower, *upper}, true, false, true};
  }
}

}  // namespace

bool satisfied(const Algebra& algebra, const std::vector<Poly>& assumed, const Binding& binding) {
  return std::all_of(assumed.begin(), assumed.end(), [&](const Poly& p) {
    const auto value = evaluate(algebra, p, binding);
    return value && value->numerator >= 0;
  });
}

Forms forms_of(Algebra& algebra, const Subject& subject, const Binding& dims, bool check) {
  Forms out;
  out.symbolic = count_symbolically(algebra, subject.program, subject.table, subject.operations, subject.id, dims);
  SymbolicResult& result = out.symbolic;
  for (std::size_t counter = 0; counter < measure_count; ++counter) {
    if (counter != distinct_read && counter != distinct_write) out.forms[{0, -1, counter}] = Form{};
  }
  for (const auto& [key, bounds] : result.counters) out.forms[key].bounds = bounds;
  add_distinct(algebra, result, out.forms);
  if (!check) return out;
  Trials trials(subject);
  int tried = 0;
  const std::vector<Poly> runs = running(algebra, result);
  auto bindings = bindings_for_checks(algebra, result, result.assumed, checks, 1, 6, 1);
  std::vector<Poly> large = result.assumed;
  large.insert(large.end(), runs.begin(), runs.end());
  for (Binding& binding : bindings_for_checks(algebra, result, large, checks, 2, 6, 3))
    bindings.push_back(std::move(binding));
  for (const Binding& binding : bindings) {
    const Executed& run = trials.at(binding);
    if (!run.finished) continue;
    ++tried;
    const bool all_run = satisfied(algebra, runs, binding);
    for (auto& [key, form] : out.forms) {
      const auto bounds = executed_bounds(run, key, result);
      if (!bounds || algebra.unknown(form.bounds.upper)) continue;
      if (!all_run && (key.counter == distinct_read || key.counter == distinct_write)) continue;
      form.refuted = form.refuted || !agrees(algebra, form, *bounds, binding);
      form.checked = !form.refuted;
    }
  }
  const auto missing = [&](const CounterKey& key) {
    const auto at = out.forms.find(key);
    return key.line == 0 && (at == out.forms.end() || at->second.refuted);
  };
  const auto keys = wanted(result);
  for (auto& [key, form] : out.forms)
    form.refuted = form.refuted || (!form.checked && algebra.unknown(form.bounds.upper));
  out.runs = runs;
  if (tried > 0 && std::any_of(keys.begin(), keys.end(), missing)) {
    auto held_out = bindings_for_checks(algebra, result, large, 5, 5, 11, 2);
    interpolate_missing(algebra, result, trials, out.forms, held_out, large);
  }
  return out;
}

std::vector<std::string> assumption_texts(Algebra& algebra, const std::vector<Poly>& assumed) {
  // Not those that follow from the others.
  std::vector<Poly> needed;
  for (const Poly& p : assumed) {
    if (std::find(needed.begin(), needed.end(), p) == needed.end()) needed.push_back(p);
  }
  for (std::size_t i = needed.size(); i > 0; --i) {
    Summation others(algebra);
    for (std::size_t j = 0; j < needed.size(); ++j) {
      if (j != i - 1) others.push_fact(needed[j]);
    }
    if (others.nonnegative(needed[i - 1])) needed.erase(needed.begin() + static_cast<std::ptrdiff_t>(i - 1));
  }
  std::vector<std::string> out;
  for (const Poly& p : needed) {
    std::string text = algebra.text(algebra.at_least_zero(p));
    if (text.size() > 2 && text.front() == '[') text = text.substr(1, text.size() - 2);
    if (std::find(out.begin(), out.end(), text) == out.end()) out.push_back(std::move(text));
  }
  return out;
}

}  // namespace costscan::source::count
