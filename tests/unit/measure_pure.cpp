// The parts of measuring that need no runtime: statistics, schedule, names, machine conditions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <vector>

#include "measure/machine.hpp"
#include "measure/schedule.hpp"
#include "measure/statistics.hpp"
#include "measure/synthesize.hpp"
#include "measure/text.hpp"
#include "measure/worker.hpp"
#include "unit/measure_support.hpp"

namespace costscan {
namespace {

using test::Folder;

TEST(MeasureStatistics, MedianAndDeviation) {
  struct Case {
    std::vector<double> us;
    double median;
    double mad;
  };
  const Case cases[] = {
      {{}, 0, 0},
      {{7}, 7, 0},
      {{1, 3}, 2, 1},
      {{5, 1, 3}, 3, 2},
      {{4, 1, 2, 3}, 2.5, 1},       // deviations 1.5 1.5 0.5 0.5
      {{10, 10, 10, 1000}, 10, 0},  // one outlier moves neither
      {{1, 2, 3, 4, 100}, 3, 1},
  };
  for (const Case& one : cases) {
    const Samples samples = summarize(one.us);
    EXPECT_DOUBLE_EQ(samples.median, one.median) << ::testing::PrintToString(one.us);
    EXPECT_DOUBLE_EQ(samples.mad, one.mad) << ::testing::PrintToString(one.us);
    EXPECT_EQ(samples.us, one.us) << "raw samples stay as they were";
  }
}

TEST(MeasureSchedule, RunsFollowTheBudget) {
  struct Case {
    const char* what;
    double us;
    RunBudget budget;
    std::int32_t plain;
    std::int32_t profiled;
  };
  const Case cases[] = {
      {"2 s at 100 ms", 1e5, {10, 200, 2.0, 1000, 100}, 20, 20},
      {"short runs stop at the most", 100, {10, 200, 2.0, 1000, 100}, 200, 200},
      {"long runs keep the fewest", 1e6, {10, 200, 2.0, 1000, 100}, 10, 10},
      {"a limit that is near cuts them", 1e6, {10, 200, 2.0, 20, 100}, 5, 5},
      {"three remain even then", 1e7, {10, 200, 2.0, 20, 100}, 3, 3},
      {"one where one was asked for", 1e7, {1, 1, 2.0, 20, 100}, 1, 1},
      {"a profile of many nodes gets fewer runs", 1e4, {10, 200, 2.0, 1000, 10'000}, 200, 15},
      {"but three", 1e4, {10, 200, 2.0, 1000, 1'000'000}, 200, 3},
  };
  for (const Case& one : cases) {
    const RunPlan plan = plan_runs(one.us, one.budget);
    EXPECT_EQ(plan.plain_runs, one.plain) << one.what;
    EXPECT_EQ(plan.profiled_runs, one.profiled) << one.what;
    std::int32_t sum = 0;
    for (std::int32_t block = 0; block < plan.blocks; ++block) {
      const std::int32_t runs = runs_in_block(plan.profiled_runs, block, plan.blocks);
      EXPECT_GE(runs, 1) << one.what << ": an empty block";
      sum += runs;
    }
    EXPECT_EQ(sum, plan.profiled_runs) << one.what;
  }
}

TEST(MeasureSchedule, Warm) {
  EXPECT_FALSE(is_warm(std::vector<double>{}));
  EXPECT_FALSE(is_warm(std::vector<double>{100, 100})) << "two may agree by chance";
  EXPECT_TRUE(is_warm(std::vector<double>{900, 100, 101}));
  EXPECT_FALSE(is_warm(std::vector<double>{900, 100, 150}));
  EXPECT_TRUE(is_warm(std::vector<double>{1, 2, 1, 2, 1, 2, 1, 2, 1, 2})) << "never steady: ten runs are enough";
  EXPECT_TRUE(is_warm(std::vector<double>{2e6, 2.5e6})) << "long runs: three seconds are enough";
}

TEST(MeasureNames, EveryNodeGetsOneOfItsOwn) {
  onnx::ModelProto model = test::parse_model(R"(
    g (float[2] x, bool c) => (float[2] y) {
      a = Relu(x)
      b = Relu(a)
      d = Abs(b)
      y = If(c) <then_branch = t () => (float[2] e) { e = Abs(d) }, else_branch = f () => (float[2] h) { h = Neg(d) }>
    })");
  auto& nodes = *model.mutable_graph()->mutable_node();
  nodes[0].set_name("same");
  nodes[1].set_name("same");
  nodes[2].set_name("quo\"te\\");
  nodes[3].mutable_attribute(1)->mutable_g()->mutable_node(0)->set_name("same");
  name_every_node(model);
  EXPECT_EQ(nodes[0].name(), "same") << "the first of a name keeps it";
  EXPECT_EQ(nodes[1].name(), "same__2");
  EXPECT_EQ(nodes[2].name(), "quo_te_") << "the runtime writes names into JSON as they are";
  EXPECT_EQ(nodes[3].name(), "If_3");
  EXPECT_EQ(nodes[3].attribute(0).g().node(0).name(), "Abs_0");
  EXPECT_EQ(nodes[3].attribute(1).g().node(0).name(), "same__3");
}

TEST(MeasureNames, AMadeUpNameYieldsToAGivenOne) {
  onnx::ModelProto model = test::parse_model("g (float[2] x) => (float[2] z) { y = Relu(x)\n z = Relu(y) }");
  model.mutable_graph()->mutable_node(1)->set_name("Relu_0");
  name_every_node(model);
  EXPECT_EQ(model.graph().node(0).name(), "Relu_0__2");
  EXPECT_EQ(model.graph().node(1).name(), "Relu_0");
}

TEST(MeasureMachine, ReadsProcAndSys) {
  const Folder root;
  root.write("proc/cpuinfo", "processor\t: 0\nmodel name\t: Fast CPU @ 3 GHz\nmodel name\t: other\n");
  root.write("proc/meminfo", "MemTotal:       2048 kB\nMemFree: 1 kB\nMemAvailable:   1024 kB\n");
  root.write("proc/loadavg", "1.50 0.7 0.1 2/300 12345\n");
  root.write("etc/os-release", "NAME=x\nPRETTY_NAME=\"Some Linux 12\"\n");
  root.write("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n");
  root.write("sys/devices/system/cpu/cpu0/cache/index0/level", "1\n");
  root.write("sys/devices/system/cpu/cpu0/cache/index0/size", "48K\n");
  root.write("sys/devices/system/cpu/cpu0/cache/index0/type", "Data\n");
  root.write("sys/devices/system/cpu/cpu0/cache/index1/level", "2\n");
  root.write("sys/devices/system/cpu/cpu0/cache/index1/size", "2048K\n");
  root.write("sys/devices/system/cpu/cpu0/cache/index1/type", "Unified\n");
  const MachineInfo info = read_machine(root.path());
  EXPECT_EQ(info.cpu, "Fast CPU @ 3 GHz");
  EXPECT_EQ(info.memory_bytes, 2048 * 1024);
  EXPECT_DOUBLE_EQ(info.load_before, 1.5);
  EXPECT_THAT(info.os, ::testing::StartsWith("Some Linux 12"));
  EXPECT_EQ(info.governor, "powersave");
  EXPECT_THAT(info.caches, ::testing::ElementsAre("L1d 48 KiB", "L2 2 MiB"));
  EXPECT_EQ(available_memory(root.path()), 1024 * 1024);
  EXPECT_EQ(memory_ceiling(root.path()), 2048 * 1024);
  root.write("sys/fs/cgroup/memory.max", "max\n");
  EXPECT_EQ(memory_ceiling(root.path()), 2048 * 1024);
  root.write("sys/fs/cgroup/memory.max", "1000000\n");
  EXPECT_EQ(memory_ceiling(root.path()), 1000000);
}

TEST(MeasureMachine, AnUnreadableMachineIsEmptyNotWrong) {
  const Folder root;
  const MachineInfo info = read_machine(root.path());
  EXPECT_EQ(info.cpu, "");
  EXPECT_EQ(info.memory_bytes, 0);
  EXPECT_TRUE(info.caches.empty());
  EXPECT_DOUBLE_EQ(steal_fraction(read_cpu_times(root.path()), read_cpu_times(root.path())), 0);
}

TEST(MeasureMachine, StolenShare) {
  const Folder root;
  root.write("proc/stat", "cpu  100 0 50 800 0 0 0 50 7 0\ncpu0 1 2 3\n");
  const CpuTimes before = read_cpu_times(root.path());
  root.write("proc/stat", "cpu  150 0 60 820 0 0 0 70 9 0\ncpu0 1 2 3\n");
  // 20 of the 50 + 10 + 20 + 20 ticks since; guest time is in user time already.
  EXPECT_DOUBLE_EQ(steal_fraction(before, read_cpu_times(root.path())), 0.2);
}

TEST(MeasureMachine, WarnsWithAdvice) {
  Measurement quiet;
  quiet.machine.logical_cpus = 4;
  quiet.machine.governor = "performance";
  quiet.latency = summarize({100, 101, 99});
  EXPECT_THAT(condition_warnings(quiet), ::testing::IsEmpty());
  struct Case {
    const char* expected;
    std::function<void(Measurement&)> spoil;
  };
  const std::vector<double> steady = {100, 101, 99,  100, 102, 98,  100, 101, 99,
                                      100, 100, 101, 99,  100, 102, 98,  100, 99};
  const auto with = [&](auto change) {
    std::vector<double> us = steady;
    for (std::size_t i = 0; i < us.size(); ++i) us[i] = change(us[i], i);
    return summarize(us);
  };
  quiet.latency = with([](double us, std::size_t) { return us; });
  EXPECT_THAT(condition_warnings(quiet), ::testing::IsEmpty());
  const Case cases[] = {
      {"unsteady", [](Measurement& m) { m.latency = summarize({100, 150, 50, 90, 200}); }},
      {"drifts: the last third of the runs is 10% slower than the first",
       [&](Measurement& m) {
         m.latency = with([](double us, std::size_t i) { return us + (i < 6 ? 0 : i < 12 ? 5 : 11); });
       }},
      {"two speeds: 50% of the runs take about 108 us, the others about 100 us",
       [&](Measurement& m) { m.latency = with([](double us, std::size_t i) { return us + (i % 2 == 0 ? 8 : 0); }); }},
      {"1 of 18 runs took more than twice the median, up to 350",
       [&](Measurement& m) { m.latency = with([](double us, std::size_t i) { return i == 7 ? 350 : us; }); }},
      {"degrees", [](Measurement& m) { m.machine.temperature_after_c = 95; }},
      {"off its CPU 40 times in 18 runs", [](Measurement& m) { m.disturbance = Disturbance{40, 0, 0}; }},
      {"3 pages came from disk", [](Measurement& m) { m.disturbance = Disturbance{0, 3, 0}; }},
      {"quota held the process back for 12 ms", [](Measurement& m) { m.disturbance = Disturbance{0, 0, 12'000}; }},
      {"hypervisor", [](Measurement& m) { m.machine.steal_fraction = 0.2; }},
      {"busy", [](Measurement& m) { m.machine.load_before = 5; }},
      {"governor", [](Measurement& m) { m.machine.governor = "powersave"; }},
  };
  for (const Case& one : cases) {
    Measurement noisy = quiet;
    one.spoil(noisy);
    EXPECT_THAT(condition_warnings(noisy), ::testing::ElementsAre(::testing::HasSubstr(one.expected)));
  }
}

TEST(MeasureMachine, ConditionsBeforeAndAfter) {
  const Folder root;
  root.write("proc/loadavg", "0.25 0.1 0.0 1/100 4242\n");
  root.write("proc/cpuinfo", "cpu MHz\t\t: 2000.000\ncpu MHz\t\t: 3000.000\n");
  root.write("sys/class/thermal/thermal_zone0/type", "acpitz\n");
  root.write("sys/class/thermal/thermal_zone0/temp", "20000\n");
  root.write("sys/class/thermal/thermal_zone1/type", "x86_pkg_temp\n");
  root.write("sys/class/thermal/thermal_zone1/temp", "51000\n");
  root.write("sys/class/hwmon/hwmon3/name", "k10temp\n");
  root.write("sys/class/hwmon/hwmon3/temp1_input", "53500\n");
  root.write("sys/class/hwmon/hwmon4/name", "nvme\n");
  root.write("sys/class/hwmon/hwmon4/temp1_input", "70000\n");
  root.write("sys/fs/cgroup/cpu.stat", "usage_usec 5\nthrottled_usec 1200\n");
  MachineInfo info = read_machine(root.path());
  EXPECT_DOUBLE_EQ(info.temperature_before_c.value(), 53.5) << "the hottest of the CPU's own sensors";
  EXPECT_DOUBLE_EQ(info.clock_before_mhz.value(), 2500);
  EXPECT_DOUBLE_EQ(throttled_us(root.path()), 1200);
  root.write("proc/loadavg", "1.5 0.1 0.0 1/100 4242\n");
  root.write("sys/class/hwmon/hwmon3/temp1_input", "61000\n");
  read_conditions_after(info, root.path());
  EXPECT_DOUBLE_EQ(info.load_before, 0.25);
  EXPECT_DOUBLE_EQ(info.load_after.value(), 1.5);
  EXPECT_DOUBLE_EQ(info.temperature_after_c.value(), 61);
  const Folder empty;
  read_conditions_after(info, empty.path());
  EXPECT_FALSE(info.temperature_after_c || info.clock_after_mhz) << "unreadable is not 0";
}

TEST(MeasureSchedule, TheOrderOfSessionsIsRandomAndBalanced) {
  std::set<std::vector<bool>> seen;
  for (int repeat = 0; repeat < 200; ++repeat) {
    const std::vector<bool> order = random_order(5);
    ASSERT_EQ(order.size(), 5U);
    EXPECT_EQ(std::ranges::count(order, true), 3);
    seen.insert(order);
  }
  EXPECT_GT(seen.size(), 5U) << "of 10 possible ones";
  EXPECT_TRUE(random_order(0).empty());
}

TEST(MeasureText, OneLine) {
  EXPECT_EQ(one_line("  a\n\tb\r\n"), "a b");
  EXPECT_EQ(one_line("\x1b[0;93mwarn\x1b[m end"), "warn end");
  EXPECT_EQ(one_line(std::string(1000, 'x'), 50).size(), 53U) << "cut, and says so by dots";
}

TEST(WorkerErrors, AreRecognised) {
  EXPECT_EQ(status_of_error("std::bad_alloc", MeasureStatus::failed), MeasureStatus::out_of_memory);
  EXPECT_EQ(status_of_error("Failed to allocate memory for requested buffer of size 8", MeasureStatus::refused),
            MeasureStatus::out_of_memory);
  EXPECT_EQ(status_of_error("Could not find an implementation", MeasureStatus::refused), MeasureStatus::refused);
}

}  // namespace
}  // namespace costscan
