// Journal, statistics and what they add up to: no runtime.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "calibrate/bench.hpp"
#include "calibrate/calibrate.hpp"
#include "calibrate/journal.hpp"
#include "calibrate/kept.hpp"
#include "calibrate/peak_kernels.hpp"
#include "calibrate/peaks.hpp"
#include "calibrate/worker.hpp"
#include "unit/measure_support.hpp"

namespace costscan::calibrate {
namespace {

using test::Folder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

CalibrationPoint point(const std::string& rate_class, std::vector<double> coords, double us,
                       CacheContext context = CacheContext::warm) {
  CalibrationPoint out;
  out.rate_class = rate_class;
  out.coords = std::move(coords);
  out.context = context;
  out.work = 1000;
  out.bytes = 500;
  out.us = us;
  out.samples = 10;
  return out;
}

JournalEntry entry(const std::string& step, std::vector<CalibrationPoint> points) {
  JournalEntry out;
  out.step = step;
  out.seconds = 0.5;
  out.found.points = std::move(points);
  return out;
}

struct CentreCase {
  std::vector<double> us;
  double centre;
  double spread;
};

class CalibrateCentre : public ::testing::TestWithParam<CentreCase> {};

TEST_P(CalibrateCentre, IsTheMeanOfTheMiddleHalf) {
  const Centre centre = centre_of(GetParam().us);
  EXPECT_DOUBLE_EQ(centre.us, GetParam().centre);
  EXPECT_DOUBLE_EQ(centre.spread, GetParam().spread);
}

INSTANTIATE_TEST_SUITE_P(Samples, CalibrateCentre,
                         ::testing::Values(CentreCase{{}, 0, 0}, CentreCase{{7}, 7, 0}, CentreCase{{4, 6}, 5, 0.4},
                                           CentreCase{{1, 5, 7, 99}, 6, 2.0 / 6},
                                           CentreCase{{3, 3, 3, 4, 4, 50}, 3.5, 1 / 3.5},
                                           CentreCase{{9, 1, 2, 2, 3, 3, 2, 100}, 2.5, 1 / 2.5}));

TEST(CalibrateMerge, JoinsWhatAPredictionCannotTellApart) {
  const auto merged = merge_points({point("gemm", {1, 2, 3}, 10), point("view", {1}, 2), point("gemm", {1, 2, 3}, 14),
                                    point("gemm", {1, 2, 3}, 12), point("gemm", {1, 2, 4}, 50),
                                    point("gemm", {1, 2, 3}, 30, CacheContext::cold_weights)});
  ASSERT_EQ(merged.size(), 4U);
  EXPECT_EQ(merged[0].us, 12);
  EXPECT_EQ(merged[0].samples, 30);
  EXPECT_NEAR(merged[0].spread, 4.0 / 12, 1e-9);
  EXPECT_EQ(merged[1].coords, (std::vector<double>{1, 2, 4}));
  EXPECT_EQ(merged[2].context, CacheContext::cold_weights);
  EXPECT_EQ(merged[3].rate_class, "view");
}

TEST(CalibrateJournal, KeepsWhatIsWritten) {
  const Folder folder;
  const auto file = folder / "a.journal";
  ASSERT_TRUE(open_journal(file, "plan-1", false));
  ASSERT_TRUE(append_entry(file, entry("0/gemm/warm/1", {point("gemm", {8, 16, 32}, 12.25)})));
  JournalEntry refused;
  refused.step = "1/int8/warm/2";
  refused.refused = {"QGemm/1x2x3: not \"implemented\""};
  ASSERT_TRUE(append_entry(file, refused));
  ASSERT_TRUE(open_journal(file, "plan-1", false));
  const auto read = read_journal(file);
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ((*read)[0].step, "0/gemm/warm/1");
  EXPECT_EQ((*read)[0].seconds, 0.5);
  ASSERT_EQ((*read)[0].found.points.size(), 1U);
  EXPECT_EQ((*read)[0].found.points[0].us, 12.25);
  EXPECT_EQ((*read)[0].found.points[0].coords, (std::vector<double>{8, 16, 32}));
  EXPECT_EQ((*read)[1].refused, refused.refused);
}

/// Every place where a kill can cut the last line.
TEST(CalibrateJournal, LosesOnlyTheLineThatAKillCut) {
  const Folder folder;
  const auto file = folder / "a.journal";
  ASSERT_TRUE(open_journal(file, "plan-1", false));
  ASSERT_TRUE(append_entry(file, entry("first", {point("gemm", {1, 2, 3}, 1)})));
  const auto whole = std::filesystem::file_size(file);
  ASSERT_TRUE(append_entry(file, entry("second", {point("gemm", {4, 5, 6}, 2)})));
  const auto end = std::filesystem::file_size(file);
  for (auto cut = whole + 1; cut + 1 < end; cut += 31) {
    const auto copy = folder / "cut.journal";
    std::filesystem::copy_file(file, copy, std::filesystem::copy_options::overwrite_existing);
    std::filesystem::resize_file(copy, cut);
    ASSERT_TRUE(open_journal(copy, "plan-1", false));
    ASSERT_TRUE(append_entry(copy, entry("third", {})));
    const auto read = read_journal(copy);
    ASSERT_TRUE(read);
    std::vector<std::string> steps;
    for (const JournalEntry& each : *read) steps.push_back(each.step);
    EXPECT_THAT(steps, ElementsAre("first", "third")) << "cut at " << cut;
  }
}

TEST(CalibrateJournal, StartsAnewForAnotherPlanAndByForce) {
  const Folder folder;
  for (const auto& [plan, afresh, kept] : std::vector<std::tuple<std::string, bool, std::size_t>>{
           {"plan-1", false, 1}, {"plan-2", false, 0}, {"plan-1", true, 0}}) {
    const auto file = folder / "a.journal";
    ASSERT_TRUE(open_journal(file, "plan-1", true));
    ASSERT_TRUE(append_entry(file, entry("first", {})));
    ASSERT_TRUE(open_journal(file, plan, afresh));
    const auto read = read_journal(file);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->size(), kept) << plan;
  }
}

TEST(CalibrateJournal, SurvivesAFileThatIsNone) {
  const Folder folder;
  for (const std::string text : {"", "\n", "garbage", "[1,2]\n{}\n", "{\"format\":1}\n{\"step\":3,\"found\":{}}\n"}) {
    const auto file = folder.write("odd.journal", text);
    ASSERT_TRUE(open_journal(file, "plan-1", false)) << text;
    const auto read = read_journal(file);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(read->size(), 0U) << text;
  }
  const auto unwritable = open_journal(folder / "absent/a.journal", "plan-1", false);
  ASSERT_FALSE(unwritable);
  EXPECT_EQ(unwritable.error().kind, ErrorKind::output);
}

struct StabilityCase {
  std::string name;
  std::vector<std::vector<double>> us;  ///< by repeat, then by node
  std::int32_t points;
  double drift;
  double p90;
  bool steady;
};

class CalibrateStability : public ::testing::TestWithParam<StabilityCase> {};

TEST_P(CalibrateStability, ComparesTheRepeats) {
  std::vector<std::vector<CalibrationPoint>> repeats;
  for (const auto& us : GetParam().us) {
    auto& repeat = repeats.emplace_back();
    for (std::size_t i = 0; i < us.size(); ++i) repeat.push_back(point("gemm", {static_cast<double>(i + 1)}, us[i]));
  }
  const CalibrationStability found = stability_of(repeats);
  EXPECT_EQ(found.points, GetParam().points);
  EXPECT_NEAR(found.median_ratio, GetParam().drift, 1e-9);
  EXPECT_NEAR(found.p90_ratio, GetParam().p90, 1e-9);
  EXPECT_EQ(found.steady, GetParam().steady);
}

INSTANTIATE_TEST_SUITE_P(
    Repeats, CalibrateStability,
    ::testing::Values(StabilityCase{"none", {}, 0, 1, 1, true}, StabilityCase{"once", {{10, 20}}, 0, 1, 1, true},
                      StabilityCase{"same", {{10, 20}, {10, 20}, {10, 20}}, 2, 1, 1, true},
                      StabilityCase{"short nodes do not count", {{1, 20}, {2, 20}}, 1, 1, 1, true},
                      StabilityCase{"drifts", {{10, 20, 30}, {12, 24, 36}, {15, 30, 45}}, 3, 1.5, 1.5, false},
                      StabilityCase{"one outlier of three", {{10, 20, 30}, {10, 20, 60}}, 3, 1, 2, false},
                      StabilityCase{"small drift", {{100, 200}, {102, 204}}, 2, 1.02, 1.02, true}),
    [](const auto& made) {
      std::string name = made.param.name;
      std::ranges::replace(name, ' ', '_');
      return name;
    });

TEST(CalibrateAssemble, PutsTheStepsTogether) {
  JournalEntry overhead = entry("overhead", {});
  overhead.found.profiler_bias_us = 1.5;
  overhead.found.dispatch_us = 0.75;
  JournalEntry ladder = entry("residency", {});
  ladder.found.residency = {{1e6, 6e10}, {6e7, 2e10}};
  JournalEntry refused = entry("1/int8/warm/3", {});
  refused.refused = {"QGemm/1x2x3: not implemented"};
  const Calibration all =
      assemble({overhead, ladder, entry("0/gemm/warm/1", {point("gemm", {1, 2, 3}, 10)}), refused,
                entry("0/gemm/warm/1", {point("gemm", {9, 9, 9}, 99)})},  // the same step twice counts once
               4);
  EXPECT_TRUE(all.complete);
  EXPECT_EQ(all.points.size(), 1U);
  EXPECT_EQ(all.residency.size(), 2U);
  EXPECT_EQ(all.profiler_bias_us, 1.5);
  EXPECT_EQ(all.dispatch_us, 0.75);
  EXPECT_EQ(all.seconds, 2.0);
  EXPECT_THAT(all.warnings, ElementsAre(HasSubstr("QGemm/1x2x3: not implemented")));
  const Calibration cut = assemble({overhead}, 4);
  EXPECT_FALSE(cut.complete);
  EXPECT_THAT(cut.warnings, ElementsAre(HasSubstr("1 of 4 steps")));
}

TEST(CalibratePeaks, TakesEachLevelsRate) {
  const CacheSizes caches{32 << 10, 1 << 20, 32 << 20};
  const std::vector<CopyRate> rates{{16 << 10, 9e10},  {32 << 10, 1e11}, {64 << 10, 8e10},
                                    {256 << 10, 7e10}, {1 << 20, 6e10},  {4 << 20, 5e10},
                                    {16 << 20, 4e10},  {64 << 20, 3e10}, {256 << 20, 1e10}};
  const auto levels = copy_levels(rates, 1, caches);
  ASSERT_EQ(levels.size(), 4U);
  EXPECT_EQ(levels[0].level, "L1");
  EXPECT_EQ(levels[0].bytes_per_second, 1e11);
  EXPECT_EQ(levels[1].level, "L2");
  EXPECT_EQ(levels[1].bytes_per_second, 8e10);
  EXPECT_EQ(levels[2].level, "L3");
  EXPECT_EQ(levels[2].bytes_per_second, 5e10);
  EXPECT_EQ(levels[3].level, "DRAM");
  EXPECT_EQ(levels[3].bytes_per_second, 1e10);
  // Two threads share a footprint, but not their own caches.
  EXPECT_EQ(copy_levels({{64 << 10, 1e11}}, 2, caches).front().level, "L1");
  // A system that does not tell its caches has memory only.
  ASSERT_EQ(copy_levels(rates, 1, {}).size(), 1U);
  EXPECT_EQ(copy_levels(rates, 1, {}).front().level, "DRAM");
}

TEST(CalibrateCaches, AreReadFromTheKernelsList) {
  const Folder folder;
  const std::string cache = "sys/devices/system/cpu/cpu0/cache/index";
  for (const auto& [index, level, type, size] :
       std::vector<std::tuple<std::string, std::string, std::string, std::string>>{{"0", "1", "Data", "48K"},
                                                                                   {"1", "1", "Instruction", "32K"},
                                                                                   {"2", "2", "Unified", "2048K"},
                                                                                   {"3", "3", "Unified", "30M"}}) {
    folder.write(cache + index + "/level", level + "\n");
    folder.write(cache + index + "/type", type + "\n");
    folder.write(cache + index + "/size", size + "\n");
  }
  const CacheSizes sizes = read_cache_sizes(folder.path());
  EXPECT_EQ(sizes.l1, 48 << 10);
  EXPECT_EQ(sizes.l2, 2048 << 10);
  EXPECT_EQ(sizes.l3, 30 << 20);
}

TEST(CalibratePeaks, HasOneKernelForEachType) {
  std::set<std::string_view> types;
  for (const PeakKernel& kernel : usable_peak_kernels()) {
    EXPECT_TRUE(types.insert(kernel.dtype).second) << kernel.dtype;
    EXPECT_GT(kernel.operations_per_round, 0);
    kernel.run(10);  // the CPU can execute it
  }
  EXPECT_TRUE(types.contains("float32"));
}

TEST(CalibrateSteps, RepeatTheSampleAtStartMiddleAndEnd) {
  std::vector<Batch> batches(4);
  for (std::size_t i = 0; i < batches.size(); ++i) batches[i].id = std::to_string(i);
  EXPECT_THAT(steps_of(batches), ElementsAre("overhead", "stability/start", "peaks", "residency", "0", "1",
                                             "stability/middle", "2", "3", "stability/end"));
}

TEST(CalibrateKept, ListsWhatCanBeRead) {
  const Folder folder;
  Calibration calibration;
  calibration.key = {"Some CPU", "1.31.1", 2};
  calibration.mode = "quick";
  calibration.complete = true;
  calibration.made = "2026-01-02T03:04:05Z";
  ASSERT_TRUE(write_calibration(calibration, calibration_file(folder.path(), calibration.key)));
  folder.write("broken.json", "{");
  folder.write("a.quick.journal", "{}");
  const auto kept = kept_calibrations(folder.path());
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(title_of(kept.front().calibration),
            "Some CPU · ONNX Runtime 1.31.1 · 2 threads · quick, 2026-01-02T03:04:05Z");
  EXPECT_TRUE(kept_calibrations(folder / "absent").empty());
}

}  // namespace
}  // namespace costscan::calibrate
