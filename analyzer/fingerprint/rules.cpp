#include "fingerprint/rules.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <exception>
#include <sstream>

#include "embedded/costmodels.hpp"

namespace costscan {
namespace {

constexpr std::array<std::string_view, 10> all_families{"vision",    "transformer", "hybrid",   "llm", "audio",
                                                        "diffusion", "recurrent",   "detector", "mlp", "other"};

constexpr std::array<std::pair<std::string_view, FeatureComparison>, 6> signs{{{"<", FeatureComparison::less},
                                                                               {"<=", FeatureComparison::less_equal},
                                                                               {"==", FeatureComparison::equal},
                                                                               {"!=", FeatureComparison::not_equal},
                                                                               {">=", FeatureComparison::greater_equal},
                                                                               {">", FeatureComparison::greater}}};

int line_of(const YAML::Node& node) { return node.Mark().line + 1; }

[[noreturn]] void reject(const YAML::Node& node, const std::string& what) { throw YAML::Exception(node.Mark(), what); }

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

Condition parse_condition(const YAML::Node& node) {
  std::istringstream words(node.as<std::string>());
  Condition condition;
  std::string sign;
  std::string operand;
  std::string rest;
  words >> condition.feature >> sign >> operand;
  const auto found = std::ranges::find(signs, sign, &std::pair<std::string_view, FeatureComparison>::first);
  if (operand.empty() || found == signs.end() || words >> rest) {
    reject(node, fmt::format("'{}' is not FEATURE SIGN VALUE", node.as<std::string>()));
  }
  condition.comparison = found->second;
  if (const auto number = number_of(operand)) {
    condition.operand = *number;
  } else {
    condition.operand = operand;
  }
  return condition;
}

std::vector<Condition> parse_conditions(const YAML::Node& list) {
  std::vector<Condition> conditions;
  for (const YAML::Node& each : list) conditions.push_back(parse_condition(each));
  return conditions;
}

void check_keys(const YAML::Node& map, std::span<const std::string_view> allowed) {
  for (const auto& entry : map) {
    const auto key = entry.first.as<std::string>();
    if (std::ranges::find(allowed, key) == allowed.end()) reject(entry.first, fmt::format("unknown key '{}'", key));
  }
}

Rule parse_rule(const YAML::Node& node) {
  static constexpr std::array<std::string_view, 6> keys{"all", "any", "none", "weight", "says", "why"};
  check_keys(node, keys);
  if (!node["weight"] || !node["says"] || !node["why"]) reject(node, "a rule gives weight, says and why");
  Rule rule;
  rule.all = parse_conditions(node["all"]);
  rule.any = parse_conditions(node["any"]);
  rule.none = parse_conditions(node["none"]);
  rule.weight = node["weight"].as<double>();
  rule.says = node["says"].as<std::string>();
  rule.why = node["why"].as<std::string>();
  rule.line = line_of(node);
  return rule;
}

FamilyRules parse_file(const YAML::Node& file) {
  static constexpr std::array<std::string_view, 5> keys{"family", "summary", "base", "base_why", "rules"};
  check_keys(file, keys);
  FamilyRules out;
  out.family = file["family"].as<std::string>();
  out.summary = file["summary"].as<std::string>();
  if (file["base"]) {
    out.base = file["base"].as<double>();
    out.base_why = file["base_why"].as<std::string>();
  }
  for (const YAML::Node& rule : file["rules"]) out.rules.push_back(parse_rule(rule));
  return out;
}

std::optional<bool> compare(const Condition& condition, const FeatureSet& features, std::vector<std::string>& unknown) {
  const auto value_of = [&](const std::string& feature) {
    const auto value = features.get(feature);
    if (!value) unknown.push_back(feature);
    return value;
  };
  const auto left = value_of(condition.feature);
  const auto* number = std::get_if<double>(&condition.operand);
  const auto right = number != nullptr ? std::optional(*number) : value_of(std::get<std::string>(condition.operand));
  if (!left || !right) return std::nullopt;
  switch (condition.comparison) {
    case FeatureComparison::less: return *left < *right;
    case FeatureComparison::less_equal: return *left <= *right;
    case FeatureComparison::equal: return *left == *right;
    case FeatureComparison::not_equal: return *left != *right;
    case FeatureComparison::greater_equal: return *left >= *right;
    case FeatureComparison::greater: break;
  }
  return *left > *right;
}

/// How many of the conditions hold, and how many cannot be told.
struct Tally {
  std::size_t holding = 0;
  std::size_t unknown = 0;
};

Tally tally(const std::vector<Condition>& conditions, const FeatureSet& features, std::vector<std::string>& unknown) {
  Tally out;
  for (const Condition& condition : conditions) {
    const auto held = compare(condition, features, unknown);
    out.holding += held.value_or(false) ? 1 : 0;
    out.unknown += held ? 0 : 1;
  }
  return out;
}

std::string figure(double value, bool as_percent) {
  if (as_percent) return fmt::format("{:.3g}%", 100 * value);
  constexpr double largest_exact = 1e9;
  if (value == std::floor(value) && std::abs(value) < largest_exact) return fmt::format("{:.0f}", value);
  return fmt::format("{:.3g}", value);
}

/// The names between braces.
std::vector<std::string> placeholders(std::string_view says) {
  std::vector<std::string> names;
  for (std::size_t open = says.find('{'); open != std::string_view::npos; open = says.find('{', open + 1)) {
    const std::size_t close = says.find('}', open);
    std::string_view name = says.substr(open + 1, close == std::string_view::npos ? close : close - open - 1);
    if (name.ends_with('%')) name.remove_suffix(1);
    names.emplace_back(name);
  }
  return names;
}

class RuleLint {
 public:
  void check(const FamilyRules& family) {
    if (std::ranges::find(all_families, family.family) == all_families.end() ||
        family.path != fmt::format("families/{}.yaml", family.family)) {
      add(family, 1, "the family is not one of the families, or not the file's name");
    }
    if (family.summary.empty() || family.rules.empty()) add(family, 1, "no summary or no rules");
    if (family.base != 0 && family.base_why.empty()) add(family, 1, "a base without a reason");
    for (const Rule& rule : family.rules) check_rule(family, rule);
  }
  std::vector<std::string> take() && { return std::move(findings_); }

 private:
  void check_rule(const FamilyRules& family, const Rule& rule) {
    constexpr double heaviest = 6;
    if (rule.all.empty() && rule.any.empty()) add(family, rule.line, "a rule without a condition that has to hold");
    if (rule.weight == 0 || !(std::abs(rule.weight) <= heaviest)) {
      add(family, rule.line, fmt::format("weight {} is 0 or beyond ±{}", rule.weight, heaviest));
    }
    if (rule.says.empty() || rule.why.empty()) add(family, rule.line, "says or why is empty");
    for (const auto* list : {&rule.all, &rule.any, &rule.none}) {
      for (const Condition& condition : *list) {
        check_feature(family, rule, condition.feature);
        if (const auto* other = std::get_if<std::string>(&condition.operand)) check_feature(family, rule, *other);
      }
    }
    for (const std::string& name : placeholders(rule.says)) check_feature(family, rule, name);
  }
  void check_feature(const FamilyRules& family, const Rule& rule, const std::string& name) {
    if (!feature_index(name)) add(family, rule.line, fmt::format("there is no feature '{}'", name));
  }
  void add(const FamilyRules& family, int line, const std::string& what) {
    findings_.push_back(fmt::format("{}:{}: {}", family.path, line, what));
  }

  std::vector<std::string> findings_;
};

}  // namespace

std::span<const std::string_view> family_names() noexcept { return all_families; }

Result<FamilyRules> parse_rules(std::string_view path, std::string_view bytes) {
  try {
    FamilyRules out = parse_file(YAML::Load(std::string(bytes)));
    out.path = std::string(path);
    return out;
  } catch (const YAML::Exception& error) {
    return fail(ErrorKind::defect, fmt::format("{}:{}: {}", path, error.mark.line + 1, error.msg));
  } catch (const std::exception& error) {
    return fail(ErrorKind::defect, fmt::format("{}: {}", path, error.what()));
  }
}

Result<std::vector<FamilyRules>> builtin_rules() {
  std::vector<FamilyRules> all;
  for (const std::string_view name : all_families) {
    const std::string path = fmt::format("families/{}.yaml", name);
    const auto& files = embedded::costmodels();
    const auto found = std::ranges::find(files, path, &embedded::File::path);
    if (found == files.end()) return fail(ErrorKind::defect, fmt::format("{}: there is no such file", path));
    auto rules = parse_rules(path, found->bytes);
    if (!rules) return tl::unexpected(rules.error());
    all.push_back(std::move(*rules));
  }
  return all;
}

std::vector<std::string> lint_rules(std::span<const FamilyRules> all) {
  RuleLint lint;
  for (const FamilyRules& family : all) lint.check(family);
  return std::move(lint).take();
}

std::optional<bool> holds(const Rule& rule, const FeatureSet& features, std::vector<std::string>& unknown) {
  std::vector<std::string> missing;
  const Tally all = tally(rule.all, features, missing);
  const Tally any = tally(rule.any, features, missing);
  const Tally none = tally(rule.none, features, missing);
  if (all.holding + all.unknown < rule.all.size() || none.holding > 0) return false;
  if (!rule.any.empty() && any.holding + any.unknown == 0) return false;
  const bool any_held = rule.any.empty() || any.holding > 0;
  if (all.unknown == 0 && none.unknown == 0 && any_held) return true;
  unknown.insert(unknown.end(), missing.begin(), missing.end());
  return std::nullopt;
}

std::string fill_in(std::string_view says, const FeatureSet& features) {
  std::string out;
  while (!says.empty()) {
    const std::size_t open = says.find('{');
    out += says.substr(0, open);
    if (open == std::string_view::npos) break;
    const std::size_t close = says.find('}', open);
    if (close == std::string_view::npos) break;
    std::string_view name = says.substr(open + 1, close - open - 1);
    const bool as_percent = name.ends_with('%');
    if (as_percent) name.remove_suffix(1);
    const auto value = features.get(name);
    out += value ? figure(*value, as_percent) : "?";
    says.remove_prefix(close + 1);
  }
  return out;
}

}  // namespace costscan
