// Reading and writing cells, and joining what two paths left in them.
#include <algorithm>
#include <utility>

#include "source/lint/machine.hpp"

namespace costscan::source::linting {
namespace {

/// Cells written in another iteration say how they vary in this one.
Value aged(Value value, int common, int parted, bool by_arithmetic) {
  value.varies &= levels_up_to(common);
  value.carried &= levels_up_to(common);
  value.fed &= levels_up_to(common);
  value.partial &= levels_up_to(common);
  if (parted == 0) return value;
  const LevelMask bit = level_bit(parted);
  value.carried |= bit;
  if (value.kind != ValueKind::data) value.varies |= bit;
  if (by_arithmetic) value.fed |= bit;
  return value;
}

}  // namespace

Value Machine::seen_from_here(const Cell& cell) const {
  if (cell.iteration == iteration_) return cell.value;
  const Write* write = cell.write == nothing ? nullptr : &trace_.writes[static_cast<std::size_t>(cell.write)];
  const int common = trace_.common_depth(cell.iteration, iteration_);
  const bool by_arithmetic = cell.value.loaded && cell.value.arithmetic && !cell.value.select;
  Value out = aged(cell.value, common, trace_.parting_depth(cell.iteration, iteration_), by_arithmetic);
  const int depth = trace_.iterations[static_cast<std::size_t>(cell.iteration)].depth;
  if (write != nullptr && (write->self || write->join) && depth > common) out.partial |= levels_up_to(common);
  return out;
}

/// Contents that the kernel found: its inputs, a constant start, or nothing at all.
Value Machine::never_written(const CellKey& key, const Type& type, LevelMask varies) {
  const Object& object = memory_.object(key.object);
  Value out;
  out.kind = kind_of(type);
  if (out.kind == ValueKind::pointer) {
    out.known = true;
    out.object = part(key, "");
    out.varies = varies;
    return out;
  }
  switch (object.contents) {
    case Contents::input:
      out.loaded = true;
      out.varies = varies;
      break;
    case Contents::constant: out.literal = true; break;
    case Contents::unset: out.unset = key.object; break;
  }
  return out;
}

Value Machine::read_cell(const CellKey& key, const Type& type, LevelMask varies) {
  const Cell* cell = memory_.find(key);
  pending_.push_back({key, cell != nullptr ? cell->write : nothing});
  if (cell == nullptr) return never_written(key, type, varies);
  Value out = seen_from_here(*cell);
  // The element itself may stay while another one is looked at.
  if (out.loaded) out.varies |= varies & levels_up_to(trace_.common_depth(cell->iteration, iteration_));
  return out;
}

Value Machine::read(const Place& place, const Type& type) {
  if (stopped()) return {};
  if (place.object == no_object || !place.known) {
    if (place.object != no_object && !memory_.object(place.object).cells.empty()) escape(place.object, false);
    Value out;
    out.kind = kind_of(type);
    out.loaded = true;
    out.opaque = place.object == no_object;
    out.varies = place.varies;
    return out;
  }
  if (type.lanes <= 1) return read_cell({place.object, place.offset}, type, place.varies);
  Type lane = type;
  lane.lanes = 1;
  const std::int64_t stride = stride_of(lane);
  Value out = read_cell({place.object, place.offset}, type, place.varies);
  for (std::int64_t at = 1; at < type.lanes; ++at) {
    const CellKey key{place.object, place.offset + at * stride};
    if (memory_.find(key) == nullptr) continue;
    const Value more = read_cell(key, lane, place.varies);
    const auto [error, chain] = std::max(std::pair(out.error, out.chain), std::pair(more.error, more.chain));
    out = joined(out, more);
    out.error = error;
    out.chain = chain;
  }
  return out;
}

void Machine::use(int write) {
  if (write != nothing) trace_.writes[static_cast<std::size_t>(write)].read = true;
}

void Machine::settle(std::size_t mark) {
  for (std::size_t at = mark; at < pending_.size(); ++at) use(pending_[at].write);
  pending_.resize(std::min(mark, pending_.size()));
}

void Machine::use_writes_since(std::size_t first) {
  for (std::size_t at = first; at < trace_.writes.size(); ++at) trace_.writes[at].read = true;
}

/// Code that is not followed may read the object from here on, or (changed) may have put anything there.
void Machine::escape(int id, bool changed) {
  for (const auto& [offset, cell] : memory_.object(id).cells) use(cell.write);
  steps_ += static_cast<std::int64_t>(memory_.object(id).cells.size());
  memory_.object(id).escaped = true;
  if (!changed) return;
  memory_.erase_all(id);
  memory_.object(id).contents = Contents::input;
}

/// The object begins anew: its declaration is executed once more, or it is filled as a whole.
void Machine::renew(int id, Contents contents, const Location& at) {
  std::vector<std::pair<std::int64_t, int>> overwritten;
  for (const auto& [offset, cell] : memory_.object(id).cells) {
    if (cell.write != nothing) overwritten.emplace_back(offset, cell.write);
  }
  std::ranges::sort(overwritten);
  for (const auto& [offset, write] : overwritten) {
    const int killer =
        record({id, offset}, Place{id, true, offset, 0}, Value{}, pending_.size(), {&at, nullptr, false, true, false});
    trace_.writes[static_cast<std::size_t>(write)].killer = killer;
  }
  memory_.erase_all(id);
  memory_.object(id).contents = contents;
}

int Machine::record(const CellKey& key, const Place& place, const Value& value, std::size_t mark,
                    const StoreNote& note) {
  const Cell* old = memory_.find(key);
  Write out;
  out.object = key.object;
  out.offset = key.offset;
  out.iteration = iteration_;
  out.at = note.at;
  out.call = note.call;
  out.self = note.self;
  out.first_dependency = static_cast<int>(trace_.dependencies.size());
  for (std::size_t at = mark; at < pending_.size(); ++at) {
    if (pending_[at].key == key) out.self = true;
    if (pending_[at].write != nothing) trace_.dependencies.push_back(pending_[at].write);
  }
  if (note.self && old != nullptr && old->write != nothing) trace_.dependencies.push_back(old->write);
  out.dependencies = static_cast<int>(trace_.dependencies.size()) - out.first_dependency;
  if (out.self && old != nullptr) out.before = old->write;
  out.fresh_start = old != nullptr ? old->write == nothing && old->value.literal
                                   : memory_.object(key.object).contents == Contents::constant;
  out.loaded = value.loaded;
  out.literal = value.literal;
  out.arithmetic = value.arithmetic;
  out.select = value.select;
  out.opaque = value.opaque;
  out.partial = value.partial;
  out.read = memory_.object(key.object).escaped;
  out.conditional = conditions_ > 0;
  out.floating = note.floating;
  out.declaration = note.declaration;
  out.address_varies = place.varies;
  out.varies = value.varies;
  out.fed = value.fed;
  out.error = value.error;
  out.chain = value.chain;
  trace_.writes.push_back(out);
  return static_cast<int>(trace_.writes.size()) - 1;
}

void Machine::write(const Place& place, const Value& value, std::size_t mark, const StoreNote& note) {
  if (stopped()) return;
  if (place.object == no_object || !place.known) {
    settle(mark);
    // Any cell may hold it now: none can be said to be overwritten, all may be read later.
    if (place.object != no_object && !memory_.object(place.object).escaped) escape(place.object, false);
    if (place.object != no_object) memory_.object(place.object).contents = Contents::input;
    return;
  }
  const CellKey key{place.object, place.offset};
  const Cell* old = memory_.find(key);
  const int before = old != nullptr ? old->write : nothing;
  Cell cell;
  cell.value = value;
  cell.iteration = iteration_;
  const bool self =
      note.self || std::any_of(pending_.begin() + static_cast<std::ptrdiff_t>(std::min(mark, pending_.size())),
                               pending_.end(), [&](const PendingRead& read) { return read.key == key; });
  // On some paths only: a state machine may well know which; sums of floating-point numbers are no state machines.
  const bool surely = !value.maybe_unset || (conditions_ == 0 && note.floating);
  if (self && value.unset == place.object && surely) {
    trace_.unset.push_back({place.object, note.at});
  }
  cell.value.unset = no_object;
  if (value.recovered) trace_.compensated.insert(place.object);
  if (value.loaded || before != nothing) {
    cell.write = record(key, place, value, mark, note);
    if (!self && before != nothing) trace_.writes[static_cast<std::size_t>(before)].killer = cell.write;
    if (!value.loaded) cell.write = nothing;
  }
  for (std::size_t at = mark; at < pending_.size(); ++at) {
    if (!(pending_[at].key == key)) use(pending_[at].write);
  }
  pending_.resize(std::min(mark, pending_.size()));
  if (self && before != nothing && !value.loaded) use(before);
  memory_.set(key, cell);
}

Cell Machine::join(const CellKey& key, const std::optional<Cell>& a, const std::optional<Cell>& b,
                   const Value& condition) {
  Type type;  // where one path never wrote: what was found there, of the other's kind
  const Cell& some = a ? *a : *b;
  type.kind = some.value.kind == ValueKind::integer ? TypeKind::integer : TypeKind::floating;
  const auto found = [&] {
    Cell out;
    out.value = never_written(key, type, 0);
    return out;
  };
  const Cell one = a ? *a : found();
  const Cell other = b ? *b : found();
  if (same_state(one, other)) return one;
  Cell out;
  out.value = joined(seen_from_here(one), seen_from_here(other));
  out.value.kind = some.value.kind;
  if (one.value.known && other.value.known && one.value.integer == other.value.integer &&
      one.value.object == other.value.object) {
    out.value.known = true;
    out.value.integer = one.value.integer;
    out.value.object = one.value.object;
  }
  out.value.loaded = out.value.loaded || condition.loaded;
  out.value.select = true;
  out.value.varies |= condition.varies;
  const auto longest =
      std::max(std::pair(one.value.error, one.value.chain), std::pair(other.value.error, other.value.chain));
  out.value.error = longest.first;
  out.value.chain = longest.second;
  if (one.value.unset != other.value.unset) out.value.maybe_unset = true;
  out.iteration = iteration_;
  if (one.write == other.write) {
    out.write = one.write;
    return out;
  }
  const int write = record(key, Place{key.object, true, key.offset, 0}, out.value, pending_.size(), {});
  Write& made = trace_.writes[static_cast<std::size_t>(write)];
  made.join = true;
  made.before = one.write;
  made.also_before = other.write;
  for (const int from : {one.write, other.write}) {
    if (from == nothing) continue;
    const Write& source = trace_.writes[static_cast<std::size_t>(from)];
    made.address_varies |= source.address_varies;
    made.floating = made.floating || source.floating;
    trace_.dependencies.push_back(from);
    ++made.dependencies;
  }
  out.write = write;
  return out;
}

void Machine::merge(const std::vector<CellChange>& one, const std::vector<CellChange>& other, const Value& condition) {
  const auto before = [](const CellKey& a, const CellKey& b) {
    return std::pair(a.object, a.offset) < std::pair(b.object, b.offset);
  };
  std::size_t at = 0;
  std::size_t to = 0;
  const auto current = [this](const CellKey& key) {
    const Cell* cell = memory_.find(key);
    return cell != nullptr ? std::optional(*cell) : std::nullopt;
  };
  while (at < one.size() || to < other.size()) {
    if (stopped()) return;
    const bool take_one = to == other.size() || (at < one.size() && !before(other[to].key, one[at].key));
    const bool take_other = at == one.size() || (to < other.size() && !before(one[at].key, other[to].key));
    const CellKey key = take_one ? one[at].key : other[to].key;
    const std::optional<Cell> a = take_one ? one[at].cell : current(key);
    const std::optional<Cell> b = take_other ? other[to].cell : current(key);
    if (take_one) ++at;
    if (take_other) ++to;
    if (a || b) memory_.set(key, join(key, a, b, condition));
  }
}

}  // namespace costscan::source::linting
