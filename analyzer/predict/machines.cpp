// Machine rates: built-in YAML files (costmodels/machines/NAME.yaml) and the choice between them and measured roofs.
#include "predict/machines.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <iterator>
#include <string>
#include <utility>

#include "embedded/costmodels.hpp"

namespace costscan {
namespace {

constexpr std::string_view folder = "machines/";
constexpr std::string_view extension = ".yaml";
constexpr std::string_view generic_machine = "generic-cpu";

struct MachineFile {
  MachineRates rates;
  MachineListing listing;
};

/// A value with its source: `{value: ..., source: TEXT}`.
struct Sourced {
  YAML::Node value;
  std::string source;
};

Sourced sourced(const YAML::Node& parent, const std::string& key) {
  const YAML::Node entry = parent[key];
  if (!entry || !entry["value"] || !entry["source"]) {
    throw YAML::Exception(parent.Mark(), fmt::format("'{}' must give a value and its source", key));
  }
  return {entry["value"], entry["source"].as<std::string>()};
}

/// One rate of a file, finite and not below `smallest`.
MachineNumber rate(const YAML::Node& parent, const std::string& key, double smallest) {
  const Sourced entry = sourced(parent, key);
  const auto value = entry.value.as<double>();
  if (!std::isfinite(value) || value < smallest) {
    throw YAML::Exception(entry.value.Mark(),
                          fmt::format("'{}' must be a finite number of at least {}", key, smallest));
  }
  return {key, entry.value.as<std::string>(), value, {}, entry.source};
}

/// Adds a number to the listing under the name and unit that people read.
double list_number(MachineListing& listing, MachineNumber number, std::string what, std::string unit) {
  number.what = std::move(what);
  number.unit = std::move(unit);
  listing.numbers.push_back(std::move(number));
  return listing.numbers.back().value.value_or(0);
}

/// `type_rates: {float16: {value, source}, ...}`
void read_type_rates(const YAML::Node& file, MachineFile& out) {
  const YAML::Node types = file["type_rates"];
  if (!types) return;
  for (const auto& entry : types) {
    const auto name = entry.first.as<std::string>();
    const std::optional<DType> dtype = dtype_from_string(name);
    if (!dtype || bits_per_element(*dtype) == 0) {
      throw YAML::Exception(entry.first.Mark(), fmt::format("'{}' is no element type", name));
    }
    const MachineNumber number = rate(types, name, 1);
    out.rates.type_rates.push_back({*dtype, list_number(out.listing, number, name, "op/s"), number.source});
  }
}

/// `operators: {LayerNormalization: {native: true, source: TEXT}, ...}`
void read_operators(const YAML::Node& file, MachineListing& listing) {
  const YAML::Node operators = file["operators"];
  if (!operators) return;
  for (const auto& entry : operators) {
    const auto name = entry.first.as<std::string>();
    if (!entry.second["native"] || !entry.second["source"]) {
      throw YAML::Exception(entry.first.Mark(), fmt::format("operator '{}' must say native and its source", name));
    }
    listing.operators.push_back({name, entry.second["native"].as<bool>(), entry.second["source"].as<std::string>()});
  }
}

MachineFile parse_machine(const std::string& name, std::string_view bytes) {
  const YAML::Node file = YAML::Load(std::string(bytes));
  if (file["machine"].as<std::string>() != name) {
    throw YAML::Exception(file.Mark(), fmt::format("'machine' must equal the file's name, {}", name));
  }
  MachineFile out;
  out.rates.name = name;
  out.rates.source = file["source"].as<std::string>();
  out.listing.name = name;
  out.listing.summary = file["summary"].as<std::string>();
  out.listing.source = out.rates.source;
  out.rates.flops_per_second = list_number(out.listing, rate(file, "flops_per_second", 1), "float32", "op/s");
  read_type_rates(file, out);
  out.rates.bytes_per_second = list_number(out.listing, rate(file, "bytes_per_second", 1), "memory", "B/s");
  out.rates.dispatch_us = list_number(out.listing, rate(file, "dispatch_us", 0), "dispatch", "us");
  const Sourced fast_memory = sourced(file, "fast_memory");
  out.listing.numbers.push_back(
      {"fast memory", fast_memory.value.as<std::string>(), std::nullopt, {}, fast_memory.source});
  read_operators(file, out.listing);
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

Result<MachineFile> find_machine(std::string_view name) {
  std::vector<std::string_view> known;
  for (const embedded::File& file : machine_files()) {
    const std::string_view stem = file.path.substr(folder.size(), file.path.size() - folder.size() - extension.size());
    if (stem == name) return read_machine(file);
    known.push_back(stem);
  }
  return fail(ErrorKind::usage,
              fmt::format("no machine is called '{}'; known machines: {}", name, fmt::join(known, ", ")));
}

}  // namespace

Result<MachineRates> machine_rates(std::string_view name) {
  return find_machine(name).map([](MachineFile&& machine) { return std::move(machine.rates); });
}

Result<std::vector<MachineListing>> list_machines() {
  std::vector<MachineListing> listings;
  for (const embedded::File& file : machine_files()) {
    auto machine = read_machine(file);
    if (!machine) return tl::unexpected(machine.error());
    listings.push_back(std::move(machine->listing));
  }
  return listings;
}

Result<std::optional<NativeOperator>> native_operator(std::string_view machine, std::string_view op_type) {
  const auto found = find_machine(machine);
  if (!found) return tl::unexpected(found.error());
  const auto& operators = found->listing.operators;
  const auto entry = std::ranges::find(operators, op_type, &NativeOperator::op_type);
  return entry == operators.end() ? std::nullopt : std::optional(*entry);
}

Result<MachineRates> choose_rates(const Measurement& measurement, std::string_view machine_name) {
  if (!machine_name.empty()) {
    return machine_rates(machine_name).map([](MachineRates&& rates) {
      rates.named = true;
      return std::move(rates);
    });
  }
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
