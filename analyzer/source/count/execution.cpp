#include "source/count/execution.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "model/checked_math.hpp"

namespace costscan::source::count {

Interval Execution::symbol(const std::string& name, bool /*boolean*/) {
  const auto at = symbols_.find(name);
  if (at != symbols_.end()) return constant(at->second);
  return unknown_number();
}

std::optional<Interval> Execution::extremum(bool smallest, const Interval& a, const Interval& b) {
  if (!a.known || !b.known) return std::nullopt;
  if (smallest) return Interval{std::min(a.lower, b.lower), std::min(a.upper, b.upper), true};
  return Interval{std::max(a.lower, b.lower), std::max(a.upper, b.upper), true};
}

Value<Interval> Execution::logical(bool conjunction, const ValueT& a, const ValueT& b) {
  const Live first = truth(a);
  const Live second = truth(b);
  const Live decides = conjunction ? Live::no : Live::yes;
  if (first == decides || second == decides) return number(constant(conjunction ? 0 : 1), true);
  if (first != Live::maybe && second != Live::maybe) return number(constant(conjunction ? 1 : 0), true);
  return number({0, 1, true}, true);
}

Value<Interval> Execution::select(const ValueT& condition, const ValueT& a, const ValueT& b) {
  const Live holds = truth(condition);
  if (holds != Live::maybe) return holds == Live::yes ? a : b;
  return joined(a, b);
}

void Execution::step() {
  if (++steps_ > limits_.steps) fail(fmt::format("more than {} steps", limits_.steps));
}

void Execution::add(std::size_t slot, std::size_t counter, const Interval& amount) {
  constexpr std::int64_t most = std::int64_t{1} << 62;
  Bounds& bounds = slots_[slot][counter];
  if (live_ == Live::yes) bounds.lower += std::max<std::int64_t>(0, amount.lower);
  const auto upper = checked_add(bounds.upper, std::max<std::int64_t>(0, amount.upper));
  if (!upper || *upper > most || bounds.lower > most) return fail("a count exceeds 2^62");
  bounds.upper = *upper;
}

std::size_t Execution::line_slot() {
  if (line_ != cached_line_) {
    const auto [at, fresh] = line_slots_.emplace(line_, line_slots_.size() + array_slots_.size() + 1);
    cached_line_ = line_;
    cached_slot_ = at->second;
  }
  if (cached_slot_ >= slots_.size()) slots_.resize(cached_slot_ + 1);
  return cached_slot_;
}

std::size_t Execution::array_slot(int array) {
  const auto [at, fresh] = array_slots_.emplace(array, line_slots_.size() + array_slots_.size() + 1);
  if (at->second >= slots_.size()) slots_.resize(at->second + 1);
  return at->second;
}

void Execution::emit(Measure measure, const Interval& amount) {
  const auto counter = static_cast<std::size_t>(measure);
  if (!amount.known) {
    unknown_.insert(fmt::format("line {}: an amount depends on data", line_));
    unknown_lines_.insert(line_);
    return;
  }
  add(0, counter, amount);
  add(line_slot(), counter, amount);
}

void Execution::executed(const Stmt& statement) {
  step();
  add(0, executions_counter, constant(1));
  if (frames_.size() > 1) return;
  const auto owner = owners_.find(statement.at.line);
  if (owner != owners_.end() && owner->second == &statement) add(line_slot(), executions_counter, constant(1));
}

void Execution::access(const PlaceT& place, std::int64_t bytes, bool write) {
  access_range(place, constant(1), bytes, write);
}

void Execution::access_range(const PlaceT& place, const Interval& count, std::int64_t unit, bool write) {
  const auto bytes = binary(Operator::multiply, count, constant(unit));
  if (place.kind != PlaceT::Kind::memory || !bytes) {
    unknown_.insert(fmt::format("line {}: the size of an access depends on data", line_));
    unknown_lines_.insert(line_);
    return;
  }
  const auto counter = static_cast<std::size_t>(write ? Measure::write_bytes : Measure::read_bytes);
  add(0, counter, *bytes);
  add(line_slot(), counter, *bytes);
  add(array_slot(place.array), counter, *bytes);
  ArrayInfo& array = arrays_[static_cast<std::size_t>(place.array)];
  if (array.element_bytes == 0) array.element_bytes = std::max<std::int64_t>(1, unit);
  if (bytes->upper > 0) touch(place, *bytes, write);
}

void Execution::touch(const PlaceT& place, const Interval& bytes, bool write) {
  Touched& touched = touched_[{place.array, write}];
  const std::int64_t size = arrays_[static_cast<std::size_t>(place.array)].element_bytes;
  const bool sure = live_ == Live::yes;
  const bool fixed = place.offset.exact() && bytes.exact() &&
                     std::all_of(place.outer.begin(), place.outer.end(), [](const Interval& i) { return i.exact(); });
  if (!fixed) {
    const std::int64_t elements = (bytes.upper + size - 1) / size;
    touched.somewhere |= sure;
    if (!place.offset.known || !place.outer.empty()) {
      touched.anywhere = true;
    } else {
      const std::int64_t from = place.offset.lower / size;
      const std::int64_t to = place.offset.upper / size + elements - 1;
      touched.from = touched.elsewhere == 0 ? from : std::min(touched.from, from);
      touched.to = touched.elsewhere == 0 ? to : std::max(touched.to, to);
    }
    touched.elsewhere += elements;
    return;
  }
  std::vector<std::int64_t> outer;
  for (const Interval& index : place.outer) outer.push_back(index.lower);
  const auto floor_div = [](std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); };
  const std::int64_t first = floor_div(place.offset.lower, size);
  const std::int64_t last = floor_div(place.offset.lower + bytes.lower - 1, size);
  steps_ += last - first;
  if (steps_ > limits_.steps) return fail(fmt::format("more than {} steps", limits_.steps));
  auto& set = sure ? touched.surely[outer] : touched.perhaps[outer];
  for (std::int64_t element = first; element <= last; ++element) set.insert(element);
}

void Execution::unknown(const Location& at, const std::string& what) {
  unknown_.insert(fmt::format("line {}: {}", at.line, what));
  unknown_lines_.insert(line_);
  const Unsupported entry{at, what, frames_.back().function};
  const auto same = [&](const Unsupported& u) { return u.at == at && u.what == what; };
  if (std::none_of(unsupported_.begin(), unsupported_.end(), same)) unsupported_.push_back(entry);
}

void Execution::own_lines(const std::vector<Stmt>& statements) {
  for (const Stmt& statement : statements) {
    if (statement.kind != StmtKind::block && statement.kind != StmtKind::unsupported) {
      owners_[statement.at.line] = &statement;
    }
    own_lines(statement.body);
    own_lines(statement.otherwise);
  }
}

Executed Execution::run_function(FunctionId id) {
  own_lines(program_.functions[static_cast<std::size_t>(id)].body);
  calls_.emplace_back();
  enter_function(id);
  bind_entry_parameters();
  run(function().body);
  Executed out;
  out.finished = failed_.empty();
  out.why_not = failed_;
  out.steps = steps_;
  for (auto& [key, touched] : touched_) {
    const ArrayInfo& array = arrays_[static_cast<std::size_t>(key.first)];
    std::int64_t lower = 0;
    std::int64_t upper = touched.elsewhere;
    for (auto& [outer, elements] : touched.surely) {
      lower += static_cast<std::int64_t>(elements.size());
      touched.perhaps[outer].insert(elements.begin(), elements.end());
    }
    for (const auto& [outer, elements] : touched.perhaps) upper += static_cast<std::int64_t>(elements.size());
    if (touched.elsewhere > 0 && !touched.anywhere) {  // no more than there are in the range
      std::int64_t within = touched.to - touched.from + 1;
      for (const std::int64_t element : touched.perhaps[{}])
        within += element < touched.from || element > touched.to ? 1 : 0;
      upper = std::min(upper, within);
    }
    if (lower == 0 && touched.somewhere) lower = 1;
    const auto measure =
        static_cast<std::size_t>(key.second ? Measure::distinct_write_bytes : Measure::distinct_read_bytes);
    const Bounds bounds{lower * array.element_bytes, upper * array.element_bytes};
    slots_[array_slot(key.first)][measure] = bounds;
    if (array.local) continue;  // scratch has a row of its own
    slots_[0][measure].lower += bounds.lower;
    slots_[0][measure].upper += bounds.upper;
    if (touched.elsewhere > 0) decided_[measure].insert(fmt::format("indices into {} are data", array.name));
  }
  out.total = slots_[0];
  for (const auto& [line, slot] : line_slots_) {
    if (slot < slots_.size()) out.lines[line] = slots_[slot];
  }
  for (const auto& [array, slot] : array_slots_) {
    const ArrayInfo& info = arrays_[static_cast<std::size_t>(array)];
    out.array_infos[info.name] = info;
    if (slot < slots_.size()) out.arrays[info.name] = slots_[slot];
  }
  out.decided = decided_;
  out.unknown = unknown_;
  out.unknown_lines = unknown_lines_;
  out.unknown_everywhere = unknown_everywhere_;
  out.unsupported = unsupported_;
  return out;
}

Executed execute(const Program& program, const FunctionTable& table, const DataOperations& operations, FunctionId id,
                 const std::map<std::string, std::int64_t>& symbols, const ExecuteLimits& limits) {
  return Execution(program, table, operations, symbols, limits).run_function(id);
}

}  // namespace costscan::source::count
