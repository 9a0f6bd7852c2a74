#include "source/lint/findings.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>

namespace costscan::source::linting {
namespace {

/// Names decide in one case alone, where nothing else can: a plain copy of an element, in every iteration, into a
/// variable that began as a constant. Of floating-point numbers that is a lost sum unless the name says that only the
/// last value is wanted; of integers, mostly positions and states, it is one only if the name says so.
constexpr std::array<std::string_view, 8> last_value_names{"last",  "prev", "cur",  "latest",
                                                           "final", "tail", "temp", "tmp"};
constexpr std::array<std::string_view, 4> sum_names{"sum", "total", "acc", "dot"};

template <std::size_t N>
bool is_named(const std::string& name, const std::array<std::string_view, N>& parts) {
  return std::ranges::any_of(parts, [&](std::string_view part) { return name.find(part) != std::string::npos; });
}

struct Kill {
  int lost = nothing;
  int killer = nothing;
  int depth = 0;  ///< of the loop in whose iterations they lie
};

class Losses {
 public:
  explicit Losses(const Trace& trace) : trace_(trace), used_(trace.writes.size(), false) {}

  std::vector<LostSum> find();

 private:
  const Trace& trace_;
  std::vector<bool> used_;
  std::map<int, std::vector<int>> writes_of_;  ///< by object
  std::map<int, std::vector<Kill>> kills_of_;  ///< by object

  [[nodiscard]] const Write& write(int id) const { return trace_.writes[static_cast<std::size_t>(id)]; }
  [[nodiscard]] const Iteration& iteration(int id) const { return trace_.iterations[static_cast<std::size_t>(id)]; }
  void find_used();
  void find_kills();
  [[nodiscard]] bool is_sum(int top, int below) const;
  [[nodiscard]] std::optional<LostSum> judge(int object, const std::vector<Kill>& kills) const;
  [[nodiscard]] std::optional<LostSum> judge_unread(int object, const std::vector<int>& writes) const;

  /// One cell in one run of the outermost loop that overwrites it.
  struct Case {
    int object = no_object;
    std::int64_t offset = 0;
    int depth = 0;    ///< of that loop
    int outside = 0;  ///< the iteration around it
    int entry = 0;
    std::set<const Stmt*> loops;
    LevelMask levels = 0;
  };
  using Tuple = std::vector<std::int64_t>;
  [[nodiscard]] bool within(const Case& of, int at) const;
  [[nodiscard]] Tuple tuple(const Case& of, int at) const;
  [[nodiscard]] bool offers(const Case& of, const Write& each) const;
  [[nodiscard]] std::set<Tuple> reaching(const Case& of) const;
  [[nodiscard]] std::int64_t executed(const Case& of) const;
  [[nodiscard]] std::set<const Stmt*> loops_inside(const Case& of, int at) const;
  [[nodiscard]] bool intended(const Case& of, const Kill& kill, std::int64_t consumed, bool state) const;
};

void Losses::find_used() {
  for (std::size_t at = trace_.writes.size(); at-- > 0;) {
    const Write& each = trace_.writes[at];
    if (each.read) used_[at] = true;
    if (!used_[at]) continue;
    for (const int before : {each.before, each.also_before}) {
      if (before != nothing) used_[static_cast<std::size_t>(before)] = true;
    }
  }
}

void Losses::find_kills() {
  for (std::size_t at = 0; at < trace_.writes.size(); ++at) {
    const Write& each = trace_.writes[at];
    writes_of_[each.object].push_back(static_cast<int>(at));
    if (used_[at] || !each.loaded || each.killer == nothing) continue;
    const Write& killer = write(each.killer);
    const int depth = trace_.parting_depth(each.iteration, killer.iteration);
    // An address that moves with the loop comes back to the same cell only by chance or by design (a ring buffer).
    if (depth == 0 || ((each.address_varies | killer.address_varies) & level_bit(depth)) != 0) continue;
    kills_of_[each.object].push_back({static_cast<int>(at), each.killer, depth});
  }
}

/// The lost value was itself summed up inside one iteration of the loop that lost it.
bool Losses::is_sum(int top, int below) const {
  int length = 0;
  for (int at = top; at != nothing; at = write(at).before) {
    const Write& each = write(at);
    if (iteration(each.iteration).depth <= below && !each.join)
      return (each.partial & level_bit(below)) != 0 || length > 0;
    if ((each.partial & level_bit(below)) != 0) return true;
    if (each.self || each.join) ++length;
    if (length > 1) return true;
  }
  return false;
}

bool Losses::within(const Case& of, int at) const {
  const int around = trace_.ancestor(at, of.depth);
  return around != nothing && iteration(around).entry == of.entry && iteration(around).parent == of.outside;
}

Losses::Tuple Losses::tuple(const Case& of, int at) const {
  Tuple out;
  for (int each = at; each != nothing && iteration(each).depth >= of.depth; each = iteration(each).parent) {
    if (of.loops.contains(iteration(each).loop)) out.push_back(iteration(each).number);
  }
  std::ranges::reverse(out);
  return out;
}

bool Losses::offers(const Case& of, const Write& each) const {
  return each.loaded && !each.join && (each.varies & of.levels) != 0;
}

/// Iterations whose data reach what is used in the end: through the cell itself, or a sum that took its value in.
std::set<Losses::Tuple> Losses::reaching(const Case& of) const {
  std::set<std::pair<int, std::int64_t>> cells{{of.object, of.offset}};
  std::vector<int> inside;
  for (std::size_t at = 0; at < trace_.writes.size(); ++at) {
    const Write& each = trace_.writes[at];
    if (!within(of, each.iteration)) continue;
    inside.push_back(static_cast<int>(at));
    if (!each.self) continue;
    for (const int from : trace_.dependencies_of(each)) {
      if (cells.contains({write(from).object, write(from).offset})) cells.insert({each.object, each.offset});
    }
  }
  std::map<std::pair<int, std::int64_t>, int> last;
  for (const int at : inside) {
    const std::pair cell(write(at).object, write(at).offset);
    if (cells.contains(cell) && used_[static_cast<std::size_t>(at)]) last[cell] = at;
  }
  std::set<int> seen;
  std::vector<int> open;
  for (const auto& [cell, at] : last) open.push_back(at);
  std::set<Tuple> out;
  while (!open.empty()) {
    const int at = open.back();
    open.pop_back();
    if (!seen.insert(at).second || !within(of, write(at).iteration)) continue;
    const Tuple here = tuple(of, write(at).iteration);
    if (offers(of, write(at))) out.insert(here);
    for (const int from : trace_.dependencies_of(write(at))) {
      const bool own = cells.contains({write(from).object, write(from).offset});
      if (own || tuple(of, write(from).iteration) == here) open.push_back(from);
    }
  }
  return out;
}

std::int64_t Losses::executed(const Case& of) const {
  std::set<Tuple> out;
  std::size_t longest = 0;
  for (std::size_t at = 0; at < trace_.iterations.size(); ++at) {
    if (!of.loops.contains(trace_.iterations[at].loop) || !within(of, static_cast<int>(at))) continue;
    Tuple here = tuple(of, static_cast<int>(at));
    longest = std::max(longest, here.size());
    out.insert(std::move(here));
  }
  return std::ranges::count_if(out, [&](const Tuple& each) { return each.size() == longest; });
}

/// Loops around iteration `at`, within those of the case.
std::set<const Stmt*> Losses::loops_inside(const Case& of, int at) const {
  std::set<const Stmt*> out;
  for (int each = at; each != nothing && iteration(each).depth > of.depth; each = iteration(each).parent) {
    if (!of.loops.contains(iteration(each).loop)) out.insert(iteration(each).loop);
  }
  return out;
}

/// Whether a program may well mean what it does: to keep the last value, to begin anew.
bool Losses::intended(const Case& of, const Kill& kill, std::int64_t consumed, bool state) const {
  const ObjectFacts& facts = trace_.objects[static_cast<std::size_t>(of.object)];
  const Write& lost = write(kill.lost);
  const Write& killer = write(kill.killer);
  if (state) return true;                                 // the data live on in what it is computed from
  if (killer.declaration || !killer.loaded) return true;  // a temporary, a constant
  if (facts.device_register || lost.call != nullptr) return false;
  if (consumed > 1 || lost.opaque) return true;
  const auto& writes = writes_of_.at(of.object);
  const bool fresh_start = std::ranges::any_of(writes, [&](int at) { return write(at).fresh_start; });
  if (facts.floating && lost.arithmetic) return lost.conditional && !fresh_start;
  if (facts.floating) return !fresh_start || lost.conditional || is_named(facts.name, last_value_names);
  return !fresh_start || lost.conditional || !(lost.arithmetic || is_named(facts.name, sum_names));
}

std::optional<LostSum> Losses::judge(int object, const std::vector<Kill>& kills) const {
  // The first cell that was overwritten stands for all of the array.
  const Kill& first = *std::ranges::min_element(kills, {}, &Kill::depth);
  Case of;
  of.object = object;
  of.offset = write(first.lost).offset;
  of.depth = first.depth;
  const int around = trace_.ancestor(write(first.lost).iteration, first.depth);
  of.outside = iteration(around).parent;
  of.entry = iteration(around).entry;
  std::set<int> killers;
  const Kill* shown = nullptr;
  bool state = false;
  for (const Kill& kill : kills) {
    if (write(kill.lost).offset != of.offset || !within(of, write(kill.lost).iteration)) continue;
    of.loops.insert(iteration(trace_.ancestor(write(kill.lost).iteration, kill.depth)).loop);
    of.levels |= level_bit(kill.depth);
    killers.insert(kill.killer);
    state = state || (write(kill.lost).fed & level_bit(kill.depth)) != 0;
    if (shown == nullptr) shown = &kill;
  }
  if (shown == nullptr) return std::nullopt;
  std::set<Tuple> offered;
  std::set<Tuple> consumed;
  bool accumulates = false;
  for (const int at : writes_of_.at(object)) {
    const Write& each = write(at);
    if (each.offset != of.offset || !within(of, each.iteration)) continue;
    accumulates = accumulates || (each.self && each.loaded && !each.join);
    if (!offers(of, each)) continue;
    offered.insert(tuple(of, each.iteration));
    if (used_[static_cast<std::size_t>(at)]) consumed.insert(tuple(of, each.iteration));
  }
  if (offered.size() < 2 || consumed.size() >= offered.size()) return std::nullopt;
  if ((write(shown->lost).varies & of.levels) == 0) return std::nullopt;
  const bool partial = is_sum(shown->lost, shown->depth);
  const auto used = static_cast<std::int64_t>(consumed.size());
  const bool constant_killer = !write(shown->killer).loaded;
  const ObjectFacts& facts = trace_.objects[static_cast<std::size_t>(object)];
  if (partial) {
    if (used > 1 && used * 2 >= static_cast<std::int64_t>(offered.size())) return std::nullopt;
    if (!facts.floating && (used == 0 || constant_killer == write(shown->killer).declaration)) return std::nullopt;
  } else {
    if (accumulates && constant_killer && killers.size() < 2) return std::nullopt;
    if (!accumulates && intended(of, *shown, used, state)) return std::nullopt;
  }
  LostSum out;
  out.loss = partial ? Loss::dropped : Loss::overwritten;
  out.at = write(shown->killer).at;
  out.call = write(shown->killer).call;
  out.variable = facts.name;
  out.loops = of.loops;
  out.inside = loops_inside(of, write(shown->lost).iteration);
  out.contributing = static_cast<std::int64_t>(reaching(of).size());
  out.of = executed(of);
  out.consumed = used;
  out.conditional = write(shown->lost).conditional;
  out.strong_evidence = facts.floating && write(shown->lost).arithmetic && !accumulates && !partial;
  if (out.contributing >= out.of || out.at == nullptr) return std::nullopt;
  return out;
}

/// A sum that nothing ever reads.
std::optional<LostSum> Losses::judge_unread(int object, const std::vector<int>& writes) const {
  const ObjectFacts& facts = trace_.objects[static_cast<std::size_t>(object)];
  if (!facts.local || !facts.floating || facts.device_register) return std::nullopt;
  const int last = writes.back();
  if (std::ranges::any_of(writes, [this](int at) { return used_[static_cast<std::size_t>(at)]; })) return std::nullopt;
  int longest = nothing;
  for (const int at : writes) {
    const Write& each = write(at);
    const int before = each.before;
    if (each.join || !each.self || !each.loaded || before == nothing || each.offset != write(last).offset) continue;
    if (trace_.parting_depth(each.iteration, write(before).iteration) > 0) longest = at;
  }
  if (longest == nothing) return std::nullopt;
  Case of;
  of.object = object;
  of.offset = write(longest).offset;
  of.depth = trace_.parting_depth(write(longest).iteration, write(write(longest).before).iteration);
  const int around = trace_.ancestor(write(longest).iteration, of.depth);
  of.outside = iteration(around).parent;
  of.entry = iteration(around).entry;
  of.loops.insert(iteration(around).loop);
  LostSum out;
  out.loss = Loss::dropped;
  out.at = write(longest).at;
  out.variable = facts.name;
  out.loops = of.loops;
  out.inside = loops_inside(of, write(longest).iteration);
  out.of = executed(of);
  out.conditional = write(longest).conditional;
  return out;
}

std::vector<LostSum> Losses::find() {
  find_used();
  find_kills();
  std::vector<LostSum> out;
  for (const auto& [object, writes] : writes_of_) {
    const auto kills = kills_of_.find(object);
    auto found = kills != kills_of_.end() ? judge(object, kills->second) : judge_unread(object, writes);
    if (found) out.push_back(std::move(*found));
  }
  return out;
}

}  // namespace

std::vector<LostSum> lost_sums(const Trace& trace) { return Losses(trace).find(); }

std::vector<LongSum> long_sums(const Trace& trace) {
  std::map<int, LongSum> longest;
  for (const Write& each : trace.writes) {
    if (!each.self || each.join || !each.loaded || !each.floating || each.chain < 2) continue;
    if (each.at == nullptr || trace.compensated.contains(each.object) || each.before == nothing) continue;
    LongSum& sum = longest[each.object];
    const int before = trace.writes[static_cast<std::size_t>(each.before)].iteration;
    const int depth = trace.parting_depth(each.iteration, before);
    if (depth > 0)
      sum.loops.insert(trace.iterations[static_cast<std::size_t>(trace.ancestor(each.iteration, depth))].loop);
    if (each.error <= sum.error) continue;
    sum.error = each.error;
    sum.additions = each.chain;
    sum.at = each.at;
    sum.variable = trace.objects[static_cast<std::size_t>(each.object)].name;
  }
  std::vector<LongSum> out;
  for (auto& [object, sum] : longest) {
    if (!sum.loops.empty()) out.push_back(std::move(sum));
  }
  return out;
}

std::vector<UnsetSum> unset_sums(const Trace& trace) {
  std::vector<UnsetSum> out;
  std::set<int> seen;
  for (const Unset& each : trace.unset) {
    if (!seen.insert(each.object).second) continue;
    const ObjectFacts& facts = trace.objects[static_cast<std::size_t>(each.object)];
    out.push_back({each.at, facts.name, facts.declared});
  }
  return out;
}

}  // namespace costscan::source::linting
