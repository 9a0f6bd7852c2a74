#include "source/functions.hpp"

#include <fmt/core.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <regex>
#include <unordered_map>

#include "embedded/costmodels.hpp"

namespace costscan::source {
namespace {

constexpr std::string_view builtin_folder = "source/functions/";

struct Entry {
  FunctionCost cost;
  std::optional<std::size_t> arguments;
};

struct Pattern {
  std::regex names;
  Entry entry;
};

/// A problem of the data, thrown inside this file only, as yaml-cpp does; parse() makes it an Error.
struct Problem {
  int line;
  std::string what;
};

[[noreturn]] void reject(const YAML::Node& node, std::string what) {
  throw Problem{node.Mark().line + 1, std::move(what)};
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  text = trimmed(text);
  std::int64_t value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || rest != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

/// "lanes", "lanes(32)", "register", "arg(1)", "distance(0, 1)", "7".
std::optional<Factor> plain_factor(std::string_view text) {
  Factor out;
  if (const auto number = whole_number(text)) {
    out.value = *number;
    return out;
  }
  if (text == "lanes") {
    out.kind = FactorKind::lanes;
    return out;
  }
  if (text == "register") {
    out.kind = FactorKind::register_bytes;
    return out;
  }
  const auto open = text.find('(');
  if (open == std::string_view::npos || !text.ends_with(')')) return std::nullopt;
  const std::string_view name = text.substr(0, open);
  const std::string_view inside = text.substr(open + 1, text.size() - open - 2);
  const auto comma = inside.find(',');
  const auto first = whole_number(inside.substr(0, comma));
  if (!first || *first > 512) return std::nullopt;
  if (name == "lanes" && comma == std::string_view::npos && *first > 0) {
    out.kind = FactorKind::lanes;
    out.value = *first;
    return out;
  }
  out.first = static_cast<int>(*first);
  if (name == "arg" && comma == std::string_view::npos) {
    out.kind = FactorKind::argument;
    return out;
  }
  const auto last = comma == std::string_view::npos ? std::nullopt : whole_number(inside.substr(comma + 1));
  if (name != "distance" || !last || *last > 64) return std::nullopt;
  out.kind = FactorKind::distance;
  out.last = static_cast<int>(*last);
  return out;
}

Amount read_amount(const YAML::Node& node) {
  if (!node.IsScalar()) reject(node, "an amount must be a text such as 2 * lanes");
  Amount out;
  const std::string& text = node.Scalar();
  std::string_view rest = text;
  for (;;) {
    const auto star = rest.find('*');
    std::string_view part = trimmed(rest.substr(0, star));
    const auto dash = part.rfind('-');
    const auto minus =
        dash == std::string_view::npos ? std::optional<std::int64_t>(0) : whole_number(part.substr(dash + 1));
    auto factor = minus ? plain_factor(trimmed(part.substr(0, dash))) : std::nullopt;
    if (!factor) {
      reject(node,
             fmt::format("'{}' is no amount: a number, lanes, lanes(BITS), register, arg(I), distance(I, J), each "
                         "perhaps less a number, and products of these",
                         node.Scalar()));
    }
    factor->minus = *minus;
    out.push_back(*factor);
    if (star == std::string_view::npos) return out;
    rest = rest.substr(star + 1);
  }
}

std::vector<Traffic> read_traffic(const YAML::Node& node) {
  if (!node.IsMap()) reject(node, "reads and writes must map an argument's number to an amount");
  std::vector<Traffic> out;
  for (const auto& each : node) {
    Traffic traffic;
    const auto argument = each.first.IsScalar() ? whole_number(each.first.Scalar()) : std::nullopt;
    if (!argument || *argument > 64) reject(each.first, "an argument is named by its number, from 0");
    traffic.argument = static_cast<int>(*argument);
    YAML::Node amount = YAML::Clone(each.second);
    constexpr std::string_view mark = "bytes ";
    if (each.second.IsScalar() && each.second.Scalar().starts_with(mark)) {
      traffic.bytes = true;
      amount = YAML::Node(each.second.Scalar().substr(mark.size()));
    }
    try {
      traffic.amount = read_amount(amount);
    } catch (const Problem& problem) {
      reject(each.second, problem.what);
    }
    const auto in_bytes = [](const Factor& factor) { return factor.kind == FactorKind::register_bytes; };
    traffic.bytes = traffic.bytes || std::ranges::any_of(traffic.amount, in_bytes);
    out.push_back(std::move(traffic));
  }
  return out;
}

void read_field(Entry& entry, const std::string& key, const YAML::Node& value) {
  FunctionCost& cost = entry.cost;
  if (key == "flops") {
    cost.flops = read_amount(value);
  } else if (key == "transcendentals") {
    cost.transcendentals = read_amount(value);
  } else if (key == "int_ops") {
    cost.int_ops = read_amount(value);
  } else if (key == "arith") {
    cost.arith = read_amount(value);
  } else if (key == "reads") {
    cost.reads = read_traffic(value);
  } else if (key == "writes") {
    cost.writes = read_traffic(value);
  } else if (key == "no_return") {
    if (!YAML::convert<bool>::decode(value, cost.no_return)) reject(value, "no_return must be true or false");
  } else if (key == "at_most") {
    if (!YAML::convert<bool>::decode(value, cost.at_most)) reject(value, "at_most must be true or false");
  } else if (key == "why") {
    if (!value.IsScalar()) reject(value, "why must be a text");
    cost.why = value.Scalar();
  } else if (key == "arguments") {
    const auto number = value.IsScalar() ? whole_number(value.Scalar()) : std::nullopt;
    if (!number) reject(value, "arguments must be a whole number");
    entry.arguments = static_cast<std::size_t>(*number);
  } else if (key != "names" && key != "pattern") {
    reject(value, fmt::format("unknown key '{}'", key));
  }
}

}  // namespace

struct FunctionTable::Impl {
  std::unordered_multimap<std::string, Entry> by_name;
  std::vector<Pattern> patterns;

  void add(const YAML::Node& node) {
    if (!node.IsMap()) reject(node, "an entry must be a mapping with names or a pattern");
    Entry entry;
    for (const auto& field : node) read_field(entry, field.first.as<std::string>(), field.second);
    const YAML::Node names = node["names"];
    const YAML::Node pattern = node["pattern"];
    if (names.IsDefined() == pattern.IsDefined()) reject(node, "an entry needs either names or a pattern");
    if (pattern.IsDefined()) {
      entry.cost.name = pattern.as<std::string>();
      try {
        patterns.push_back({std::regex(entry.cost.name, std::regex::ECMAScript | std::regex::optimize), entry});
      } catch (const std::regex_error& error) {
        reject(pattern, fmt::format("'{}' is no regular expression: {}", entry.cost.name, error.what()));
      }
      return;
    }
    if (!names.IsSequence() || names.size() == 0) reject(names, "names must be a list of names");
    entry.cost.name = names[0].as<std::string>();
    for (const auto& name : names) add_name(name, entry);
  }

 private:
  void add_name(const YAML::Node& node, const Entry& entry) {
    const auto name = node.as<std::string>();
    const auto [first, last] = by_name.equal_range(name);
    const auto same = [&](const auto& known) { return known.second.arguments == entry.arguments; };
    if (std::any_of(first, last, same)) reject(node, fmt::format("'{}' stands in the table twice", name));
    by_name.emplace(name, entry);
  }
};

FunctionTable::FunctionTable(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
FunctionTable::FunctionTable(FunctionTable&&) noexcept = default;
FunctionTable& FunctionTable::operator=(FunctionTable&&) noexcept = default;
FunctionTable::~FunctionTable() = default;

Result<FunctionTable> FunctionTable::builtin() {
  auto impl = std::make_unique<Impl>();
  bool any = false;
  for (const embedded::File& file : embedded::costmodels()) {
    if (!file.path.starts_with(builtin_folder)) continue;
    any = true;
    if (auto ok = add_file(*impl, fmt::format("costmodels/{}", file.path), file.bytes); !ok)
      return tl::unexpected(ok.error());
  }
  if (!any) return fail(ErrorKind::defect, fmt::format("costmodels/{} is not built in", builtin_folder));
  return FunctionTable(std::move(impl));
}

Result<FunctionTable> FunctionTable::parse(std::string_view file, std::string_view text) {
  auto impl = std::make_unique<Impl>();
  if (auto ok = add_file(*impl, file, text); !ok) return tl::unexpected(ok.error());
  return FunctionTable(std::move(impl));
}

Result<void> FunctionTable::add_file(Impl& impl, std::string_view file, std::string_view text) {
  const auto broken = [&](int line, std::string_view what) {
    return fail(ErrorKind::input, fmt::format("{}:{}: {}", file, line, what));
  };
  try {
    const YAML::Node root = YAML::Load(std::string(text));
    const YAML::Node list = root.IsMap() ? root["functions"] : YAML::Node();
    if (!list.IsDefined() || !list.IsSequence()) return broken(1, "expected 'functions:' with a list of entries");
    for (const auto& node : list) impl.add(node);
  } catch (const Problem& problem) {
    return broken(problem.line, problem.what);
  } catch (const YAML::Exception& error) {  // yaml-cpp reports by exceptions
    return broken(error.mark.line + 1, error.msg);
  }
  return {};
}

const FunctionCost* FunctionTable::find(std::string_view name, std::size_t arguments) const {
  const std::string key(name);
  const auto fits = [&](const Entry& entry) { return !entry.arguments || *entry.arguments == arguments; };
  const auto [first, last] = impl_->by_name.equal_range(key);
  // An entry for exactly so many arguments goes before one for any number.
  const auto exact = std::find_if(first, last, [&](const auto& each) { return each.second.arguments == arguments; });
  if (exact != last) return &exact->second.cost;
  const auto known = std::find_if(first, last, [&](const auto& each) { return fits(each.second); });
  if (known != last) return &known->second.cost;
  const auto matches = [&](const Pattern& pattern) {
    return fits(pattern.entry) && std::regex_match(key, pattern.names);
  };
  const auto found = std::ranges::find_if(impl_->patterns, matches);
  return found == impl_->patterns.end() ? nullptr : &found->entry.cost;
}

const Type& register_of(const Expr& call) noexcept {
  const auto is_number = [](const Type& type) {
    return type.kind == TypeKind::floating || type.kind == TypeKind::integer || type.kind == TypeKind::boolean;
  };
  if (call.type.lanes > 1) return call.type;
  for (auto arg = call.args.rbegin(); arg != call.args.rend(); ++arg) {
    if (arg->type.lanes > 1) return arg->type;
  }
  if (is_number(call.type)) return call.type;
  if (call.type.element != nullptr && is_number(*call.type.element)) return *call.type.element;
  for (auto arg = call.args.rbegin(); arg != call.args.rend(); ++arg) {
    if (is_number(arg->type)) return arg->type;
  }
  return call.type;
}

}  // namespace costscan::source
