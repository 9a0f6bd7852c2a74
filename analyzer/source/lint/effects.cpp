#include "source/lint/effects.hpp"

#include <fmt/core.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <iterator>
#include <utility>

#include "embedded/costmodels.hpp"

namespace costscan::source {
namespace {

constexpr std::string_view builtin_effects = "source/effects.yaml";
constexpr std::array<std::string_view, 3> wrappers{"effects", "functions", "calls"};

[[noreturn]] void reject_effect(const YAML::Node& at, const std::string& what) {
  throw YAML::Exception(at.Mark(), what);
}

ArgumentName read_argument(const YAML::Node& node, const std::string& function) {
  if (!node.IsScalar())
    reject_effect(node, fmt::format("an argument of '{}' is a position (0, 1, ...) or a name", function));
  const std::string& text = node.Scalar();
  int position = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), position);
  if (error == std::errc{} && end == text.data() + text.size()) {
    if (position < 0)
      reject_effect(node, fmt::format("argument {} of '{}': positions count from 0", position, function));
    return position;
  }
  if (text.empty() || text.find_first_of(" \t-+.") != std::string::npos) {
    reject_effect(node, fmt::format("'{}' of '{}' is neither a position nor a name", text, function));
  }
  return text;
}

std::vector<ArgumentName> read_arguments(const YAML::Node& node, const std::string& function) {
  std::vector<ArgumentName> out;
  if (node.IsNull()) return out;
  if (node.IsScalar()) return {read_argument(node, function)};
  if (!node.IsSequence()) reject_effect(node, fmt::format("'{}' needs a list of arguments", function));
  for (const YAML::Node& argument : node) out.push_back(read_argument(argument, function));
  return out;
}

Effect read_effect(const YAML::Node& node, const std::string& function, bool in_list) {
  if (!node.IsMap()) {
    reject_effect(node,
                  fmt::format("'{}' must say writes, accumulates or reads, each with a list of arguments", function));
  }
  Effect out;
  for (const auto& field : node) {
    const std::string key = field.first.Scalar();
    if (key == "writes") {
      out.writes = read_arguments(field.second, function);
    } else if (key == "accumulates") {
      out.accumulates = read_arguments(field.second, function);
    } else if (key == "reads") {
      out.reads = read_arguments(field.second, function);
    } else if (!(in_list && (key == "name" || key == "function")) && key != "why" && key != "source") {
      reject_effect(field.first, fmt::format("'{}' of '{}' is none of writes, accumulates, reads", key, function));
    }
  }
  return out;
}

using Table = std::map<std::string, Effect, std::less<>>;

void read_list(const YAML::Node& list, Table& out) {
  for (const YAML::Node& entry : list) {
    if (!entry.IsMap()) reject_effect(entry, "an entry needs function, and writes, accumulates or reads");
    const YAML::Node name = entry["function"] ? entry["function"] : entry["name"];
    if (!name || !name.IsScalar()) reject_effect(entry, "an entry needs the name of its function");
    out.insert_or_assign(name.Scalar(), read_effect(entry, name.Scalar(), true));
  }
}

void read_table(const YAML::Node& node, Table& out, bool top) {
  if (node.IsNull()) return;
  if (node.IsSequence()) return read_list(node, out);
  if (!node.IsMap()) reject_effect(node, "needs a map of function names, or a list of entries");
  for (const auto& item : node) {
    if (!item.first.IsScalar()) reject_effect(item.first, "a function's name is expected");
    const std::string key = item.first.Scalar();
    if (top && std::ranges::find(wrappers, key) != wrappers.end()) {
      read_table(item.second, out, false);
    } else {
      out.insert_or_assign(key, read_effect(item.second, key, false));
    }
  }
}

std::string_view unqualified(std::string_view name) {
  name = name.substr(0, name.find('<'));
  const std::size_t colon = name.rfind("::");
  return colon == std::string_view::npos ? name : name.substr(colon + 2);
}

Result<Effects> builtin() {
  const auto files = embedded::costmodels();
  const auto file = std::ranges::find(files, builtin_effects, &embedded::File::path);
  if (file == files.end()) return fail(ErrorKind::defect, fmt::format("{} is not built in", builtin_effects));
  auto effects = parse_effects(fmt::format("costmodels/{}", builtin_effects), file->bytes);
  if (!effects) return fail(ErrorKind::defect, effects.error().message);
  auto library = FunctionTable::builtin();
  if (!library) return tl::unexpected(library.error());
  effects->library = std::make_shared<const FunctionTable>(std::move(*library));
  return effects;
}

}  // namespace

const Effect* Effects::find(std::string_view qualified_name, std::size_t arguments) const {
  const std::string_view plain = unqualified(qualified_name);
  for (const std::string_view name : {qualified_name, plain}) {
    const auto counted = functions.find(fmt::format("{}/{}", name, arguments));
    if (counted != functions.end()) return &counted->second;
    const auto any = functions.find(name);
    if (any != functions.end()) return &any->second;
  }
  return nullptr;
}

Result<Effects> parse_effects(std::string_view name, std::string_view text) {
  Effects out;
  try {
    read_table(YAML::Load(std::string(text)), out.functions, true);
  } catch (const YAML::Exception& error) {  // yaml-cpp reports by exceptions
    const std::string where =
        error.mark.is_null() ? "" : fmt::format(":{}:{}", error.mark.line + 1, error.mark.column + 1);
    return fail(ErrorKind::input, fmt::format("{}{}: {}", name, where, error.msg));
  }
  return out;
}

Result<Effects> load_effects(const std::filesystem::path& file) {
  auto out = builtin();
  if (!out || file.empty()) return out;
  std::ifstream in(file, std::ios::binary);
  std::error_code ignored;
  if (!in || std::filesystem::is_directory(file, ignored)) {
    return fail(ErrorKind::input, fmt::format("{}: cannot be read; --effects needs a YAML file", file.string()));
  }
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  auto own = parse_effects(file.string(), text);
  if (!own) return own;
  for (auto& [function, effect] : own->functions) out->functions.insert_or_assign(function, std::move(effect));
  return out;
}

}  // namespace costscan::source
