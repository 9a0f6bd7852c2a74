#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "fingerprint/rules.hpp"
#include "fingerprint/study.hpp"
#include "patterns/pattern.hpp"
#include "unit/fingerprint_zoo.hpp"

namespace costscan {
namespace {

Fingerprint plain_fingerprint(const std::string& name, double branching, double ratio) {
  Fingerprint out;
  out.model = name;
  out.families = {{"other", 1, 1, {}, {}}};
  out.features.set("branching", branching);
  out.features.set("matmul_conv_ratio", ratio);
  return out;
}

ReferenceModel plain_reference(const std::string& name, double branching, double ratio) {
  return {name, "other", plain_fingerprint(name, branching, ratio).features};
}

/// References at -1, 0, 1 along the one feature and -2, 0, 2 along the other: deviations sqrt(2/3) and 2 sqrt(2/3). So
/// a model in (0, 1) is sqrt((0 + (1 / (2 sqrt(2/3)))^2) / 2) from the middle one.
TEST(FingerprintStudy, DistancesAreOfStandardisedFeatures) {
  const FingerprintStudy study = study_fingerprints(
      {plain_fingerprint("asked", 0, 1)},
      {plain_reference("low", -1, -2), plain_reference("middle", 0, 0), plain_reference("high", 1, 2)});
  ASSERT_EQ(study.nearest.front().size(), 3U);
  EXPECT_EQ(study.nearest.front()[0].model, "middle");
  EXPECT_NEAR(study.nearest.front()[0].distance, std::sqrt(std::pow(0.5 / std::sqrt(2.0 / 3), 2) / 2), 1e-12);
  EXPECT_EQ(study.nearest.front()[1].model, "high");
  EXPECT_EQ(study.nearest.front()[2].model, "low");
}

TEST(FingerprintStudy, AModelIsNotItsOwnNeighbour) {
  const FingerprintStudy study = study_fingerprints({plain_fingerprint("low", -1, -2)},
                                                    {plain_reference("low", -1, -2), plain_reference("high", 1, 2)});
  ASSERT_EQ(study.nearest.front().size(), 1U);
  EXPECT_EQ(study.nearest.front()[0].model, "high");
}

/// Points on a line: one component shows all of them, in their order and distance.
TEST(FingerprintStudy, PointsOnALineStayOnIt) {
  const FingerprintStudy study = study_fingerprints(
      {plain_fingerprint("a", 0, 0), plain_fingerprint("b", 1, 2), plain_fingerprint("c", 3, 6)}, {});
  ASSERT_EQ(study.places.size(), 3U);
  EXPECT_NEAR(study.shown, 1, 1e-12);
  EXPECT_NEAR((study.places[2].x - study.places[1].x) / (study.places[1].x - study.places[0].x), 2, 1e-9);
  for (const MapPoint& place : study.places) EXPECT_NEAR(place.y, 0, 1e-9);
}

TEST(FingerprintStudy, TwoModelsMakeNoMap) {
  const FingerprintStudy study = study_fingerprints({plain_fingerprint("a", 0, 0), plain_fingerprint("b", 1, 2)}, {});
  EXPECT_TRUE(study.places.empty());
  EXPECT_EQ(study.nearest.size(), 2U);
}

TEST(Features, EveryColumnHasAValueInSomeModel) {
  std::set<std::string> missing;
  for (const FeatureSpec& spec : feature_specs()) missing.insert(spec.name);
  for (const auto& zoo : {test::zoo_of_images(), test::zoo_of_sequences(), test::zoo_of_other_things()}) {
    for (const test::ZooCase& each : zoo) {
      test::Net net;
      each.build(net);
      const auto found = fingerprint(test::static_analysis(net.model()));
      ASSERT_TRUE(found);
      for (std::size_t i = 0; i < feature_specs().size(); ++i) {
        if (found->features.at(i)) missing.erase(feature_specs()[i].name);
      }
    }
  }
  EXPECT_THAT(missing, testing::IsEmpty());
}

TEST(Features, OnePerDetectorAndEachOnce) {
  std::set<std::string> names;
  for (const FeatureSpec& spec : feature_specs()) {
    EXPECT_TRUE(names.insert(spec.name).second) << spec.name;
    EXPECT_FALSE(spec.summary.empty()) << spec.name;
  }
  for (const Pattern& pattern : patterns()) EXPECT_TRUE(names.contains("pattern_" + std::string(pattern.name)));
}

TEST(References, AreReadAndOfKnownFamilies) {
  const auto references = builtin_references();
  ASSERT_TRUE(references) << references.error().message;
  EXPECT_GT(references->size(), 40U);
  for (const ReferenceModel& each : *references) {
    EXPECT_THAT(family_names(), testing::Contains(each.family)) << each.model;
    EXPECT_GT(each.features.get("nodes").value_or(0), 0) << each.model;
  }
}

}  // namespace
}  // namespace costscan
