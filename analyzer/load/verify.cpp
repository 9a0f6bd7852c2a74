#include "load/verify.hpp"

#include <fmt/format.h>
#include <onnx/defs/schema.h>

#include <algorithm>
#include <functional>
#include <set>
#include <tuple>
#include <unordered_map>

#include "model/text.hpp"

namespace costscan {
namespace {

/// The oldest operator set whose rules (multidirectional broadcasting above all) are the ones that costscan knows.
constexpr std::int64_t oldest_known_opset = 7;

std::int64_t newest_known_opset() {
  const auto& ranges = onnx::OpSchemaRegistry::DomainToVersionRange::Instance().Map();
  const auto found = ranges.find(onnx::ONNX_DOMAIN);
  return found == ranges.end() ? 0 : found->second.second;
}

std::string shown_domain(std::string_view domain) { return domain.empty() ? "ai.onnx" : printable(domain); }

/// Domain, name, overload.
using FunctionKey = std::tuple<std::string_view, std::string_view, std::string_view>;
using FunctionIndex = std::map<FunctionKey, std::size_t>;

std::string describe_function(const Function& function) {
  const std::string overload = function.overload.empty() ? "" : ":" + printable(function.overload);
  return fmt::format("function '{}.{}{}'", shown_domain(function.domain), printable(function.name), overload);
}

/// Visits the nodes of `graph` and of all its subgraphs; stops at the first error.
Parsed<void> for_each_node(const Graph& graph, const std::function<Parsed<void>(const Node&)>& visit) {
  for (const Node& node : graph.nodes) {
    if (auto done = visit(node); !done) return refuse_in(describe_node(node), done.error());
    for (const Attribute& attribute : node.attributes) {
      if (const auto* one = std::get_if<std::shared_ptr<const Graph>>(&attribute.value)) {
        if (auto done = for_each_node(**one, visit); !done) return refuse_in(describe_node(node), done.error());
      } else if (const auto* many = std::get_if<std::vector<std::shared_ptr<const Graph>>>(&attribute.value)) {
        for (const auto& body : *many) {
          if (auto done = for_each_node(*body, visit); !done) return refuse_in(describe_node(node), done.error());
        }
      }
    }
  }
  return {};
}

Parsed<void> check_call(const Node& node, const Function& function) {
  const auto too_many = [&](const char* what, std::size_t given, std::size_t formal) {
    return refuse(fmt::format("passes {} {} to {}, which has {}; export the model again", given, what,
                              describe_function(function), formal));
  };
  if (node.inputs.size() > function.body.inputs.size()) {
    return too_many("inputs", node.inputs.size(), function.body.inputs.size());
  }
  if (node.outputs.size() > function.body.outputs.size()) {
    return too_many("outputs", node.outputs.size(), function.body.outputs.size());
  }
  for (const std::string& name : function.attribute_names) {
    if (find_attribute(node, name) != nullptr) continue;
    return refuse(fmt::format("lacks the attribute '{}' that {} needs; export the model again", printable(name),
                              describe_function(function)));
  }
  return {};
}

/// Checks every call in `graph` and notes the callees.
Parsed<void> check_calls(const Graph& graph, const Model& model, const FunctionIndex& index,
                         std::set<std::size_t>& callees) {
  return for_each_node(graph, [&](const Node& node) -> Parsed<void> {
    const auto found = index.find({node.domain, node.op_type, node.overload});
    if (found != index.end()) {
      callees.insert(found->second);
      return check_call(node, model.functions[found->second]);
    }
    if (node.overload.empty()) return {};
    return refuse(
        fmt::format("calls overload '{}' of a function that the model does not define; export the model again",
                    printable(node.overload)));
  });
}

/// A function that can reach itself, found by taking away, again and again, functions whose callees are all gone.
Parsed<void> check_recursion(const Model& model, const std::vector<std::set<std::size_t>>& callees) {
  std::vector<std::vector<std::size_t>> callers(callees.size());
  std::vector<std::size_t> waiting(callees.size());
  std::vector<std::size_t> ready;
  for (std::size_t caller = 0; caller < callees.size(); ++caller) {
    waiting[caller] = callees[caller].size();
    if (waiting[caller] == 0) ready.push_back(caller);
    for (const std::size_t callee : callees[caller]) callers[callee].push_back(caller);
  }
  std::size_t gone = 0;
  while (!ready.empty()) {
    const std::size_t callee = ready.back();
    ready.pop_back();
    ++gone;
    for (const std::size_t caller : callers[callee]) {
      if (--waiting[caller] == 0) ready.push_back(caller);
    }
  }
  if (gone == callees.size()) return {};
  const auto stuck = std::ranges::find_if(waiting, [](std::size_t count) { return count > 0; });
  const Function& function = model.functions[static_cast<std::size_t>(stuck - waiting.begin())];
  return refuse(describe_function(function) +
                " calls itself, directly or through others; ONNX has no recursion, export the model again");
}

Parsed<FunctionIndex> index_functions(const Model& model) {
  FunctionIndex index;
  for (std::size_t i = 0; i < model.functions.size(); ++i) {
    const Function& function = model.functions[i];
    if (index.emplace(FunctionKey{function.domain, function.name, function.overload}, i).second) continue;
    return refuse(describe_function(function) + " is defined twice; export the model again");
  }
  return index;
}

}  // namespace

Parsed<void> check_imports(std::vector<OpsetImport>& imports, bool lenient, std::vector<std::string>& warnings) {
  std::vector<OpsetImport> kept;
  for (const OpsetImport& import : imports) {
    const auto known = std::ranges::find(kept, import.domain, &OpsetImport::domain);
    if (known == kept.end()) {
      kept.push_back(import);
    } else if (known->version != import.version && !lenient) {
      return refuse(fmt::format("imports domain '{}' in versions {} and {}; export the model again",
                                shown_domain(import.domain), known->version, import.version));
    } else {
      known->version = std::max(known->version, import.version);
    }
  }
  imports = std::move(kept);
  for (const OpsetImport& import : imports) {
    if (import.version < 1) {
      return refuse(fmt::format("imports version {} of domain '{}'; versions start at 1, export the model again",
                                import.version, shown_domain(import.domain)));
    }
    if (!import.domain.empty()) continue;
    if (import.version < oldest_known_opset) {
      warnings.push_back(
          fmt::format("opset {} is older than {}, the oldest that costscan knows; costs may be wrong, convert "
                      "the model with onnx.version_converter",
                      import.version, oldest_known_opset));
    } else if (import.version > newest_known_opset()) {
      warnings.push_back(
          fmt::format("opset {} is newer than {}, the newest that costscan knows; ops that changed may be "
                      "wrong or unknown, update costscan",
                      import.version, newest_known_opset()));
    }
  }
  return {};
}

Parsed<void> check_domains(const std::map<std::string, Tally>& used, const std::vector<OpsetImport>& imports,
                           const std::vector<Function>& functions, bool lenient, std::vector<std::string>& warnings) {
  for (const auto& [domain, users] : used) {
    if (lenient || opset_version(imports, domain)) continue;
    if (std::ranges::find(functions, domain, &Function::domain) != functions.end()) continue;
    if (domain.empty()) {
      return refuse(users.first + ": no operator set of domain 'ai.onnx' is imported; add opset_import to the model");
    }
    warnings.push_back(
        fmt::format("domain '{}' ({} node{}, first {}) is not among the imported operator sets; the newest "
                    "version is assumed",
                    shown_domain(domain), users.count, users.count == 1 ? "" : "s", users.first));
  }
  return {};
}

Parsed<void> check_functions(const Model& model) {
  const auto index = index_functions(model);
  if (!index) return tl::unexpected(index.error());
  std::set<std::size_t> called;
  if (auto done = check_calls(model.graph, model, *index, called); !done) return done;
  std::vector<std::set<std::size_t>> callees(model.functions.size());
  for (std::size_t i = 0; i < model.functions.size(); ++i) {
    if (auto done = check_calls(model.functions[i].body, model, *index, callees[i]); !done) {
      return refuse_in(describe_function(model.functions[i]), done.error());
    }
  }
  return check_recursion(model, callees);
}

}  // namespace costscan
