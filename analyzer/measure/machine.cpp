#include "measure/machine.hpp"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>
#include <system_error>
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

bool is_cpu_sensor(const std::string& name) {
  static constexpr std::string_view parts[] = {"cpu", "pkg_temp", "coretemp", "k10temp", "zenpower", "soc_thermal"};
  return std::ranges::any_of(parts, [&](std::string_view part) { return name.find(part) != std::string::npos; });
}

/// Folders below `parent` whose name starts with `prefix`; none where the folder cannot be read.
std::vector<fs::path> folders(const fs::path& parent, std::string_view prefix) {
  std::vector<fs::path> out;
  std::error_code failed;
  for (fs::directory_iterator entry(parent, failed), end; !failed && entry != end; entry.increment(failed)) {
    if (entry->path().filename().string().starts_with(prefix)) out.push_back(entry->path());
  }
  return out;
}

/// The hottest CPU sensor in degrees Celsius, of thermal zones and hardware monitors (both give thousandths).
std::optional<double> temperature(const fs::path& root) {
  std::optional<double> hottest;
  const auto take = [&](const fs::path& file) {
    const std::string text = first_line(file);
    const double degrees = std::strtod(text.c_str(), nullptr) / 1000;
    if (!text.empty() && degrees > 0 && degrees < 150) hottest = std::max(hottest.value_or(degrees), degrees);
  };
  for (const fs::path& zone : folders(root / "sys/class/thermal", "thermal_zone")) {
    if (is_cpu_sensor(first_line(zone / "type"))) take(zone / "temp");
  }
  for (const fs::path& monitor : folders(root / "sys/class/hwmon", "hwmon")) {
    if (!is_cpu_sensor(first_line(monitor / "name"))) continue;
    for (int sensor = 1; sensor <= 8; ++sensor) take(monitor / fmt::format("temp{}_input", sensor));
  }
  return hottest;
}

/// Mean of what the kernel says is each CPU's clock now.
std::optional<double> clock_mhz(const fs::path& root) {
  double sum = 0;
  int count = 0;
  std::ifstream in(root / "proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("cpu MHz")) continue;
    sum += std::strtod(line.substr(line.find(':') + 1).c_str(), nullptr);
    ++count;
  }
  for (const fs::path& cpu : count > 0 ? std::vector<fs::path>() : folders(root / "sys/devices/system/cpu", "cpu")) {
    const std::string khz = first_line(cpu / "cpufreq/scaling_cur_freq");
    if (khz.empty()) continue;
    sum += std::strtod(khz.c_str(), nullptr) / 1000;
    ++count;
  }
  if (count == 0 || sum <= 0) return std::nullopt;
  return sum / count;
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
  info.temperature_before_c = temperature(root);
  info.clock_before_mhz = clock_mhz(root);
  info.os = operating_system(root);
  return info;
}

void read_conditions_after(MachineInfo& machine, const fs::path& root) {
  const std::string load = first_line(root / "proc/loadavg");
  if (!load.empty()) machine.load_after = std::strtod(load.c_str(), nullptr);
  machine.temperature_after_c = temperature(root);
  machine.clock_after_mhz = clock_mhz(root);
}

double throttled_us(const fs::path& root) {
  // "nr_throttled 3" and such, one to a line.
  std::ifstream in(root / "sys/fs/cgroup/cpu.stat");
  std::string key;
  double value = 0;
  while (in >> key >> value) {
    if (key == "throttled_usec") return value;
  }
  return 0;
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

}  // namespace costscan
