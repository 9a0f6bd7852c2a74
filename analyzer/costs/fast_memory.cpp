#include "costs/fast_memory.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "costs/expression.hpp"
#include "embedded/costmodels.hpp"
#include "model/rational.hpp"
#include "model/text.hpp"

namespace costscan {
namespace {

constexpr std::string_view folder = "machines/";
constexpr std::string_view extension = ".yaml";

struct Unit {
  std::string_view name;  ///< lower case
  std::int64_t bytes;
};
constexpr std::array units{Unit{"", 1},
                           Unit{"b", 1},
                           Unit{"byte", 1},
                           Unit{"bytes", 1},
                           Unit{"k", 1'000},
                           Unit{"kb", 1'000},
                           Unit{"m", 1'000'000},
                           Unit{"mb", 1'000'000},
                           Unit{"g", 1'000'000'000},
                           Unit{"gb", 1'000'000'000},
                           Unit{"kib", std::int64_t{1} << 10},
                           Unit{"mib", std::int64_t{1} << 20},
                           Unit{"gib", std::int64_t{1} << 30}};

tl::unexpected<Error> bad_size(std::string_view text) {
  return fail(ErrorKind::usage,
              fmt::format("'{}' is no size: write bytes (1048576) or 512KiB, 1MiB, 96KB", printable(text)));
}

Result<FastMemory> read_fast_memory(std::string_view name, const embedded::File& file) {
  try {
    const YAML::Node entry = YAML::Load(std::string(file.bytes))["fast_memory"];
    if (!entry) {
      return fail(ErrorKind::usage, fmt::format("machine '{}' states no fast_memory; give --fast-memory SIZE", name));
    }
    auto bytes = parse_size(entry["value"].as<std::string>());
    if (!bytes)
      return fail(ErrorKind::defect, fmt::format("costmodels/{}: fast_memory: {}", file.path, bytes.error().message));
    return FastMemory{*bytes, fmt::format("machine {}: {}", name, entry["source"].as<std::string>())};
  } catch (const YAML::Exception& error) {  // yaml-cpp reports by exceptions
    return fail(ErrorKind::defect, fmt::format("costmodels/{}: fast_memory: {}", file.path, error.what()));
  }
}

}  // namespace

Result<std::int64_t> parse_size(std::string_view text) {
  std::string compact;
  for (const char c : text) {
    if (c != ' ') compact += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  const std::size_t digits = std::min(compact.find_first_not_of("0123456789."), compact.size());
  const auto unit = std::ranges::find(units, std::string_view(compact).substr(digits), &Unit::name);
  if (digits == 0 || unit == units.end()) return bad_size(text);
  const auto number = parse_expression(compact.substr(0, digits));
  if (!number || number->op != Op::number) return bad_size(text);
  const auto bytes = multiply(number->number, Rational{unit->bytes, 1});
  if (!bytes || !is_integer(*bytes) || bytes->numerator <= 0) return bad_size(text);
  return bytes->numerator;
}

std::string size_text(std::int64_t bytes) {
  for (const auto& [name, size] : {std::pair{"GiB", std::int64_t{1} << 30}, std::pair{"MiB", std::int64_t{1} << 20},
                                   std::pair{"KiB", std::int64_t{1} << 10}}) {
    if (bytes < size || (bytes % size) * 100 % size != 0) continue;
    const std::int64_t hundredths = (bytes % size) * 100 / size;
    if (hundredths == 0) return fmt::format("{} {}", bytes / size, name);
    const std::string decimals =
        hundredths % 10 == 0 ? fmt::format("{}", hundredths / 10) : fmt::format("{:02}", hundredths);
    return fmt::format("{}.{} {}", bytes / size, decimals, name);
  }
  return fmt::format("{} bytes", bytes);
}

Result<FastMemory> machine_fast_memory(std::string_view name) {
  std::vector<std::string_view> known;
  for (const embedded::File& file : embedded::costmodels()) {
    if (!file.path.starts_with(folder) || !file.path.ends_with(extension)) continue;
    const std::string_view stem = file.path.substr(folder.size(), file.path.size() - folder.size() - extension.size());
    if (stem == name) return read_fast_memory(name, file);
    known.push_back(stem);
  }
  std::ranges::sort(known);
  return fail(ErrorKind::usage,
              fmt::format("no machine is called '{}'; known machines: {}", printable(name), fmt::join(known, ", ")));
}

}  // namespace costscan
