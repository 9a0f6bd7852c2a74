#include "costs/cost_file.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <unordered_set>

namespace costscan {
namespace {

int line_of(const YAML::Node& node) { return node.Mark().line + 1; }

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

std::optional<Trust> trust_from(const std::string& name) {
  if (name == "exact") return Trust::exact;
  if (name == "approximate") return Trust::approximate;
  if (name == "upper_bound") return Trust::upper_bound;
  return std::nullopt;
}

/// A field of a body (top level or version). False where the key is none of them.
bool read_body_field(Reader& reader, CostBody& body, const std::string& key, const YAML::Node& value) {
  if (key == "summary") {
    body.summary = reader.text(value, key);
  } else if (key == "source") {
    body.source = reader.text(value, key);
  } else if (key == "trust") {
    const auto trust = trust_from(reader.text(value, key));
    if (!trust) reader.fatal(value, "trust must be exact, approximate or upper_bound");
    body.trust = trust.value_or(Trust::unknown);
  } else if (key == "inputs") {
    body.inputs = reader.formals(value, key);
  } else if (key == "outputs") {
    body.outputs = reader.formals(value, key);
  } else if (key == "assumptions") {
    body.assumptions = reader.texts(value, key);
  } else if (key == "let") {
    body.let = reader.formulas(value, key);
  } else if (key == "example") {
    body.example.clear();
    reader.each_entry(value, key, [&](const std::string& name, const YAML::Node&, const YAML::Node& type) {
      body.example.emplace_back(name, reader.text(type, "example." + name));
    });
  } else if (key == "dims") {
    body.dims = reader.dims(value);
  } else if (key == "kernels") {
    body.kernels = reader.kernels(value);
  } else if (key == "paths") {
    body.paths = reader.paths(value);
  } else if (key == "touched") {
    body.touched = reader.formulas(value, key);
  } else if (key == "view") {
    body.view = reader.formula(value, key);
  } else {
    return false;
  }
  return true;
}

void read_versions(Reader& reader, CostFile& file, const YAML::Node& node) {
  if (!node.IsSequence()) return reader.fatal(node, "versions must be a list");
  for (const auto& item : node) {
    CostVersion version;
    version.body = file.body;
    version.line = line_of(item);
    // A version that brings kernels is no view unless it says so itself, and the other way round.
    if (item.IsMap() && item["kernels"].IsDefined()) version.body.view.reset();
    if (item.IsMap() && item["view"].IsDefined()) version.body.kernels.clear();
    const std::string where = fmt::format("versions[{}]", file.versions.size());
    reader.each_entry(item, where, [&](const std::string& key, const YAML::Node& at, const YAML::Node& value) {
      if (key == "since") {
        version.since = reader.integer(value, where + ".since").value_or(0);
      } else if (key == "until") {
        version.until = reader.integer(value, where + ".until");
      } else if (!read_body_field(reader, version.body, key, value)) {
        reader.unknown_key(at, key, where);
      }
    });
    if (version.since <= 0) reader.fatal(item, where + " has no since");
    file.versions.push_back(std::move(version));
  }
  std::ranges::sort(file.versions, {}, &CostVersion::since);
  const auto twice = std::ranges::adjacent_find(file.versions, {}, &CostVersion::since);
  if (twice != file.versions.end()) reader.fatal(node, fmt::format("two versions have since {}", twice->since));
}

void check_cost_file(CostFile& file) {
  const auto finding = [&](std::string what) { file.issues.push_back({0, std::move(what), false}); };
  if (file.op != std::filesystem::path(file.path).stem()) {
    file.issues.push_back({1, fmt::format("op is '{}', but the file is called {}", file.op, file.path), true});
  }
  if (file.body.summary.empty()) finding("no summary");
  if (file.body.source.empty()) finding("no source");
  if (file.body.trust == Trust::unknown) file.issues.push_back({0, "no trust", true});
  if (!file.body.view && file.body.kernels.empty() && file.body.paths.empty())
    file.issues.push_back({0, "neither kernels nor view", true});
}

/// The document, or an issue with the parser's line.
std::optional<YAML::Node> load_yaml(std::string_view bytes, std::vector<Issue>& issues) {
  try {
    YAML::Node root = YAML::Load(std::string(bytes));
    if (root.IsMap()) return root;
    issues.push_back({1, "the file must be a mapping", true});
  } catch (const YAML::Exception& error) {
    issues.push_back({error.mark.line + 1, fmt::format("YAML: {}", error.msg), true});
  }
  return std::nullopt;
}

std::string domain_of(std::string_view path) {
  const auto slash = path.rfind('/');
  const std::string folder(slash == std::string_view::npos ? std::string_view() : path.substr(0, slash));
  return folder == "onnx" ? std::string() : folder;
}

}  // namespace

CostFile parse_cost_file(std::string_view path, std::string_view bytes) {
  CostFile file;
  file.path = path;
  file.domain = domain_of(path);
  file.op = std::filesystem::path(path).stem();
  const auto root = load_yaml(bytes, file.issues);
  if (!root) return file;
  Reader reader(file.issues);
  std::optional<YAML::Node> versions;
  reader.each_entry(*root, "the file", [&](const std::string& key, const YAML::Node& at, const YAML::Node& value) {
    if (key == "op") {
      file.op = reader.text(value, key);
    } else if (key == "versions") {
      versions = value;  // read last: they override what stands in the file, wherever they stand
    } else if (key == "exempt") {
      file.exempt = reader.exemptions(value);
    } else if (!read_body_field(reader, file.body, key, value)) {
      reader.unknown_key(at, key, "the file");
    }
  });
  if (!(*root)["op"].IsDefined()) reader.fatal(*root, "no op");
  if (versions) read_versions(reader, file, *versions);
  check_cost_file(file);
  return file;
}

TemplateFile parse_template_file(std::string_view path, std::string_view bytes) {
  TemplateFile file;
  file.path = path;
  const auto root = load_yaml(bytes, file.issues);
  if (!root) return file;
  Reader reader(file.issues);
  reader.each_entry(*root, "the file", [&](const std::string& key, const YAML::Node& at, const YAML::Node& value) {
    if (key == "template") {
      file.name = reader.text(value, key);
    } else if (key == "summary") {
      file.summary = reader.text(value, key);
    } else if (key == "source") {
      file.source = reader.text(value, key);
    } else if (key == "parameters") {
      reader.each_entry(value, key, [&](const std::string& name, const YAML::Node& where, const YAML::Node& meaning) {
        file.parameters.push_back({name, reader.text(meaning, "parameters." + name), line_of(where)});
      });
    } else if (key == "let") {
      file.let = reader.formulas(value, key);
    } else if (key == "kernels") {
      file.kernels = reader.kernels(value);
    } else if (key == "exempt") {
      file.exempt = reader.exemptions(value);
    } else {
      reader.unknown_key(at, key, "the template");
    }
  });
  if (file.summary.empty()) reader.finding(*root, "no summary");
  if (file.source.empty()) reader.finding(*root, "no source");
  if (file.name != std::filesystem::path(path).stem()) {
    reader.fatal(*root, fmt::format("template is '{}', but the file is called {}", file.name, path));
  }
  if (file.kernels.empty()) reader.fatal(*root, "no kernels");
  return file;
}

const CostBody& body_for_version(const CostFile& file, std::int64_t since_version) noexcept {
  const CostBody* chosen = &file.body;
  for (const CostVersion& version : file.versions) {
    if (version.since > since_version) break;
    chosen = !version.until || since_version <= *version.until ? &version.body : &file.body;
  }
  return *chosen;
}

std::string qualified_op(std::string_view domain, std::string_view op) {
  return fmt::format("{}/{}", domain.empty() ? "ai.onnx" : domain, op);
}

}  // namespace costscan
