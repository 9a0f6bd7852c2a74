#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "measure/foreign_formats.hpp"

namespace costscan {
namespace {

char delimiter_of(std::string_view text) {
  const std::string_view first = text.substr(0, text.find_first_of("\r\n"));
  constexpr std::array candidates{',', ';', '\t'};
  const auto count = [&](char c) { return std::ranges::count(first, c); };
  return *std::ranges::max_element(candidates, {}, count);
}

}  // namespace

std::vector<DelimitedRecord> split_records(std::string_view text, char& delimiter) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  delimiter = delimiter_of(text);
  std::vector<DelimitedRecord> records;
  DelimitedRecord record;
  std::string cell;
  std::size_t line = 1;
  bool quoted = false;
  const auto end_record = [&] {
    record.cells.push_back(std::exchange(cell, {}));
    const bool blank = record.cells.size() == 1 && record.cells.front().find_first_not_of(" \t") == std::string::npos;
    if (!blank) records.push_back(std::move(record));
    record = {line + 1, {}};
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool line_feed = c == '\n' || (c == '\r' && text.substr(i + 1, 1) != "\n");
    if (quoted) {
      const bool pair = c == '"' && text.substr(i + 1, 1) == "\"";
      if (c != '"' || pair) cell += c;
      if (pair) ++i;
      quoted = c != '"' || pair;
    } else if (c == '"' && cell.empty()) {
      quoted = true;
    } else if (c == delimiter) {
      record.cells.push_back(std::exchange(cell, {}));
    } else if (line_feed) {
      end_record();
    } else if (c != '\r') {
      cell += c;
    }
    line += line_feed ? 1U : 0U;
  }
  end_record();
  return records;
}

}  // namespace costscan
