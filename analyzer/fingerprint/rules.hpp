// The rules by which a family is told, as data (costmodels/families/FAMILY.yaml): conditions on features, how much each
// says, and why.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fingerprint/features.hpp"
#include "model/result.hpp"

namespace costscan {

enum class FeatureComparison { less, less_equal, equal, not_equal, greater_equal, greater };

/// "flops_conv >= 0.5", "causal > attention": a feature against a number or another feature.
struct Condition {
  std::string feature;
  FeatureComparison comparison = FeatureComparison::equal;
  std::variant<double, std::string> operand = 0.0;
};

/// Holds where all of `all`, one of `any` (where there are any) and none of `none` do.
struct Rule {
  std::vector<Condition> all;
  std::vector<Condition> any;
  std::vector<Condition> none;
  double weight = 0;
  std::string says;  ///< {feature} stands for its value, {feature%} for it as a percentage
  std::string why;
  int line = 0;
};

struct FamilyRules {
  std::string path;  ///< "families/llm.yaml"
  std::string family;
  std::string summary;
  double base = 0;  ///< the score before any rule
  std::string base_why;
  std::vector<Rule> rules;
};

/// Every family that a model can be told to be, in the order in which they are listed.
[[nodiscard]] std::span<const std::string_view> family_names() noexcept;

/// The built-in rules, by family_names(). Error (defect) names the file and the line.
[[nodiscard]] Result<std::vector<FamilyRules>> builtin_rules();

/// One file. Error (defect): `path:line: what`.
[[nodiscard]] Result<FamilyRules> parse_rules(std::string_view path, std::string_view bytes);

/// Problems of the data: features that do not exist, rules without a reason or an effect, weights beyond what the scale
/// means; `path:line: what`. Empty when clean.
[[nodiscard]] std::vector<std::string> lint_rules(std::span<const FamilyRules> all);

/// Whether a rule holds; nullopt: a feature that decides it is not known, and is added to `unknown`.
[[nodiscard]] std::optional<bool> holds(const Rule& rule, const FeatureSet& features,
                                        std::vector<std::string>& unknown);

/// Rule::says with this model's numbers.
[[nodiscard]] std::string fill_in(std::string_view says, const FeatureSet& features);

}  // namespace costscan
