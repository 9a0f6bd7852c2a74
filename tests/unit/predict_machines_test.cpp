// The machine files: each says where its numbers come from, and the right one is chosen.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "predict/predict.hpp"

namespace costscan {
namespace {

TEST(Machines, AreAllListedAndUsable) {
  const auto listed = list_machines();
  ASSERT_TRUE(listed) << listed.error().message;
  std::size_t files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(COSTSCAN_SOURCE_DIR) / "costmodels/machines")) {
    files += entry.path().extension() == ".yaml" ? 1U : 0U;
  }
  EXPECT_EQ(listed->size(), files);
  for (const MachineListing& machine : *listed) {
    EXPECT_FALSE(machine.summary.empty()) << machine.name;
    EXPECT_FALSE(machine.source.empty()) << machine.name;
    const auto rates = machine_rates(machine.name);
    ASSERT_TRUE(rates) << rates.error().message;
    EXPECT_EQ(rates->name, machine.name);
    // Between a microcontroller and a rack: a slipped unit leaves this range.
    EXPECT_GT(rates->flops_per_second, 1e9) << machine.name;
    EXPECT_LT(rates->flops_per_second, 1e16) << machine.name;
    EXPECT_GT(rates->bytes_per_second, 1e9) << machine.name;
    EXPECT_LT(rates->bytes_per_second, 1e14) << machine.name;
    EXPECT_GT(rates->dispatch_us, 0.01) << machine.name;
    EXPECT_LT(rates->dispatch_us, 100) << machine.name;
  }
}

TEST(Machines, AnUnknownNameIsAUsageErrorThatNamesTheKnownOnes) {
  for (const char* name : {"no-such-machine", "", "../onnx/Conv", "generic-cpu.yaml"}) {
    const auto rates = machine_rates(name);
    ASSERT_FALSE(rates) << name;
    EXPECT_EQ(rates.error().kind, ErrorKind::usage);
    EXPECT_NE(rates.error().message.find("generic-cpu"), std::string::npos);
    EXPECT_EQ(rates.error().message.find('\n'), std::string::npos);
  }
}

Measurement with_roofs(double flops, double bytes, double dispatch) {
  Measurement measurement;
  measurement.runtime_version = "1.31.1";
  measurement.roofs = MeasuredRoofs{flops, bytes, dispatch};
  return measurement;
}

TEST(ChooseRates, PrefersTheNamedThenTheMeasuredThenTheGenericMachine) {
  EXPECT_EQ(choose_rates({}, "").value().name, "generic-cpu");
  EXPECT_EQ(choose_rates(with_roofs(5e10, 1e10, 1.5), "nvidia-h100-sxm").value().name, "nvidia-h100-sxm");
  const MachineRates measured = choose_rates(with_roofs(5e10, 1e10, 1.5), "").value();
  EXPECT_EQ(measured.name, "measured here");
  EXPECT_DOUBLE_EQ(measured.flops_per_second, 5e10);
  EXPECT_DOUBLE_EQ(measured.bytes_per_second, 1e10);
  EXPECT_DOUBLE_EQ(measured.dispatch_us, 1.5);
  EXPECT_NE(measured.source.find("1.31.1"), std::string::npos);
}

TEST(ChooseRates, DoesNotUseRoofsThatAreNoRates) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (const auto& roofs :
       {with_roofs(0, 1e10, 1), with_roofs(1e10, -1, 1), with_roofs(nan, 1e10, 1), with_roofs(1e10, infinity, 1)}) {
    EXPECT_EQ(choose_rates(roofs, "").value().name, "generic-cpu");
  }
  EXPECT_EQ(choose_rates(with_roofs(1e10, 1e10, nan), "").value().dispatch_us, 0);
}

TEST(ChooseRates, RefusesAnUnknownNameEvenWithRoofs) {
  EXPECT_FALSE(choose_rates(with_roofs(5e10, 1e10, 1.5), "no-such-machine"));
}

}  // namespace
}  // namespace costscan
