#include "calibrate/journal.hpp"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "model/text.hpp"

namespace costscan::calibrate {
namespace {

using nlohmann::json;

constexpr int format = 1;

json header_of(const std::string& plan) { return {{"format", format}, {"plan", plan}}; }

bool is_of_plan(const std::filesystem::path& file, const std::string& plan) {
  std::ifstream in(file, std::ios::binary);
  std::string line;
  return std::getline(in, line) && !in.eof() && json::parse(line, nullptr, false) == header_of(plan);
}

Result<void> add_line(const std::filesystem::path& file, const json& line, std::ios::openmode mode) {
  std::ofstream out(file, std::ios::binary | mode);
  // In one piece, so that a kill leaves whole lines but for the last.
  out << line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  if (!out.flush()) {
    return fail(ErrorKind::output, fmt::format("{}: cannot be written; set XDG_CACHE_HOME to a folder that can",
                                               printable(file.string())));
  }
  return {};
}

/// nullopt for a line that is none of ours.
std::optional<JournalEntry> entry_from(const std::string& line) {
  const json j = json::parse(line, nullptr, false);
  if (!j.is_object() || !j.contains("step") || !j.contains("found")) return std::nullopt;
  auto found = parse_calibration(j.at("found").dump());
  if (!found) return std::nullopt;
  JournalEntry entry;
  entry.step = j.value("step", "");
  entry.seconds = j.value("seconds", 0.0);
  entry.refused = j.value("refused", std::vector<std::string>{});
  entry.found = *std::move(found);
  return entry;
}

}  // namespace

Result<void> open_journal(const std::filesystem::path& file, const std::string& plan, bool afresh) {
  if (!afresh && is_of_plan(file, plan)) {
    // A line that a kill has cut must not swallow the next one.
    std::ifstream in(file, std::ios::binary | std::ios::ate);
    in.seekg(-1, std::ios::end);
    if (in.get() == '\n') return {};
    std::ofstream out(file, std::ios::binary | std::ios::app);
    out << '\n';
    return {};
  }
  return add_line(file, header_of(plan), std::ios::trunc);
}

Result<void> append_entry(const std::filesystem::path& file, const JournalEntry& entry) {
  return add_line(file,
                  {{"step", entry.step},
                   {"seconds", entry.seconds},
                   {"refused", entry.refused},
                   {"found", json::parse(calibration_json(entry.found))}},
                  std::ios::app);
}

Result<std::vector<JournalEntry>> read_journal(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(ErrorKind::output, fmt::format("{}: cannot be read", printable(file.string())));
  std::vector<JournalEntry> out;
  try {
    for (std::string line; std::getline(in, line);) {
      if (auto entry = entry_from(line)) out.push_back(*std::move(entry));
    }
  } catch (const json::exception& error) {
    return fail(ErrorKind::output,
                fmt::format("{}: {}; --force starts anew", printable(file.string()), printable(error.what())));
  }
  return out;
}

}  // namespace costscan::calibrate
