// Real runs, cut short: what is written, gone on with, and left out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "calibrate/calibrate.hpp"
#include "calibrate/journal.hpp"
#include "calibrate/worker.hpp"
#include "unit/measure_support.hpp"

namespace costscan::calibrate {
namespace {

using test::Folder;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;

/// A worker that is this very test program, in a folder of the test's own.
CalibrateOptions short_options(const Folder& folder) {
  CalibrateOptions options;
  options.worker = std::filesystem::read_symlink("/proc/self/exe");
  options.folder = folder.path() / "kept";
  options.mode = Mode::quick;
  options.seconds = 1;  // what holds for all nodes is measured however long it takes
  return options;
}

std::set<std::string> classes_of(const Calibration& calibration) {
  std::set<std::string> out;
  for (const CalibrationPoint& point : calibration.points) out.insert(point.rate_class);
  return out;
}

TEST(CalibrateRun, AShortRunIsUsableAndGoneOnWith) {
  SKIP_WITHOUT_RUNTIME();
  const Folder folder;
  std::vector<Progress> seen;
  CalibrateOptions options = short_options(folder);
  options.progress = [&](const Progress& progress) { seen.push_back(progress); };
  const auto first = calibrate(options);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_FALSE(first->calibration.complete);
  EXPECT_EQ(first->resumed_at, 0U);
  EXPECT_THAT(first->calibration.warnings, Contains(HasSubstr("run it again to go on")));
  EXPECT_GT(first->calibration.residency.size(), 5U);
  EXPECT_GT(first->calibration.dispatch_us, 0);
  EXPECT_FALSE(first->calibration.compute_peaks.empty());
  EXPECT_THAT(classes_of(first->calibration), Contains("gemm"));
  for (const CalibrationPoint& point : first->calibration.points) {
    EXPECT_GT(point.samples, 0) << point.rate_class;
    for (const double coordinate : point.coords) EXPECT_GE(coordinate, 1) << point.rate_class;
  }
  EXPECT_FALSE(seen.empty());
  const auto kept = read_calibration(first->file);
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_EQ(kept->points.size(), first->calibration.points.size());
  EXPECT_EQ(kept->fits.size(), first->calibration.fits.size());
  options.seconds = 2.5;
  const auto second = calibrate(options);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_GE(second->resumed_at, 4U);
  EXPECT_GE(second->calibration.points.size(), first->calibration.points.size());
}

TEST(CalibrateRun, ACrashCostsItsOwnStep) {
  SKIP_WITHOUT_RUNTIME();
  const Folder folder;
  CalibrateOptions options = short_options(folder);
  options.fault = "crash@overhead";
  const auto outcome = calibrate(options);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->calibration.dispatch_us, 0);
  EXPECT_FALSE(outcome->calibration.residency.empty());
  EXPECT_THAT(outcome->calibration.warnings, Contains(AllOf(HasSubstr("overhead"), HasSubstr("crashed (SIGSEGV)"))));
}

TEST(CalibrateRun, SaysThatThereIsNoRuntime) {
  const Folder folder;
  CalibrateOptions options = short_options(folder);
  options.runtime_library = folder / "libabsent.so";
  const auto outcome = calibrate(options);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::measurement);
  EXPECT_THAT(outcome.error().message, HasSubstr("libabsent.so"));
}

TEST(CalibrateRun, SaysThatItsFolderCannotBeWritten) {
  SKIP_WITHOUT_RUNTIME();
  const Folder folder;
  CalibrateOptions options = short_options(folder);
  options.folder = folder.write("file", "in the way") / "kept";
  const auto outcome = calibrate(options);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::output);
  EXPECT_THAT(outcome.error().message, HasSubstr("XDG_CACHE_HOME"));
}

}  // namespace
}  // namespace costscan::calibrate
