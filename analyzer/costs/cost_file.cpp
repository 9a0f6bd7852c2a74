#include "costs/cost_file.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>

#include "costs/cost_reader.hpp"

namespace costscan {
namespace {

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
  for (const auto& [name, type] : file.body.example) {
    const bool known = std::ranges::find(file.body.inputs, name, &Formal::name) != file.body.inputs.end();
    if (!known) finding(fmt::format("example names '{}', which is no input", name));
  }
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
