#include "compare/align.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <numeric>
#include <string>
#include <utility>

#include "compare/match.hpp"
#include "compare/side.hpp"
#include "compare/subsequence.hpp"

namespace costscan {
namespace {

// What a node without a partner leads to: a group's number, or one of these.
constexpr std::int32_t leads_nowhere = -1;
constexpr std::int32_t leads_to_several = -2;

/// Units of A, then units of B, in sets of those that make matched tensors.
class Sets {
 public:
  Sets(const Side& a, const Side& b) : offset_(a.lineage.units.size()), parent_(offset_ + b.lineage.units.size()) {
    std::iota(parent_.begin(), parent_.end(), 0);
  }
  [[nodiscard]] std::int32_t element(bool of_b, UnitId unit) const {
    return static_cast<std::int32_t>(of_b ? offset_ : 0) + unit;
  }
  std::int32_t find(std::int32_t element) {
    while (at(element) != element) element = at(element) = at(at(element));
    return element;
  }
  void join(std::int32_t one, std::int32_t other) { at(find(other)) = find(one); }

 private:
  std::int32_t& at(std::int32_t element) { return parent_[static_cast<std::size_t>(element)]; }
  std::size_t offset_;
  std::vector<std::int32_t> parent_;
};

struct Grouping {
  std::vector<std::int32_t> group_a;  ///< by unit: the set of its tensors' makers, or what it leads to
  std::vector<std::int32_t> group_b;
  std::vector<bool> settled_a;  ///< by unit: makes a tensor that a unit of the other model makes too
  std::vector<bool> settled_b;
};

/// Of units that make no matched tensor: the one group that all their results lead to. Units are topological.
void follow(const Side& side, const std::vector<bool>& settled, std::vector<std::int32_t>& group) {
  for (std::size_t u = side.lineage.units.size(); u-- > 0;) {
    if (settled[u]) continue;
    std::int32_t leads = leads_nowhere;
    for (const LineageTensor output : side.lineage.units[u].outputs) {
      for (const UnitId reader : side.readers(output)) {
        const std::int32_t there = group[static_cast<std::size_t>(reader)];
        if (there == leads_nowhere || there == leads) continue;
        leads = leads == leads_nowhere ? there : leads_to_several;
      }
    }
    group[u] = leads;
  }
}

Grouping group_units(const Side& a, const Side& b, const TensorMatch& match) {
  Sets sets(a, b);
  Grouping out;
  out.settled_a.resize(a.lineage.units.size());
  out.settled_b.resize(b.lineage.units.size());
  for (LineageTensor tensor = 0; tensor < static_cast<LineageTensor>(a.tensors.size()); ++tensor) {
    const LineageTensor partner = match.partner_of_a(tensor);
    if (partner == no_tensor) continue;
    const UnitId made_a = a.producer(tensor);
    const UnitId made_b = b.producer(partner);
    if (made_a < 0 || made_b < 0) continue;
    sets.join(sets.element(false, made_a), sets.element(true, made_b));
    out.settled_a[static_cast<std::size_t>(made_a)] = true;
    out.settled_b[static_cast<std::size_t>(made_b)] = true;
  }
  const auto number = [&](const Side& side, bool of_b, const std::vector<bool>& settled) {
    std::vector<std::int32_t> group(side.lineage.units.size(), leads_nowhere);
    for (std::size_t u = 0; u < group.size(); ++u) {
      if (settled[u]) group[u] = sets.find(sets.element(of_b, static_cast<UnitId>(u)));
    }
    follow(side, settled, group);
    return group;
  };
  out.group_a = number(a, false, out.settled_a);
  out.group_b = number(b, true, out.settled_b);
  return out;
}

using Gaps = std::map<std::int32_t, std::pair<std::vector<UnitId>, std::vector<UnitId>>>;

/// Units without a partner by what they lead to; `heavy`: only those that multiply matrices.
Gaps open_units(const Side& a, const Side& b, const Grouping& grouping, bool heavy) {
  Gaps gaps;
  const auto collect = [&](const Side& side, const std::vector<bool>& settled, const std::vector<std::int32_t>& group,
                           auto which) {
    for (std::size_t u = 0; u < settled.size(); ++u) {
      const auto unit = static_cast<UnitId>(u);
      if (settled[u] || side.unit(unit).constant || (heavy && side.row(unit).cost.work.macs == 0)) continue;
      (gaps[group[u]].*which).push_back(unit);
    }
  };
  using Both = std::pair<std::vector<UnitId>, std::vector<UnitId>>;
  collect(a, grouping.settled_a, grouping.group_a, &Both::first);
  collect(b, grouping.settled_b, grouping.group_b, &Both::second);
  return gaps;
}

/// Where neither names nor operands lead: the longest run of equal operators in file order, gap by gap. Matrix
/// multiplies first, since their sizes tell most; what they lead to often settles the rest.
void match_in_sequence(const Side& a, const Side& b, TensorMatch& match) {
  for (const bool heavy : {true, false}) {
    for (const auto& [leads, units] : open_units(a, b, group_units(a, b, match), heavy)) {
      std::vector<std::string> left;
      std::vector<std::string> right;
      for (const UnitId unit : units.first) left.push_back(signature(a, unit));
      for (const UnitId unit : units.second) right.push_back(signature(b, unit));
      for (const auto& [i, j] : longest_common_subsequence(left, right)) {
        match.pair_outputs(units.first[i], units.second[j], FoundBy::structure);
      }
    }
    match.spread();
  }
}

/// The call of a function is free and no unit: it stands with the first node of its body.
void place_calls(const Analysis& analysis, std::vector<std::int32_t>& group_of_row) {
  for (std::size_t r = analysis.nodes.size(); r-- > 0;) {
    const NodeRow& row = analysis.nodes[r];
    if (group_of_row[r] != leads_nowhere) continue;
    for (std::size_t s = 0; s < analysis.shaped->scopes.size(); ++s) {
      const Scope& scope = analysis.shaped->scopes[s];
      if (scope.parent != row.scope_id || scope.calling_node != row.graph_node) continue;
      const auto inside = std::ranges::find(analysis.nodes, static_cast<ScopeId>(s), &NodeRow::scope_id);
      if (inside != analysis.nodes.end()) {
        group_of_row[r] = group_of_row[static_cast<std::size_t>(inside - analysis.nodes.begin())];
      }
    }
  }
}

/// By row: the number of its group. Rows without one get a number of their own, from `next` on.
std::vector<std::int32_t> group_rows(const Side& side, const std::vector<std::int32_t>& group, std::int32_t& next) {
  std::vector<std::int32_t> out(side.analysis->nodes.size(), leads_nowhere);
  for (std::size_t u = 0; u < group.size(); ++u) {
    const std::int32_t number = group[u] >= 0 ? group[u] : next++;
    const Unit& unit = side.lineage.units[u];
    out[static_cast<std::size_t>(unit.row)] = number;
    for (const std::int32_t row : unit.body_rows) out[static_cast<std::size_t>(row)] = number;
  }
  place_calls(*side.analysis, out);
  for (std::int32_t& number : out) {
    if (number == leads_nowhere) number = next++;
  }
  return out;
}

/// How the group's last matched tensor was found: what the group ends in.
std::map<std::int32_t, FoundBy> reasons(const Side& a, const Side& b, const Grouping& grouping,
                                        const TensorMatch& match) {
  std::map<std::int32_t, FoundBy> out;
  for (std::size_t u = 0; u < grouping.group_a.size(); ++u) {
    if (!grouping.settled_a[u]) continue;
    for (const LineageTensor tensor : a.lineage.units[u].outputs) {
      const LineageTensor partner = match.partner_of_a(tensor);
      if (partner == no_tensor || b.producer(partner) < 0) continue;
      out[grouping.group_a[u]] = match.found_by(tensor);
    }
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> shared_constants(const Side& a, const Side& b,
                                                                  const TensorMatch& match) {
  const auto of_main_graph = [](const Side& side, LineageTensor tensor) {
    const auto found = side.lineage.by_name.find(side.tensor(tensor).name);
    return found != side.lineage.by_name.end() && found->second == tensor;
  };
  std::vector<std::pair<std::string, std::string>> out;
  for (LineageTensor tensor = 0; tensor < static_cast<LineageTensor>(a.tensors.size()); ++tensor) {
    const LineageTensor partner = match.partner_of_a(tensor);
    if (partner == no_tensor || !a.tensor(tensor).constant || !b.tensor(partner).constant) continue;
    if (!of_main_graph(a, tensor) || !of_main_graph(b, partner)) continue;
    out.emplace_back(a.tensor(tensor).name, b.tensor(partner).name);
  }
  return out;
}

}  // namespace

Alignment align(const Analysis& a, const Analysis& b) {
  const Side side_a = make_side(a);
  const Side side_b = make_side(b);
  TensorMatch match(side_a, side_b);
  match_names(side_a, side_b, match);
  match.spread();
  match_in_sequence(side_a, side_b, match);

  const Grouping grouping = group_units(side_a, side_b, match);
  const std::map<std::int32_t, FoundBy> found = reasons(side_a, side_b, grouping, match);
  auto next = static_cast<std::int32_t>(side_a.lineage.units.size() + side_b.lineage.units.size());
  Alignment alignment;
  alignment.constants = shared_constants(side_a, side_b, match);
  std::vector<NodeGroup>& out = alignment.groups;
  std::map<std::int32_t, std::size_t> place;
  const auto enter = [&](const std::vector<std::int32_t>& group_of_row, std::vector<std::int32_t> NodeGroup::* rows) {
    for (std::size_t r = 0; r < group_of_row.size(); ++r) {
      const auto [entry, fresh] = place.try_emplace(group_of_row[r], out.size());
      if (fresh) out.emplace_back();
      (out[entry->second].*rows).push_back(static_cast<std::int32_t>(r));
      if (const auto how = found.find(group_of_row[r]); how != found.end())
        out[entry->second].how = to_string(how->second);
    }
  };
  enter(group_rows(side_a, grouping.group_a, next), &NodeGroup::a);
  enter(group_rows(side_b, grouping.group_b, next), &NodeGroup::b);
  return alignment;
}

}  // namespace costscan
