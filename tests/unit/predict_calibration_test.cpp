// Calibrations as files: what is written is read back, what is damaged is not believed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "predict/calibration.hpp"

namespace costscan {
namespace {

Calibration sample() {
  Calibration calibration;
  calibration.key = {"AMD EPYC (3rd) / \"x\"", "1.31.1", 2};
  calibration.mode = "quick";
  calibration.complete = true;
  calibration.made = "2026-11-21T21:40:00Z";
  calibration.seconds = 41.5;
  calibration.points = {{"gemm", {1, 64, 256}, "", CacheContext::warm, 32768, 66000, 65536, 64, 3.25, 0.02, 12},
                        {"gemm", {1, 64, 256}, "", CacheContext::cold_weights, 32768, 66000, 65536, 64, 9.5, 0.1, 12},
                        {"gemm", {2, 64, 256}, "Relu", CacheContext::warm, 65536, 67000, 65536, 128, 4.5, 0.02, 12}};
  calibration.residency = {{1e6, 6e10}, {6.4e7, 1.8e10}};
  calibration.profiler_bias_us = 1.65;
  calibration.dispatch_us = 1.2;
  calibration.compute_peaks = {{"float32", "AVX-512 FMA", 1.2e11}};
  calibration.copy_bandwidth = {{"L2", 5e5, 6e10}};
  calibration.stability = {8, 1.01, 1.04, true};
  calibration.warnings = {"load was high"};
  return calibration;
}

class CalibrationFile : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) /
              (std::string("calibration-") + testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_;
};

TEST_F(CalibrationFile, ComesBackAsWritten) {
  const Calibration calibration = sample();
  const auto file = calibration_file(folder_, calibration.key);
  ASSERT_TRUE(write_calibration(calibration, file).has_value());
  const auto found = find_calibration(calibration.key, folder_);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(calibration_json(*found), calibration_json(calibration));
  EXPECT_EQ(found->points.size(), 3U);
  EXPECT_EQ(found->points.front().coords, calibration.points.front().coords);
  EXPECT_THAT(std::vector(std::filesystem::directory_iterator(folder_), {}), testing::SizeIs(1)) << "no part is left";
}

TEST_F(CalibrationFile, IsFoundByItsWholeKey) {
  const Calibration calibration = sample();
  ASSERT_TRUE(write_calibration(calibration, calibration_file(folder_, calibration.key)).has_value());
  const CalibrationKey& key = calibration.key;
  EXPECT_FALSE(find_calibration({key.cpu, key.runtime_version, 1}, folder_).has_value());
  EXPECT_FALSE(find_calibration({key.cpu, "1.19.2", 2}, folder_).has_value());
  EXPECT_FALSE(find_calibration({"AMD EPYC 3rd x", key.runtime_version, 2}, folder_).has_value());
  EXPECT_TRUE(find_calibration({key.cpu, "", 2}, folder_).has_value()) << "any runtime where none was asked";
  EXPECT_FALSE(find_calibration(key, folder_ / "elsewhere").has_value());
}

TEST_F(CalibrationFile, OfAnyRuntimeTheNewestCounts) {
  Calibration calibration = sample();
  for (const auto& [version, made] : {std::pair{"1.19.2", "2026-11-22"}, std::pair{"1.31.1", "2026-11-21"}}) {
    calibration.key.runtime_version = version;
    calibration.made = made;
    ASSERT_TRUE(write_calibration(calibration, calibration_file(folder_, calibration.key)).has_value());
  }
  const auto found = find_calibration({calibration.key.cpu, "", 2}, folder_);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->key.runtime_version, "1.19.2");
}

TEST(CalibrationAge, IsKnownOfTimesInThePast) {
  const auto noon = std::chrono::system_clock::from_time_t(1'795'262'400);  // 2026-11-21T12:00:00Z, by date(1)
  EXPECT_EQ(age_seconds("2026-11-21T11:58:30Z", noon), 90.0);
  EXPECT_EQ(age_seconds("2026-11-19T12:00:00Z", noon), 2 * 86400.0);
  for (const char* made : {"2026-11-21T12:00:01Z", "2026-11-21", "yesterday", ""})
    EXPECT_EQ(age_seconds(made, noon), std::nullopt) << made;
}

TEST(CalibrationKeyFile, DiffersForNamesThatDifferInPunctuation) {
  EXPECT_NE(calibration_file("c", {"A (B)", "1", 1}), calibration_file("c", {"A [B]", "1", 1}));
  EXPECT_EQ(calibration_file("c", {"../x/y", "1", 1}).parent_path(), "c") << "a CPU's name is no path";
}

TEST(CalibrationText, DamageIsNamed) {
  const std::string whole = calibration_json(sample());
  struct Case {
    std::string text;
    const char* says;
  };
  const auto replaced = [&](const std::string& from, const std::string& to) {
    std::string text = whole;
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  Calibration mixed = sample();
  mixed.points[1].coords = {64, 256};
  for (const Case& given :
       {Case{"", "parse error"}, Case{calibration_json(mixed), "class 'gemm' differ in their number of coordinates"},
        Case{whole.substr(0, whole.size() / 2), "parse error"}, Case{"{}", "no calibration"}, Case{"[1]", ""},
        Case{replaced("\"version\":1", "\"version\":99"), "another version"},
        Case{replaced("\"cold_weights\"", "\"tepid\""), "unknown context 'tepid'"},
        Case{replaced("9.5", "-9.5"), "without time"},
        Case{replaced("\"threads\":2", "\"threads\":\"two\""), "type must be number"}}) {
    const auto read = parse_calibration(given.text);
    ASSERT_FALSE(read.has_value()) << given.says;
    EXPECT_EQ(read.error().kind, ErrorKind::input);
    EXPECT_THAT(read.error().message, testing::HasSubstr(given.says));
    EXPECT_THAT(read.error().message, testing::Not(testing::HasSubstr("\n")));
  }
}

TEST(CalibrationText, UnwritableFolderIsAnOutputError) {
  const auto written = write_calibration(sample(), "/dev/null/costscan/x.json");
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().kind, ErrorKind::output);
  EXPECT_THAT(written.error().message, testing::HasSubstr("/dev/null/costscan/x.json"));
}

}  // namespace
}  // namespace costscan
