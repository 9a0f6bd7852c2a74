// Tensors of functions and branches that the runtime has inlined: it names them after the function (or branch) and the
// tensor inside it, with a number that tells calls apart but not which call it is. That follows from the tensors around
// it.
#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>

#include "attribute/tensor_map.hpp"

namespace costscan {
namespace {

/// One inlined call, as the executed graph's names tell it.
struct Group {
  std::string function;
  std::int64_t number = -1;  ///< of `_token_<n>`: calls are inlined in order, the first one without a number
  std::map<ValueId, std::string> tensors;  ///< name inside the function
  std::optional<std::size_t> call;         ///< index into Lineage::calls
};

struct ParsedName {
  std::string function;
  std::int64_t number = -1;
  std::string tensor;
};

class InlinedMapper {
 public:
  InlinedMapper(const Lineage& lineage, const Graph& graph, TensorMap& map)
      : lineage_(lineage), graph_(graph), map_(map) {
    for (const FunctionCall& call : lineage.calls) functions_.insert(mark_of(call) + call.function);
  }

  void run() {
    if (functions_.empty()) return;
    collect_groups();
    // What surrounds a call tells which one it is; each call found may tell of those inside it or beside it.
    bool progress = true;
    while (progress) {
      progress = false;
      for (Group& group : groups_) {
        if (!group.call) progress = place_by_operands(group) || progress;
      }
    }
    place_rest_in_order();
  }

 private:
  static std::string mark_of(const FunctionCall& call) { return call.is_branch ? "_if_" : "_inlfunc_"; }

  /// A group's function has its mark in front, so that no function is taken for a branch.
  static bool is_of(const FunctionCall& call, const std::string& function) {
    return mark_of(call) + call.function == function;
  }

  void collect_groups() {
    std::map<std::pair<std::string, std::int64_t>, Group> groups;
    for (std::size_t v = 0; v < graph_.values.size(); ++v) {
      const auto parsed = parse(graph_.values[v].name);
      if (!parsed) continue;
      Group& group = groups[{parsed->function, parsed->number}];
      group.function = parsed->function;
      group.number = parsed->number;
      group.tensors[static_cast<ValueId>(v)] = parsed->tensor;
    }
    for (auto& [key, group] : groups) groups_.push_back(std::move(group));
  }

  /// Functions' names and tensors' may hold underscores: the longest function that leaves a tensor of its own is right.
  std::optional<ParsedName> parse(std::string_view name) const {
    std::optional<ParsedName> best;
    for (const std::string& function : functions_) {
      const auto at = name.find(function);
      if (at == std::string_view::npos || (best && best->function.size() >= function.size())) continue;
      std::string_view rest = name.substr(at + function.size());
      ParsedName parsed{function, -1, {}};
      if (rest.starts_with("_token_")) {
        rest.remove_prefix(7);
        const auto digits = rest.find_first_not_of("0123456789");
        if (digits == 0 || digits == std::string_view::npos || digits > 18) continue;
        parsed.number = std::stoll(std::string(rest.substr(0, digits)));
        rest.remove_prefix(digits);
      }
      while (rest.starts_with("_")) {
        rest.remove_prefix(1);
        for (const std::string_view tensor : {rest, without_runtime_marks(rest)}) {
          if (has_tensor(function, std::string(tensor))) parsed.tensor = tensor;
          if (!parsed.tensor.empty()) break;
        }
        if (!parsed.tensor.empty()) break;
      }
      if (!parsed.tensor.empty()) best = std::move(parsed);
    }
    return best;
  }

  bool has_tensor(const std::string& function, const std::string& tensor) const {
    return std::ranges::any_of(lineage_.calls, [&](const FunctionCall& call) {
      return is_of(call, function) && call.tensors.contains(tensor);
    });
  }

  /// Known tensors that nodes of the group read or write beside its own.
  std::set<LineageTensor> surroundings(const Group& group) const {
    std::set<LineageTensor> found;
    for (const Node& node : graph_.nodes) {
      const auto inside = [&](ValueId id) { return id != no_value && group.tensors.contains(id); };
      if (!std::ranges::any_of(node.inputs, inside) && !std::ranges::any_of(node.outputs, inside)) continue;
      for (const auto* operands : {&node.inputs, &node.outputs}) {
        for (const ValueId id : *operands) {
          if (!inside(id) && map_.of(id) != no_tensor) found.insert(map_.of(id));
        }
      }
    }
    return found;
  }

  bool place_by_operands(Group& group) {
    const std::set<LineageTensor> around = surroundings(group);
    std::optional<std::size_t> best;
    std::ptrdiff_t most = 0;
    bool tie = false;
    for (std::size_t c = 0; c < lineage_.calls.size(); ++c) {
      const FunctionCall& call = lineage_.calls[c];
      if (!is_of(call, group.function) || taken_.contains(c)) continue;
      // Operands that all calls share, such as weights, tell nothing: they count alike for each.
      const auto matches =
          std::ranges::count_if(call.operands, [&](const auto& operand) { return around.contains(operand.second); });
      if (matches > most) {
        best = c;
        most = matches;
        tie = false;
      } else if (matches == most) {
        tie = true;
      }
    }
    if (!best || tie) return false;
    place(group, *best);
    return true;
  }

  /// Numbers rise in the order of the calls.
  void place_rest_in_order() {
    for (Group& group : groups_) {
      if (group.call) continue;
      for (std::size_t c = 0; c < lineage_.calls.size(); ++c) {
        if (!is_of(lineage_.calls[c], group.function) || taken_.contains(c)) continue;
        place(group, c);
        break;
      }
    }
  }

  void place(Group& group, std::size_t call) {
    group.call = call;
    taken_.insert(call);
    for (const auto& [value, tensor] : group.tensors) {
      const auto found = lineage_.calls[call].tensors.find(tensor);
      if (found != lineage_.calls[call].tensors.end()) map_.original[static_cast<std::size_t>(value)] = found->second;
    }
  }

  const Lineage& lineage_;
  const Graph& graph_;
  TensorMap& map_;
  std::set<std::string> functions_;
  std::vector<Group> groups_;
  std::set<std::size_t> taken_;
};

}  // namespace

void map_inlined_tensors(const Lineage& lineage, const Graph& executed, TensorMap& map) {
  InlinedMapper(lineage, executed, map).run();
}

}  // namespace costscan
