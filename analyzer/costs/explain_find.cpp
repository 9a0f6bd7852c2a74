// Operators by the names that people type.
#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <numeric>

#include "costs/explain.hpp"
#include "costs/explain_impl.hpp"
#include "costs/library_impl.hpp"
#include "costs/schema_facts.hpp"
#include "model/text.hpp"

namespace costscan {
namespace {

std::string lowered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, replaced}));
    }
  }
  return row.back();
}

/// Whether all letters of `part` stand in `whole` in that order: "layernrm" in "layernormalization".
bool is_subsequence(const std::string& part, const std::string& whole) {
  std::size_t next = 0;
  for (const char c : whole) next += next < part.size() && part[next] == c ? 1 : 0;
  return next == part.size();
}

/// How far `name` is from what was typed; small is near. Of qualified names only the last part counts.
std::size_t distance(const std::string& sought, const std::string& name) {
  std::size_t out = edit_distance(name, sought);
  if (sought.size() > 2 && is_subsequence(sought, name)) out = std::min(out, std::size_t{3});
  if (sought.size() > 1 && name.find(sought) != std::string::npos) out = std::min(out, std::size_t{2});
  return out;
}

std::string last_part(const std::string& name) { return name.substr(name.find_last_of("./") + 1); }

/// "Conv", "ai.onnx.Conv", "com.microsoft.BiasGelu", with "/" for the last "." too, in any case of letters.
Result<const CostFile*> find_file(const CostLibrary::Impl& library, const std::string& wanted) {
  std::string name = lowered(wanted);
  std::ranges::replace(name, '/', '.');
  if (name.starts_with("ai.onnx.") && !name.starts_with("ai.onnx.ml.")) {
    const std::string plain = name.substr(8);
    if (plain.find('.') == std::string::npos) name = plain;
  }
  if (name.starts_with("onnx.")) name = name.substr(5);
  std::vector<std::string> matches;
  std::vector<std::string> all;
  for (const std::string& path : library.op_paths()) {
    all.push_back(display_name(path));
    const std::string display = lowered(all.back());
    if (display == name) return library.parsed_file(path);
    if (name.find('.') == std::string::npos && display.ends_with("." + name)) matches.push_back(path);
  }
  if (matches.size() == 1) return library.parsed_file(matches[0]);
  if (matches.size() > 1) {
    for (std::string& path : matches) path = display_name(path);
    return fail(ErrorKind::usage,
                fmt::format("'{}' is in several domains: {}; name one", printable(wanted), joined(matches, ", ")));
  }
  const std::vector<std::string> near = near_names(all, wanted);
  return fail(ErrorKind::usage,
              near.empty()
                  ? fmt::format("no cost model for '{}'; see `costscan list ops`", printable(wanted))
                  : fmt::format("no cost model for '{}'; did you mean {}?", printable(wanted), joined(near, ", ")));
}

}  // namespace

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? std::string() : std::string(separator)) + part;
  return out;
}

/// since_versions that a file serves: ONNX's, or 1 where ONNX has no schema.
std::vector<std::int64_t> served_versions(const CostFile& file) {
  std::vector<std::int64_t> out;
  for (const SchemaFacts& facts : schema_versions(file.op, file.domain)) out.push_back(facts.since_version);
  if (out.empty()) out.push_back(1);
  return out;
}

std::string versions_text(const CostFile& file) {
  std::vector<std::string> parts;
  for (const std::int64_t version : served_versions(file)) parts.push_back(std::to_string(version));
  return joined(parts, ", ") + "-";
}

std::string display_name(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string op = path.substr(slash + 1, path.size() - slash - 1 - std::string_view(".yaml").size());
  const std::string domain = path.substr(0, slash);
  return domain == "onnx" ? op : domain + "." + op;
}

std::vector<std::string> near_names(const std::vector<std::string>& candidates, std::string_view wanted) {
  constexpr std::size_t most_shown = 5;
  constexpr std::size_t longest_compared = 200;  // beyond that nobody mistyped
  const std::string sought = last_part(lowered(wanted.substr(0, longest_compared)));
  std::vector<std::pair<std::size_t, std::string>> ranked;
  for (const std::string& name : candidates) {
    const std::size_t far = distance(sought, last_part(lowered(std::string_view(name).substr(0, longest_compared))));
    const std::size_t allowed = sought.size() <= 3 ? 2 : std::max<std::size_t>(3, sought.size() / 3);
    if (far <= allowed && far < sought.size() + 1) ranked.emplace_back(far, name);
  }
  std::ranges::sort(ranked);
  ranked.resize(std::min(ranked.size(), most_shown));
  std::vector<std::string> out;
  for (auto& [far, name] : ranked) out.push_back(std::move(name));
  return out;
}

Result<OpHandle> find_op(const CostLibrary& library, std::string_view op) {
  const std::size_t at = op.rfind('@');
  const std::string name(op.substr(0, at));
  const auto file = find_file(library.impl(), name);
  if (!file) return tl::unexpected(file.error());
  const std::vector<std::int64_t> versions = served_versions(**file);
  OpHandle out{(*file)->domain, (*file)->op, versions.back(), {}, {}, false, {}, {}};
  if (at != std::string_view::npos) {
    const std::string wanted(op.substr(at + 1));
    const auto found = std::ranges::find_if(versions, [&](std::int64_t v) { return std::to_string(v) == wanted; });
    if (found == versions.end()) {
      return fail(ErrorKind::usage,
                  fmt::format("{} has no version {}; it has {}", name, printable(wanted), versions_text(**file)));
    }
    out.version = *found;
  }
  const Program& program = library.impl().program_for_version(**file, out.version);
  for (const Issue& issue : program.issues) {
    if (issue.fatal) return fail(ErrorKind::input, fmt::format("{}:{}: {}", program.path, issue.line, issue.what));
  }
  for (std::size_t i = 0; i < program.formals.size(); ++i) {
    const Formal& formal = program.formals[i];
    const bool input = i < program.input_count;
    (input ? out.inputs : out.outputs).push_back({formal.name, formal.optional, formal.variadic});
  }
  for (SchemaFacts& facts : schema_versions((*file)->op, (*file)->domain)) {
    if (facts.since_version == out.version) out.attributes = std::move(facts.attributes);
  }
  out.has_paths = !program.paths.empty();
  out.example = body_for_version(**file, out.version).example;
  return out;
}

}  // namespace costscan
