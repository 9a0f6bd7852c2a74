// Typed reading of cost files' YAML, for cost_file.cpp alone.
#pragma once

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "costs/cost_file.hpp"

namespace costscan {

inline int line_of(const YAML::Node& node) { return node.Mark().line + 1; }

/// Reads YAML into the typed model; problems gather in `issues`, so that one pass finds all of them.
class Reader {
 public:
  explicit Reader(std::vector<Issue>& issues) : issues_(issues) {}

  void fatal(const YAML::Node& at, std::string what) { issues_.push_back({line_of(at), std::move(what), true}); }
  void finding(const YAML::Node& at, std::string what) { issues_.push_back({line_of(at), std::move(what), false}); }

  /// Calls `visit(key, value)` for each entry; reports duplicate keys.
  void each_entry(const YAML::Node& map, const std::string& what,
                  const std::function<void(const std::string&, const YAML::Node& key, const YAML::Node&)>& visit) {
    if (!map.IsMap()) return fatal(map, what + " must be a mapping");
    std::unordered_set<std::string> seen;
    for (const auto& entry : map) {
      if (!entry.first.IsScalar()) {
        fatal(entry.first, what + " has a key that is not a name");
        continue;
      }
      const std::string& key = entry.first.Scalar();
      if (!seen.insert(key).second) fatal(entry.first, fmt::format("duplicate key '{}' in {}", key, what));
      visit(key, entry.first, entry.second);
    }
  }

  std::string text(const YAML::Node& node, const std::string& what) {
    if (node.IsScalar()) return node.Scalar();
    fatal(node, what + " must be a text");
    return {};
  }

  std::vector<std::string> texts(const YAML::Node& node, const std::string& what) {
    std::vector<std::string> out;
    if (node.IsScalar()) return {node.Scalar()};
    if (!node.IsSequence()) {
      if (!node.IsNull()) fatal(node, what + " must be a list of texts");
      return out;
    }
    for (const auto& item : node) out.push_back(text(item, what));
    return out;
  }

  std::optional<std::int64_t> integer(const YAML::Node& node, const std::string& what) {
    std::int64_t value = 0;
    if (node.IsScalar() && YAML::convert<std::int64_t>::decode(node, value)) return value;
    fatal(node, what + " must be a whole number");
    return std::nullopt;
  }

  std::optional<Formula> formula(const YAML::Node& node, const std::string& what) {
    if (!node.IsScalar()) {
      fatal(node, what + " must be one expression (quote it where YAML reads brackets as a list)");
      return std::nullopt;
    }
    auto parsed = parse_expression(node.Scalar());
    if (!parsed) {
      fatal(node, fmt::format("{}: {} in '{}'", what, parsed.error(), node.Scalar()));
      return std::nullopt;
    }
    return Formula{std::move(*parsed), line_of(node)};
  }

  std::vector<NamedFormula> formulas(const YAML::Node& node, const std::string& what) {
    std::vector<NamedFormula> out;
    each_entry(node, what, [&](const std::string& key, const YAML::Node&, const YAML::Node& value) {
      if (auto parsed = formula(value, what + "." + key)) out.push_back({key, std::move(*parsed)});
    });
    return out;
  }

  std::vector<Formal> formals(const YAML::Node& node, const std::string& what) {
    std::vector<Formal> out;
    for (std::string& name : texts(node, what)) {
      Formal formal;
      if (name.ends_with("...")) {
        formal.variadic = true;
        name.resize(name.size() - 3);
      }
      if (name.ends_with("?")) {
        formal.optional = true;
        name.resize(name.size() - 1);
      }
      if (!out.empty() && out.back().variadic) fatal(node, what + ": nothing can follow a variadic name");
      if (std::ranges::find(out, name, &Formal::name) != out.end()) {
        fatal(node, fmt::format("{}: duplicate name '{}'", what, name));
      }
      formal.name = std::move(name);
      out.push_back(std::move(formal));
    }
    return out;
  }

  std::vector<Exemption> exemptions(const YAML::Node& node) {
    std::vector<Exemption> out;
    each_entry(node, "exempt", [&](const std::string& key, const YAML::Node& at, const YAML::Node& value) {
      if (std::ranges::find(lint_checks, key) == lint_checks.end()) {
        return fatal(at,
                     fmt::format("exempt: no check is called '{}'; there are {}", key, fmt::join(lint_checks, ", ")));
      }
      std::string why = text(value, "exempt." + key);
      if (why.empty()) finding(at, fmt::format("exempt.{} has no why", key));
      out.push_back({key, std::move(why), line_of(at)});
    });
    return out;
  }

  std::vector<KernelSpec> kernels(const YAML::Node& node) {
    std::vector<KernelSpec> out;
    if (!node.IsSequence()) {
      if (!node.IsNull()) fatal(node, "kernels must be a list");
      return out;
    }
    for (const auto& item : node) out.push_back(kernel(item, fmt::format("kernels[{}]", out.size())));
    return out;
  }

  /// `dims: {name: [expression, meaning]}`.
  std::vector<DimSpec> dims(const YAML::Node& node) {
    std::vector<DimSpec> out;
    each_entry(node, "dims", [&](const std::string& key, const YAML::Node& at, const YAML::Node& value) {
      const std::string name = "dims." + key;
      if (!value.IsSequence() || value.size() != 2) return fatal(at, name + " must be [expression, meaning]");
      if (auto parsed = formula(value[0], name)) out.push_back({key, std::move(*parsed), text(value[1], name)});
    });
    return out;
  }

  std::vector<PathSpec> paths(const YAML::Node& node) {
    std::vector<PathSpec> out;
    if (!node.IsSequence() || node.size() < 2) {
      fatal(node, "paths must be a list of at least two paths");
      return out;
    }
    for (const auto& item : node) {
      const std::string where = fmt::format("paths[{}]", out.size());
      PathSpec read = path(item, where);
      if (std::ranges::find(out, read.name, &PathSpec::name) != out.end()) {
        fatal(item, fmt::format("{}: two paths are called '{}'", where, read.name));
      }
      out.push_back(std::move(read));
    }
    return out;
  }

  void unknown_key(const YAML::Node& at, const std::string& key, const std::string& where) {
    fatal(at, fmt::format("unknown key '{}' in {}", key, where));
  }

 private:
  std::vector<Issue>& issues_;

  PathSpec path(const YAML::Node& node, const std::string& where) {
    PathSpec out;
    out.line = line_of(node);
    each_entry(node, where, [&](const std::string& key, const YAML::Node& at, const YAML::Node& value) {
      if (key == "name") {
        out.name = text(value, where + ".name");
      } else if (key == "why") {
        out.why = text(value, where + ".why");
      } else if (key == "working_set") {
        out.working_set = formula(value, where + ".working_set");
      } else if (key == "kernels") {
        out.kernels = kernels(value);
      } else {
        unknown_key(at, key, where);
      }
    });
    if (out.name.empty()) fatal(node, where + " has no name");
    if (out.why.empty()) finding(node, where + " has no why");
    if (!out.working_set) fatal(node, where + " has no working_set: the bytes of fast memory that it needs");
    if (out.kernels.empty()) fatal(node, where + " has no kernels");
    return out;
  }

  void arguments(KernelSpec& spec, const YAML::Node& node, const std::string& where) {
    each_entry(node, where + ".with", [&](const std::string& key, const YAML::Node& at, const YAML::Node& value) {
      const std::string name = where + ".with." + key;
      const bool justified = value.IsSequence() && value.size() == 2;
      if (value.IsSequence() && !justified) return fatal(at, name + " must be [expression, why]");
      auto parsed = formula(justified ? value[0] : value, name);
      if (!parsed) return;
      if (!justified) finding(at, name + " has no why: write [expression, why]");
      spec.arguments.push_back({key, std::move(*parsed), justified ? text(value[1], name) : std::string()});
    });
  }

  bool numeric_field(KernelSpec& spec, const std::string& key, const YAML::Node& value, const std::string& where) {
    const auto found = std::ranges::find(kernel_field_names, key);
    if (found == kernel_field_names.end()) return false;
    spec.fields[static_cast<std::size_t>(found - kernel_field_names.begin())] = formula(value, where + "." + key);
    return true;
  }

  KernelSpec kernel(const YAML::Node& node, const std::string& where) {
    KernelSpec spec;
    spec.line = line_of(node);
    const bool is_use = node.IsMap() && node["use"].IsDefined();
    each_entry(node, where, [&](const std::string& key, const YAML::Node& at, const YAML::Node& value) {
      if (key == "name") {
        spec.name = text(value, where + ".name");
      } else if (key == "when") {
        spec.when = formula(value, where + ".when");
      } else if (is_use && key == "use") {
        spec.use = text(value, where + ".use");
      } else if (is_use && key == "with") {
        arguments(spec, value, where);
      } else if (key == "why") {
        spec.why = text(value, where + ".why");
      } else if (!is_use && key == "arith_type") {
        spec.arith_type = formula(value, where + ".arith_type");
      } else if (is_use || !numeric_field(spec, key, value, where)) {
        unknown_key(at, key, where);
      }
    });
    if (!is_use && spec.name.empty()) fatal(node, where + " has no name");
    if (!is_use && spec.why.empty()) finding(node, where + " has no why");
    return spec;
  }
};

}  // namespace costscan
