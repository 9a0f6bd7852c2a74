#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fingerprint/fingerprint.hpp"
#include "unit/fingerprint_zoo.hpp"

namespace costscan {
namespace {

std::string features_text(const Fingerprint& model) {
  std::string out;
  for (std::size_t i = 0; i < feature_specs().size(); ++i) {
    if (model.features.at(i).value_or(0) != 0)
      out += fmt::format("{}={:.4g} ", feature_specs()[i].name, *model.features.at(i));
  }
  return out;
}

std::string scores_text(const Fingerprint& model) {
  std::string out;
  for (const FamilyScore& family : model.families) {
    out += fmt::format("\n  {} {:.1f}:", family.family, family.score);
    for (const Evidence& each : family.evidence) out += fmt::format(" [{:+.1f} {}]", each.weight, each.says);
  }
  return out;
}

class FingerprintZoo : public testing::TestWithParam<test::ZooCase> {};

TEST_P(FingerprintZoo, FamilyIsTold) {
  test::Net net;
  GetParam().build(net);
  const Analysis analysis = test::static_analysis(net.model());
  ASSERT_NE(analysis.shaped, nullptr);
  for (const std::string& warning : analysis.shaped->warnings) ADD_FAILURE() << warning;
  const auto found = fingerprint(analysis);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_THAT(found->family(), testing::AnyOf(std::string(GetParam().family), std::string(GetParam().also)))
      << scores_text(*found) << "\n"
      << features_text(*found);
  EXPECT_FALSE(found->families.front().evidence.empty());
  EXPECT_GT(found->confidence(), 0.5) << scores_text(*found);
}

std::string case_name(const testing::TestParamInfo<test::ZooCase>& info) {
  std::string out;
  for (const char c : info.param.name) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) out += c;
  }
  return out;
}

INSTANTIATE_TEST_SUITE_P(Images, FingerprintZoo, testing::ValuesIn(test::zoo_of_images()), case_name);
INSTANTIATE_TEST_SUITE_P(Sequences, FingerprintZoo, testing::ValuesIn(test::zoo_of_sequences()), case_name);
INSTANTIATE_TEST_SUITE_P(Confusable, FingerprintZoo, testing::ValuesIn(test::zoo_of_confusable_things()), case_name);
INSTANTIATE_TEST_SUITE_P(Others, FingerprintZoo, testing::ValuesIn(test::zoo_of_other_things()), case_name);

}  // namespace
}  // namespace costscan
