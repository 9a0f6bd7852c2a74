#include "measure/machine.hpp"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string_view>
#include <thread>

#include "measure/text.hpp"

namespace costscan {
namespace {

namespace fs = std::filesystem;

std::string first_line(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return one_line(line);
}

/// The value behind "key : value" or "KEY=value"; empty where there is none.
std::string field(const fs::path& file, std::string_view key, char separator) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(key)) continue;
    const auto at = line.find(separator);
    if (at == std::string::npos || line.find_first_not_of(" \t", key.size()) != at) continue;
    std::string value = one_line(std::string_view(line).substr(at + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    return value;
  }
  return {};
}

/// "1024K" → "1 MiB"
std::string readable_size(const std::string& size) {
  char* end = nullptr;
  const long long number = std::strtoll(size.c_str(), &end, 10);
  if (end == nullptr || *end != 'K' || number <= 0) return size;
  return number % 1024 == 0 ? fmt::format("{} MiB", number / 1024) : fmt::format("{} KiB", number);
}

std::vector<std::string> caches(const fs::path& root) {
  std::vector<std::string> out;
  for (int index = 0; index < 8; ++index) {
    const fs::path folder = root / "sys/devices/system/cpu/cpu0/cache" / fmt::format("index{}", index);
    const std::string level = first_line(folder / "level");
    const std::string size = first_line(folder / "size");
    if (level.empty() || size.empty()) continue;
    const std::string type = first_line(folder / "type");
    const char* suffix = type == "Data" ? "d" : type == "Instruction" ? "i" : "";
    out.push_back(fmt::format("L{}{} {}", level, suffix, readable_size(size)));
  }
  return out;
}

std::string operating_system(const fs::path& root) {
  utsname name{};
  const std::string distribution = field(root / "etc/os-release", "PRETTY_NAME", '=');
  if (uname(&name) != 0) return distribution;
  return fmt::format("{}{}{} {} {}", distribution, distribution.empty() ? "" : ", ", name.sysname, name.release,
                     name.machine);
}

}  // namespace

MachineInfo read_machine(const fs::path& root) {
  MachineInfo info;
  info.cpu = field(root / "proc/cpuinfo", "model name", ':');
  if (info.cpu.empty()) info.cpu = first_line(root / "proc/device-tree/model");  // Arm boards
  info.logical_cpus = static_cast<std::int32_t>(std::thread::hardware_concurrency());
  info.memory_bytes = std::strtoll(field(root / "proc/meminfo", "MemTotal", ':').c_str(), nullptr, 10) * 1024;
  info.caches = caches(root);
  info.governor = first_line(root / "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  info.load_before = std::strtod(first_line(root / "proc/loadavg").c_str(), nullptr);
  info.os = operating_system(root);
  return info;
}

CpuTimes read_cpu_times(const fs::path& root) {
  // "cpu  user nice system idle iowait irq softirq steal guest guest_nice"; guest time is part of user time already.
  std::ifstream in(root / "proc/stat");
  std::string word;
  CpuTimes times;
  if (!(in >> word) || word != "cpu") return times;
  double value = 0;
  for (int column = 0; column < 8 && in >> value; ++column) {
    times.total += value;
    if (column == 7) times.steal = value;
  }
  return times;
}

std::int64_t available_memory(const fs::path& root) {
  return std::strtoll(field(root / "proc/meminfo", "MemAvailable", ':').c_str(), nullptr, 10) * 1024;
}

std::int64_t memory_ceiling(const fs::path& root) {
  const std::int64_t machine = std::strtoll(field(root / "proc/meminfo", "MemTotal", ':').c_str(), nullptr, 10) * 1024;
  // "max" reads as 0: no limit of the container's own.
  const std::int64_t container = std::strtoll(first_line(root / "sys/fs/cgroup/memory.max").c_str(), nullptr, 10);
  if (container <= 0) return machine;
  return machine <= 0 ? container : std::min(machine, container);
}

double steal_fraction(const CpuTimes& before, const CpuTimes& after) {
  const double total = after.total - before.total;
  return total <= 0 ? 0 : std::clamp((after.steal - before.steal) / total, 0.0, 1.0);
}

std::vector<std::string> condition_warnings(const Measurement& m) {
  std::vector<std::string> out;
  if (m.latency.us.empty()) return out;  // conditions of a measurement that was not made concern nobody
  const MachineInfo& machine = m.machine;
  if (m.latency.median > 0 && m.latency.mad > 0.05 * m.latency.median) {
    out.push_back(fmt::format("latency is unsteady: MAD is {:.0f}% of the median; close other programs and repeat",
                              100 * m.latency.mad / m.latency.median));
  }
  if (machine.steal_fraction > 0.02) {
    out.push_back(fmt::format("the hypervisor took {:.0f}% of the CPU time while measuring; repeat when it is quiet",
                              100 * machine.steal_fraction));
  }
  if (machine.logical_cpus > 0 && machine.load_before + m.threads > machine.logical_cpus + 0.5) {
    out.push_back(
        fmt::format("the machine was busy before measuring (load {:.1f} on {} CPUs, {} thread(s) needed); "
                    "times may be too high: repeat when it is idle",
                    machine.load_before, machine.logical_cpus, m.threads));
  }
  if (machine.governor == "powersave" || machine.governor == "ondemand" || machine.governor == "conservative") {
    out.push_back(
        fmt::format("the CPU frequency governor is '{}', so the clock may change while measuring; "
                    "'cpupower frequency-set -g performance' keeps it steady",
                    machine.governor));
  }
  return out;
}

}  // namespace costscan
