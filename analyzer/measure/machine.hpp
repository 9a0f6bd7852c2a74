// The machine's own conditions, before and while measuring.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "model/measurement.hpp"

namespace costscan {

/// Time of all CPUs together since boot, in clock ticks.
struct CpuTimes {
  double total = 0;
  double steal = 0;  ///< taken by the hypervisor for other machines
};

/// What /proc and /sys say; unreadable parts stay empty or 0. `root` stands in for "/" in tests.
[[nodiscard]] MachineInfo read_machine(const std::filesystem::path& root = "/");
[[nodiscard]] CpuTimes read_cpu_times(const std::filesystem::path& root = "/");

/// Load, temperature and clock again, after measuring.
void read_conditions_after(MachineInfo& machine, const std::filesystem::path& root = "/");

/// Microseconds that the container's CPU quota has held this process's group back since it exists (cgroup v2); 0 where
/// there is no quota or it is unreadable.
[[nodiscard]] double throttled_us(const std::filesystem::path& root = "/");

/// Memory that can be had now, without paging: bytes; 0 where unknown.
[[nodiscard]] std::int64_t available_memory(const std::filesystem::path& root = "/");

/// Memory that this process may use at most: the machine's, or less where a container has less (cgroup v2); 0 where
/// unknown.
[[nodiscard]] std::int64_t memory_ceiling(const std::filesystem::path& root = "/");

/// Share of CPU time stolen between two readings, 0 to 1.
[[nodiscard]] double steal_fraction(const CpuTimes& before, const CpuTimes& after);

/// One line each, with advice, for what makes the measured times doubtful: the samples themselves (spread, drift, two
/// speeds, outliers) and the machine (load, stolen time, governor, heat, quota, interruptions).
[[nodiscard]] std::vector<std::string> condition_warnings(const Measurement& measurement);

}  // namespace costscan
