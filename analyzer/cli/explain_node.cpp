#include "cli/explain_node.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "costs/explain.hpp"
#include "model/text.hpp"

namespace costscan::cli {
namespace {

using Matches = std::function<bool(const Scope&, const Node&)>;

std::vector<NodePlace> all_that(const ShapedModel& shaped, const Matches& matches) {
  std::vector<NodePlace> out;
  for (std::size_t s = 0; s < shaped.scopes.size(); ++s) {
    const Scope& scope = shaped.scopes[s];
    for (std::size_t n = 0; n < scope.graph->nodes.size(); ++n) {
      if (matches(scope, scope.graph->nodes[n])) out.push_back({static_cast<ScopeId>(s), n});
    }
  }
  return out;
}

std::string in_scope(const Scope& scope, const std::string& name) {
  return scope.path.empty() ? name : scope.path + "/" + name;
}

std::string index_name(const Node& node) { return fmt::format("#{}", node.file_index); }

bool has_output(const Scope& scope, const Node& node, const std::string& name) {
  return std::ranges::any_of(node.outputs, [&](ValueId value) {
    return value != no_value && scope.graph->values[static_cast<std::size_t>(value)].name == name;
  });
}

tl::unexpected<Error> ambiguous(const ShapedModel& shaped, const std::vector<NodePlace>& places,
                                const std::string& wanted) {
  constexpr std::size_t most_shown = 5;
  std::vector<std::string> ways;
  for (const NodePlace& place : places) {
    if (ways.size() == most_shown) break;
    const Scope& scope = shaped.scopes[static_cast<std::size_t>(place.scope)];
    ways.push_back("'" + printable(in_scope(scope, index_name(scope.graph->nodes[place.node]))) + "'");
  }
  return fail(ErrorKind::usage,
              fmt::format("{} nodes are called '{}': say which by --node {}{}", places.size(), printable(wanted),
                          fmt::join(ways, " or "), places.size() > most_shown ? ", ..." : ""));
}

/// "#13, #70, ...": the nodes of this op type, where the type stands in for a name.
std::string of_type(const ShapedModel& shaped, const std::string& type) {
  constexpr std::size_t most_shown = 6;
  const auto places = all_that(shaped, [&](const Scope&, const Node& node) { return node.op_type == type; });
  std::string out;
  for (std::size_t i = 0; i < places.size() && i < most_shown; ++i) {
    const Scope& scope = shaped.scopes[static_cast<std::size_t>(places[i].scope)];
    out += fmt::format("{}'{}'", i == 0 ? "" : ", ",
                       printable(in_scope(scope, index_name(scope.graph->nodes[places[i].node]))));
  }
  return places.size() > most_shown ? out + ", ..." : out;
}

tl::unexpected<Error> not_found(const ShapedModel& shaped, const std::string& wanted) {
  std::vector<std::string> names;
  for (const Scope& scope : shaped.scopes) {
    for (const Node& node : scope.graph->nodes) {
      if (!node.name.empty()) names.push_back(in_scope(scope, node.name));
    }
  }
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::vector<std::string> near = near_names(names, wanted);
  for (std::string& name : near) name = "'" + printable(name) + "'";
  const std::string model = printable(shaped.model->path.filename().string());
  if (const std::string typed = of_type(shaped, wanted); !typed.empty()) {
    return fail(ErrorKind::usage,
                fmt::format("{} has no node '{}'; of that op type are {}", model, printable(wanted), typed));
  }
  const std::size_t count = shaped.scopes.front().graph->nodes.size();
  const std::string range = count == 0 ? "no nodes" : fmt::format("#0 to #{}", count - 1);
  if (near.empty()) {
    return fail(ErrorKind::usage, fmt::format("{} has no node '{}'; it has {}, and names as in --report csv", model,
                                              printable(wanted), range));
  }
  return fail(ErrorKind::usage,
              fmt::format("{} has no node '{}'; did you mean {}?", model, printable(wanted), fmt::join(near, ", ")));
}

}  // namespace

Result<NodePlace> find_node(const ShapedModel& shaped, const std::string& wanted) {
  const std::vector<Matches> ways{
      [&](const Scope&, const Node& node) { return !node.name.empty() && node.name == wanted; },
      [&](const Scope& scope, const Node& node) { return in_scope(scope, index_name(node)) == wanted; },
      [&](const Scope& scope, const Node& node) { return !node.name.empty() && in_scope(scope, node.name) == wanted; },
      [&](const Scope& scope, const Node& node) { return has_output(scope, node, wanted); },
  };
  for (const Matches& way : ways) {
    const std::vector<NodePlace> places = all_that(shaped, way);
    if (places.size() == 1) return places.front();
    if (places.size() > 1) return ambiguous(shaped, places, wanted);
  }
  return not_found(shaped, wanted);
}

}  // namespace costscan::cli
