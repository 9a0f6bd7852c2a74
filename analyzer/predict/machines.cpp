// Machine rates: built-in YAML files (costmodels/machines/NAME.yaml) and the choice between them and measured roofs.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <string>
#include <utility>

#include "embedded/costmodels.hpp"
#include "predict/predict.hpp"

namespace costscan {
namespace {

constexpr std::string_view folder = "machines/";
constexpr std::string_view extension = ".yaml";
constexpr std::string_view generic_machine = "generic-cpu";

struct MachineFile {
  MachineRates rates;
  std::string summary;
};

/// One rate of a file: `{value: NUMBER, source: TEXT}`, value finite and not below `smallest`.
double rate(const YAML::Node& file, const std::string& key, double smallest) {
  const YAML::Node entry = file[key];
  if (!entry || !entry["value"] || !entry["source"]) {
    throw YAML::Exception(file.Mark(), fmt::format("'{}' must give a value and its source", key));
  }
  const auto value = entry["value"].as<double>();
  if (!std::isfinite(value) || value < smallest) {
    throw YAML::Exception(entry.Mark(), fmt::format("'{}' must be a finite number of at least {}", key, smallest));
  }
  return value;
}

MachineFile parse_machine(const std::string& name, std::string_view bytes) {
  const YAML::Node file = YAML::Load(std::string(bytes));
  if (file["machine"].as<std::string>() != name) {
    throw YAML::Exception(file.Mark(), fmt::format("'machine' must equal the file's name, {}", name));
  }
  MachineFile out;
  out.rates.name = name;
  out.rates.flops_per_second = rate(file, "flops_per_second", 1);
  out.rates.bytes_per_second = rate(file, "bytes_per_second", 1);
  out.rates.dispatch_us = rate(file, "dispatch_us", 0);
  out.rates.source = file["source"].as<std::string>();
  out.summary = file["summary"].as<std::string>();
  return out;
}

Result<MachineFile> read_machine(const embedded::File& file) {
  std::string name(file.path.substr(folder.size()));
  name.resize(name.size() - extension.size());
  try {
    return parse_machine(name, file.bytes);
  } catch (const std::exception& error) {  // yaml-cpp reports by exceptions
    return fail(ErrorKind::defect, fmt::format("costmodels/{}: {}", file.path, error.what()));
  }
}

std::vector<embedded::File> machine_files() {
  std::vector<embedded::File> files;
  std::ranges::copy_if(embedded::costmodels(), std::back_inserter(files), [](const embedded::File& file) {
    return file.path.starts_with(folder) && file.path.ends_with(extension);
  });
  std::ranges::sort(files, {}, &embedded::File::path);
  return files;
}

}  // namespace

Result<MachineRates> machine_rates(std::string_view name) {
  std::vector<std::string_view> known;
  for (const embedded::File& file : machine_files()) {
    const std::string_view stem = file.path.substr(folder.size(), file.path.size() - folder.size() - extension.size());
    if (stem == name) {
      return read_machine(file).map([](MachineFile&& machine) { return std::move(machine.rates); });
    }
    known.push_back(stem);
  }
  return fail(ErrorKind::usage,
              fmt::format("no machine is called '{}'; known machines: {}", name, fmt::join(known, ", ")));
}

Result<std::vector<MachineListing>> list_machines() {
  std::vector<MachineListing> listings;
  for (const embedded::File& file : machine_files()) {
    auto machine = read_machine(file);
    if (!machine) return tl::unexpected(machine.error());
    listings.push_back({machine->rates.name, machine->summary, machine->rates.source});
  }
  return listings;
}

Result<MachineRates> choose_rates(const Measurement& measurement, std::string_view machine_name) {
  if (!machine_name.empty()) return machine_rates(machine_name);
  const auto usable = [](double rate) { return std::isfinite(rate) && rate > 0; };
  if (measurement.roofs && usable(measurement.roofs->flops_per_second) && usable(measurement.roofs->bytes_per_second)) {
    MachineRates rates;
    rates.name = "measured here";
    rates.source = fmt::format(
        "measured in this run under ONNX Runtime {}, {} thread{}: fp32 matrix multiply, large copy, chain of tiny ops",
        measurement.runtime_version, measurement.threads, measurement.threads == 1 ? "" : "s");
    rates.flops_per_second = measurement.roofs->flops_per_second;
    rates.bytes_per_second = measurement.roofs->bytes_per_second;
    rates.dispatch_us =
        std::isfinite(measurement.roofs->dispatch_us) ? std::max(0.0, measurement.roofs->dispatch_us) : 0;
    return rates;
  }
  return machine_rates(generic_machine);
}

}  // namespace costscan
