#include "predict/calibration.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <system_error>
#include <tuple>
#include <utility>

namespace costscan {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view format_name = "costscan calibration";
constexpr int format_version = 1;

constexpr std::array context_names = {std::pair{CacheContext::warm, std::string_view("warm")},
                                      std::pair{CacheContext::cold_weights, std::string_view("cold_weights")},
                                      std::pair{CacheContext::cold, std::string_view("cold")}};

CacheContext context_from(const std::string& name) {
  for (const auto& [context, text] : context_names) {
    if (text == name) return context;
  }
  throw std::invalid_argument("unknown context '" + name + "'");  // caught by parse_calibration
}

/// Columns of a point's row after its coordinates.
constexpr std::array point_columns = {"work", "bytes", "weight_bytes", "out_elements", "us", "spread", "samples"};

Json point_row(const CalibrationPoint& point) {
  Json row = point.coords;
  for (const double value : {point.work, point.bytes, point.weight_bytes, point.out_elements, point.us, point.spread})
    row.push_back(value);
  row.push_back(point.samples);
  return row;
}

/// Points of one class, activation and context stand together: their names would be most of the file.
Json points_json(const std::vector<CalibrationPoint>& points) {
  using Key = std::tuple<std::string, std::string, CacheContext>;
  std::map<Key, Json> groups;
  for (const CalibrationPoint& point : points) {
    Json& rows = groups[{point.rate_class, point.activation, point.context}];
    rows.push_back(point_row(point));
  }
  Json out = Json::array();
  for (auto& [key, rows] : groups) {
    const auto& [rate_class, activation, context] = key;
    out.push_back({{"class", rate_class},
                   {"activation", activation},
                   {"context", to_string(context)},
                   {"points", std::move(rows)}});
  }
  return out;
}

CalibrationPoint read_point(const Json& row, const Json& group) {
  if (row.size() <= point_columns.size()) throw std::invalid_argument("a point has too few columns");
  CalibrationPoint point;
  point.rate_class = group.at("class");
  point.activation = group.at("activation");
  point.context = context_from(group.at("context"));
  const std::size_t coords = row.size() - point_columns.size();
  for (std::size_t i = 0; i < coords; ++i) point.coords.push_back(row[i]);
  std::size_t next = coords;
  for (double* value : {&point.work, &point.bytes, &point.weight_bytes, &point.out_elements, &point.us, &point.spread})
    *value = row[next++];
  point.samples = row[next];
  if (!(point.us > 0) || !(point.work > 0)) throw std::invalid_argument("a point without time or work");
  return point;
}

/// Interpolation goes over the coordinates of a class: all its points have to have as many.
void check_coordinates(const std::vector<CalibrationPoint>& points) {
  std::map<std::string, std::size_t, std::less<>> counts;
  for (const CalibrationPoint& point : points) {
    const std::size_t count = counts.try_emplace(point.rate_class, point.coords.size()).first->second;
    if (count != point.coords.size())
      throw std::invalid_argument("points of class '" + point.rate_class + "' differ in their number of coordinates");
  }
}

Json fits_json(const std::vector<RateFit>& fits) {
  Json out = Json::array();
  for (const RateFit& fit : fits) {
    out.push_back({{"class", fit.rate_class},
                   {"context", to_string(fit.context)},
                   {"overhead_us", fit.overhead_us},
                   {"us_per_work", fit.us_per_work},
                   {"us_per_byte", fit.us_per_byte},
                   {"lengths", fit.lengths},
                   {"smooth", fit.smooth},
                   {"deviation", fit.deviation},
                   {"nugget", fit.nugget},
                   {"interval_scale", fit.interval_scale},
                   {"median_error", fit.median_error},
                   {"p90_error", fit.p90_error},
                   {"points", fit.points}});
  }
  return out;
}

RateFit read_fit(const Json& json) {
  RateFit fit;
  fit.rate_class = json.at("class");
  fit.context = context_from(json.at("context"));
  fit.overhead_us = json.at("overhead_us");
  fit.us_per_work = json.at("us_per_work");
  fit.us_per_byte = json.at("us_per_byte");
  fit.lengths = json.at("lengths").get<std::vector<double>>();
  fit.smooth = json.at("smooth");
  fit.deviation = json.at("deviation");
  fit.nugget = json.at("nugget");
  fit.interval_scale = json.at("interval_scale");
  fit.median_error = json.at("median_error");
  fit.p90_error = json.at("p90_error");
  fit.points = json.at("points");
  if (!(fit.deviation > 0)) throw std::invalid_argument("a fit without a deviation");
  return fit;
}

Json peaks_json(const Calibration& calibration) {
  Json out = Json::array();
  for (const ComputePeak& peak : calibration.compute_peaks) {
    out.push_back({{"dtype", peak.dtype},
                   {"instructions", peak.instructions},
                   {"operations_per_second", peak.operations_per_second}});
  }
  return out;
}

Json bandwidth_json(const Calibration& calibration) {
  Json out = Json::array();
  for (const CopyBandwidth& level : calibration.copy_bandwidth) {
    out.push_back({{"level", level.level},
                   {"working_set_bytes", level.working_set_bytes},
                   {"bytes_per_second", level.bytes_per_second}});
  }
  return out;
}

Json residency_json(const Calibration& calibration) {
  Json out = Json::array();
  for (const ResidencyStep& step : calibration.residency) {
    out.push_back({{"footprint_bytes", step.footprint_bytes}, {"bytes_per_second", step.bytes_per_second}});
  }
  return out;
}

void read_machine_part(const Json& json, Calibration& calibration) {
  for (const Json& step : json.at("residency"))
    calibration.residency.push_back({step.at("footprint_bytes"), step.at("bytes_per_second")});
  for (const Json& peak : json.at("compute_peaks"))
    calibration.compute_peaks.push_back({peak.at("dtype"), peak.at("instructions"), peak.at("operations_per_second")});
  for (const Json& level : json.at("copy_bandwidth"))
    calibration.copy_bandwidth.push_back(
        {level.at("level"), level.at("working_set_bytes"), level.at("bytes_per_second")});
  const Json& stability = json.at("stability");
  calibration.stability = {stability.at("points"),
                           stability.at("median_ratio"),
                           stability.at("p90_ratio"),
                           stability.at("steady"),
                           stability.value("repeated", 0),
                           stability.value("p90_confirmation", 1.0),
                           stability.value("median_confirmation", 1.0)};
}

Calibration from_json(const Json& json) {
  if (json.value("format", std::string()) != format_name) throw std::invalid_argument("it is no calibration");
  if (json.at("version") != format_version)
    throw std::invalid_argument("it was written by another version of costscan: run costscan calibrate");
  Calibration calibration;
  calibration.key = {json.at("cpu"), json.at("runtime_version"), json.at("threads")};
  calibration.mode = json.at("mode");
  calibration.complete = json.at("complete");
  calibration.made = json.at("made");
  calibration.seconds = json.at("seconds");
  calibration.profiler_bias_us = json.at("profiler_bias_us");
  calibration.dispatch_us = json.at("dispatch_us");
  read_machine_part(json, calibration);
  for (const Json& warning : json.at("warnings")) calibration.warnings.push_back(warning);
  for (const Json& fit : json.at("fits")) calibration.fits.push_back(read_fit(fit));
  for (const Json& group : json.at("points")) {
    for (const Json& row : group.at("points")) calibration.points.push_back(read_point(row, group));
  }
  check_coordinates(calibration.points);
  return calibration;
}

/// Letters and digits of a CPU's name, others as single dashes.
std::string file_word(std::string_view text) {
  std::string word;
  for (const char c : text) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.';
    if (plain) {
      word += c;
    } else if (!word.empty() && word.back() != '-') {
      word += '-';
    }
  }
  while (!word.empty() && word.back() == '-') word.pop_back();
  return word.empty() ? "unknown" : word;
}

/// FNV-1a: names that differ only in characters that a file name drops stay apart.
std::uint32_t hash_of(std::string_view text) {
  std::uint32_t hash = 2166136261U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

std::optional<Calibration> newest_for(const CalibrationKey& key, const std::filesystem::path& folder) {
  std::optional<Calibration> newest;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    if (entry.path().extension() != ".json") continue;
    auto read = read_calibration(entry.path());
    if (!read || read->key.cpu != key.cpu || read->key.threads != key.threads) continue;
    if (!newest || read->made > newest->made) newest = *std::move(read);
  }
  return newest;
}

}  // namespace

std::string_view to_string(CacheContext context) noexcept {
  for (const auto& [known, text] : context_names) {
    if (known == context) return text;
  }
  return "";
}

std::optional<double> age_seconds(const std::string& made, std::chrono::system_clock::time_point now) {
  std::tm utc{};
  const char* end = strptime(made.c_str(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  if (end == nullptr || *end != '\0') return std::nullopt;
  const double age = std::chrono::duration<double>(now - std::chrono::system_clock::from_time_t(timegm(&utc))).count();
  return age >= 0 ? std::optional(age) : std::nullopt;
}

std::string calibration_json(const Calibration& calibration) {
  const CalibrationStability& stability = calibration.stability;
  const Json json = {{"format", format_name},
                     {"version", format_version},
                     {"cpu", calibration.key.cpu},
                     {"runtime_version", calibration.key.runtime_version},
                     {"threads", calibration.key.threads},
                     {"mode", calibration.mode},
                     {"complete", calibration.complete},
                     {"made", calibration.made},
                     {"seconds", calibration.seconds},
                     {"profiler_bias_us", calibration.profiler_bias_us},
                     {"dispatch_us", calibration.dispatch_us},
                     {"stability",
                      {{"points", stability.points},
                       {"median_ratio", stability.median_ratio},
                       {"p90_ratio", stability.p90_ratio},
                       {"steady", stability.steady},
                       {"repeated", stability.repeated},
                       {"p90_confirmation", stability.p90_confirmation},
                       {"median_confirmation", stability.median_confirmation}}},
                     {"compute_peaks", peaks_json(calibration)},
                     {"copy_bandwidth", bandwidth_json(calibration)},
                     {"residency", residency_json(calibration)},
                     {"warnings", calibration.warnings},
                     {"fits", fits_json(calibration.fits)},
                     {"point_columns", point_columns},
                     {"points", points_json(calibration.points)}};
  return json.dump() + "\n";
}

Result<Calibration> parse_calibration(std::string_view json) {
  try {
    return from_json(Json::parse(json));
  } catch (const std::exception& problem) {  // the library's errors and those of the reading above
    return fail(ErrorKind::input, problem.what());
  }
}

std::filesystem::path calibration_folder() {
  const auto variable = [](const char* name) -> std::filesystem::path {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing here sets variables
    return value != nullptr ? value : "";
  };
  std::filesystem::path cache = variable("XDG_CACHE_HOME");
  if (cache.is_relative()) {  // the specification says to ignore a relative one
    const std::filesystem::path home = variable("HOME");
    if (home.empty()) return {};
    cache = home / ".cache";
  }
  return cache / "costscan" / "calibration";
}

std::filesystem::path calibration_file(const std::filesystem::path& folder, const CalibrationKey& key) {
  return folder / fmt::format("{}-{:08x}_ort-{}_{}t.json", file_word(key.cpu), hash_of(key.cpu),
                              file_word(key.runtime_version), key.threads);
}

Result<void> write_calibration(const Calibration& calibration, const std::filesystem::path& file) {
  const auto failed = [&](const std::string& why) {
    return fail(ErrorKind::output, file.string() + ": the calibration cannot be written: " + why +
                                       "; choose another cache folder with XDG_CACHE_HOME");
  };
  std::error_code error;
  std::filesystem::create_directories(file.parent_path(), error);
  if (error) return failed(error.message());
  std::filesystem::path part = file;
  part += fmt::format(".{}.part", getpid());
  {
    std::ofstream out(part, std::ios::binary);
    out << calibration_json(calibration);
    out.flush();
    if (!out) {
      std::filesystem::remove(part, error);
      return failed("the disk is full or the folder is not writable");
    }
  }
  std::filesystem::rename(part, file, error);
  if (error) return failed(error.message());
  return {};
}

Result<Calibration> read_calibration(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return fail(ErrorKind::input, file.string() + ": cannot be read");
  auto calibration = parse_calibration(text.view());
  if (!calibration) return fail(ErrorKind::input, file.string() + ": " + calibration.error().message);
  return calibration;
}

std::optional<Calibration> find_calibration(const CalibrationKey& key, const std::filesystem::path& folder) {
  std::error_code ignored;
  if (folder.empty() || !std::filesystem::is_directory(folder, ignored)) return std::nullopt;
  if (key.runtime_version.empty()) return newest_for(key, folder);
  const std::filesystem::path file = calibration_file(folder, key);
  if (!std::filesystem::exists(file, ignored)) return std::nullopt;
  auto read = read_calibration(file);
  if (!read || read->key != key) return std::nullopt;
  return *std::move(read);
}

}  // namespace costscan
