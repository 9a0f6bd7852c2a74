// Branches, loops and calls of the execution: where data decides, both ways are taken and joined.
#include <fmt/format.h>

#include <algorithm>

#include "source/count/execution.hpp"

namespace costscan::source::count {

Live Execution::joined(Live a, Live b) { return a == b ? a : Live::maybe; }

Value<Interval> Execution::joined(const ValueT& a, const ValueT& b) {
  if (a == b) return a;
  if (a.kind != b.kind) return data();
  if (a.kind == ValueT::Kind::number) return number(hull(a.number, b.number), a.truth && b.truth);
  if (a.kind == ValueT::Kind::address && a.place.kind == b.place.kind && a.place.array == b.place.array &&
      a.place.variable == b.place.variable && a.place.outer == b.place.outer) {
    ValueT out = a;
    out.place.offset = hull(a.place.offset, b.place.offset);
    return out;
  }
  return data();
}

Execution::Frames Execution::joined(const Frames& a, const Frames& b) {
  Frames out = a;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    for (std::size_t j = 0; j < std::min(a[i].slots.size(), b[i].slots.size()); ++j) {
      out[i].slots[j].value = joined(a[i].slots[j].value, b[i].slots[j].value);
    }
  }
  return out;
}

void Execution::join_into(std::optional<Frames>& into, const Frames& from) { into = into ? joined(*into, from) : from; }

Live Execution::truth(const ValueT& value) {
  if (value.kind == ValueT::Kind::address) return Live::yes;
  if (value.kind != ValueT::Kind::number || !value.number.known) return Live::maybe;
  if (value.number.lower > 0 || value.number.upper < 0) return Live::yes;
  return value.number.exact() ? Live::no : Live::maybe;
}

void Execution::decided_by(const std::string& condition) {
  for (auto& conditions : decided_) conditions.insert(condition);
}

void Execution::merge_arms(Tally before, const Tally& first, const Tally& second, const std::string& condition) {
  before.resize(std::max({before.size(), first.size(), second.size()}));
  for (std::size_t slot = 0; slot < before.size(); ++slot) {
    const Counters a = slot < first.size() ? first[slot] : Counters{};
    const Counters b = slot < second.size() ? second[slot] : Counters{};
    for (std::size_t i = 0; i < counter_count; ++i) {
      before[slot][i].lower += std::min(a[i].lower, b[i].lower);
      before[slot][i].upper += std::max(a[i].upper, b[i].upper);
      if (slot == 0 && i < measure_count && a[i] != b[i]) decided_[i].insert(condition);
    }
  }
  slots_ = std::move(before);
}

/// Elements that both arms surely touch are surely touched.
void Execution::merge_touched(TouchedArrays before, const TouchedArrays& first, const TouchedArrays& second) {
  const auto perhaps = [&](const TouchedArrays& arm, const TouchedArrays& other, bool joint) {
    for (const auto& [key, touched] : arm) {
      Touched& into = before[key];
      const auto opposite = other.find(key);
      for (const auto& [outer, elements] : touched.surely) {
        const std::unordered_set<std::int64_t>* both = nullptr;
        if (opposite != other.end()) {
          const auto row = opposite->second.surely.find(outer);
          both = row == opposite->second.surely.end() ? nullptr : &row->second;
        }
        for (const std::int64_t element : elements) {
          const bool sure = both != nullptr && both->contains(element);
          (sure ? into.surely : into.perhaps)[outer].insert(element);
        }
      }
      for (const auto& [outer, elements] : touched.perhaps)
        into.perhaps[outer].insert(elements.begin(), elements.end());
      if (touched.elsewhere > 0) {
        into.from = into.elsewhere == 0 ? touched.from : std::min(into.from, touched.from);
        into.to = into.elsewhere == 0 ? touched.to : std::max(into.to, touched.to);
      }
      into.anywhere |= touched.anywhere;
      const std::int64_t others = opposite == other.end() ? 0 : opposite->second.elsewhere;
      if (joint) into.elsewhere += std::max(touched.elsewhere, others);
      if (!joint && opposite == other.end()) into.elsewhere += touched.elsewhere;
      into.somewhere |= touched.somewhere && opposite != other.end() && opposite->second.somewhere;
    }
  };
  perhaps(first, second, true);
  perhaps(second, first, false);
  touched_ = std::move(before);
}

void Execution::branch(const ValueT& condition, const Expr& e, const Action& then, const Action& otherwise) {
  step();
  const Live holds = truth(condition);
  if (holds != Live::maybe) {
    (holds == Live::yes ? then : otherwise)();
    return;
  }
  // Copying the state for both arms takes as long as many a step.
  std::size_t copied = slots_.size();
  for (const Frame<Interval>& frame : frames_) copied += frame.slots.size();
  steps_ += static_cast<std::int64_t>(copied / 2);
  const Live entered = live_;
  const Frames variables = frames_;
  Tally before;
  std::swap(before, slots_);
  slots_.resize(before.size());
  TouchedArrays touched_before;
  std::swap(touched_before, touched_);
  then();
  const TouchedArrays touched_then = std::exchange(touched_, {});
  Tally first = slots_;
  const Frames after_then = frames_;
  const Live live_then = live_;
  slots_.assign(first.size(), Counters{});
  frames_ = variables;
  live_ = entered;
  otherwise();
  const TouchedArrays touched_else = std::exchange(touched_, {});
  merge_touched(std::move(touched_before), touched_then, touched_else);
  const Tally second = slots_;
  const std::string text = fmt::format("line {}: {}", e.at.line, e.text.empty() ? "a condition on data" : e.text);
  merge_arms(std::move(before), first, second, text);
  if (live_ != live_then) decided_by(text);  // one way leaves
  if (live_ == Live::no) {
    frames_ = after_then;
  } else if (live_then != Live::no) {
    frames_ = joined(after_then, frames_);
  }
  live_ = joined(live_then, live_);
}

bool Execution::run_iteration(const Stmt& statement, std::optional<Frames>& exits) {
  const Live entered = live_;
  const bool returned_before = calls_.back().returned;
  calls_.back().returned = false;
  loops_.emplace_back();
  executed(statement);
  run(statement.body);
  const LoopState state = std::move(loops_.back());
  loops_.pop_back();
  const bool escaped = state.left || calls_.back().returned;
  calls_.back().returned = calls_.back().returned || returned_before;
  if (state.after) join_into(exits, *state.after);
  if (state.at_next) {
    frames_ = live_ == Live::no ? *state.at_next : joined(frames_, *state.at_next);
  } else if (live_ == Live::no) {
    return false;  // every path left the loop
  }
  live_ = escaped ? Live::maybe : entered;
  return true;
}

void Execution::loop(const Stmt& statement) {
  constexpr std::int64_t most_by_data = 20000;
  run(statement.init);
  const Live entered = live_;
  const Frames before = frames_;
  const bool post = statement.kind == StmtKind::loop_post;
  const int line = line_;
  const bool returned_before = calls_.back().returned;
  calls_.back().returned = false;
  std::optional<Frames> exits;
  std::int64_t by_data = 0;
  const auto goes_on = [&] {
    if (!statement.has_expr) return true;
    const Live holds = truth(eval(statement.expr));
    if (holds == Live::yes) return true;
    join_into(exits, frames_);
    if (holds == Live::no) return false;
    decided_by(fmt::format("line {}: how often `{}` holds", statement.expr.at.line,
                           statement.expr.text.empty() ? "the loop's condition" : statement.expr.text));
    live_ = Live::maybe;
    return true;
  };
  for (bool first = true; failed_.empty(); first = false) {
    step();
    if (frames_.size() == 1) line_ = line;
    if (!(post && first) && !goes_on()) break;
    if (live_ == Live::maybe && entered == Live::yes && ++by_data > most_by_data) {
      // Only data ends this loop: no upper bound.
      give_up_loop(statement, before);
      join_into(exits, frames_);
      break;
    }
    if (!run_iteration(statement, exits)) break;
    if (frames_.size() == 1) line_ = line;
    for (const Expr& expression : statement.step) (void)eval(expression);
  }
  const bool returned = calls_.back().returned;
  calls_.back().returned = returned || returned_before;
  if (exits) frames_ = *exits;
  live_ = !exits ? Live::no : returned ? Live::maybe : entered;
}

void Execution::give_up_loop(const Stmt& statement, const Frames& before) {
  unknown_.insert(fmt::format("line {}: only data ends this loop", statement.at.line));
  unknown_everywhere_ = true;
  for (std::size_t i = 0; i < frames_.size(); ++i) {
    for (std::size_t j = 0; j < frames_[i].slots.size(); ++j) {
      if (!(frames_[i].slots[j] == before[i].slots[j])) frames_[i].slots[j].value = data();
    }
  }
}

void Execution::leave() {
  if (loops_.empty()) return;
  loops_.back().left = true;
  join_into(loops_.back().after, frames_);
  live_ = Live::no;
}

void Execution::next() {
  if (loops_.empty()) return;
  loops_.back().continued = true;
  join_into(loops_.back().at_next, frames_);
  live_ = Live::no;
}

void Execution::give_back(std::optional<ValueT> value) {
  CallState& call = calls_.back();
  call.returned = true;
  join_into(call.after, frames_);
  if (value) call.value = call.value ? joined(*call.value, *value) : *value;
  live_ = Live::no;
}

Value<Interval> Execution::called(const Function& /*callee*/, const Action& body) {
  const Live entered = live_;
  calls_.emplace_back();
  calls_.back().depth = loops_.size();
  body();
  CallState call = std::move(calls_.back());
  calls_.pop_back();
  if (call.after) frames_ = live_ == Live::no ? *call.after : joined(frames_, *call.after);
  frames_.pop_back();
  live_ = entered;
  return call.value.value_or(data());
}

}  // namespace costscan::source::count
