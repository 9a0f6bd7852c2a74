#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fingerprint/rules.hpp"

namespace costscan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(FamilyRules, BuiltInOnesAreClean) {
  const auto rules = builtin_rules();
  ASSERT_TRUE(rules) << rules.error().message;
  EXPECT_EQ(rules->size(), family_names().size());
  EXPECT_THAT(lint_rules(*rules), IsEmpty());
}

FamilyRules rules_of(const std::string& text) {
  const auto rules = parse_rules("families/vision.yaml", "family: vision\nsummary: s\nrules:\n" + text);
  EXPECT_TRUE(rules) << rules.error().message;
  return rules ? *rules : FamilyRules{};
}

struct LintCase {
  const char* rule;
  const char* finding;
};

TEST(FamilyRules, LintNamesTheLineAndWhatIsWrong) {
  const LintCase cases[] = {
      {"  - {all: [convs > 1], weight: 0, says: a, why: b}\n", "weight 0 is 0"},
      {"  - {all: [convs > 1], weight: 9, says: a, why: b}\n", "beyond"},
      {"  - {all: [convs > 1], weight: 1, says: '', why: b}\n", "says or why is empty"},
      {"  - {all: [colour > 1], weight: 1, says: a, why: b}\n", "no feature 'colour'"},
      {"  - {all: [convs > colour], weight: 1, says: a, why: b}\n", "no feature 'colour'"},
      {"  - {all: [convs > 1], weight: 1, says: '{colour%} of it', why: b}\n", "no feature 'colour'"},
      {"  - {none: [convs > 1], weight: 1, says: a, why: b}\n", "without a condition that has to hold"},
  };
  for (const LintCase& each : cases) {
    const FamilyRules rules = rules_of(each.rule);
    EXPECT_THAT(lint_rules({&rules, 1}),
                ElementsAre(testing::AllOf(HasSubstr("families/vision.yaml:4: "), HasSubstr(each.finding))))
        << each.rule;
  }
}

TEST(FamilyRules, WhatCannotBeReadIsNamedWithItsLine) {
  for (const char* text : {"rules: [{all: [convs 1], weight: 1, says: a, why: b}]", "rules: [{weight: 1, says: a}]",
                           "rules: [{all: [convs ~ 1], weight: 1, says: a, why: b}]", "colour: red\nrules: []",
                           "rules: [{all: [convs > 1 2], weight: 1, says: a, why: b}]", "rules: ["}) {
    const auto rules = parse_rules("families/vision.yaml", std::string("family: vision\nsummary: s\n") + text);
    ASSERT_FALSE(rules) << text;
    EXPECT_THAT(rules.error().message, testing::StartsWith("families/vision.yaml:")) << text;
    EXPECT_EQ(rules.error().message.find('\n'), std::string::npos);
  }
}

/// convs = 3, matmuls unknown.
FeatureSet three_convs() {
  FeatureSet features;
  features.set("convs", 3);
  features.set("flops_conv", 0.9375);
  return features;
}

struct HoldsCase {
  const char* conditions;
  std::optional<bool> holds;
};

TEST(FamilyRules, WhatIsNotKnownIsNeitherTrueNorFalse) {
  const HoldsCase cases[] = {
      {"all: [convs >= 3]", true},
      {"all: [convs > 3]", false},
      {"all: [convs == 3, convs != 2, convs <= 3, convs < 4]", true},
      {"all: [matmuls > 1]", std::nullopt},
      {"all: [convs > 3, matmuls > 1]", false},
      {"all: [convs > matmuls]", std::nullopt},
      {"any: [convs > 5, matmuls > 1]", std::nullopt},
      {"any: [convs > 1, matmuls > 1]", true},
      {"any: [convs > 5, convs > 6]", false},
      {"all: [convs > 1], none: [convs > 2]", false},
      {"all: [convs > 1], none: [matmuls > 2]", std::nullopt},
      {"all: [convs > 1], any: [convs > 2], none: [convs > 3]", true},
  };
  for (const HoldsCase& each : cases) {
    const FamilyRules rules = rules_of(std::string("  - {") + each.conditions + ", weight: 1, says: a, why: b}\n");
    std::vector<std::string> unknown;
    EXPECT_EQ(holds(rules.rules.front(), three_convs(), unknown), each.holds) << each.conditions;
    EXPECT_EQ(unknown.empty(), each.holds.has_value()) << each.conditions;
  }
}

TEST(FamilyRules, NumbersAreFilledIn) {
  EXPECT_EQ(fill_in("{convs} convolutions with {flops_conv%} of the work, {matmuls} products", three_convs()),
            "3 convolutions with 93.8% of the work, ? products");
  EXPECT_EQ(fill_in("nothing to fill in", three_convs()), "nothing to fill in");
}

}  // namespace
}  // namespace costscan
