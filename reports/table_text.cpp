#include "reports/table_text.hpp"

#include <algorithm>

#include "reports/names.hpp"

namespace costscan {
namespace {

constexpr std::size_t column_gap = 2;
constexpr std::size_t shortest_first = 24;  ///< of names in a first column that has to give way

std::vector<std::size_t> column_widths(const TextRows& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], text_width(row[c]));
  }
  return widths;
}

void shorten_first_column(TextRows& rows, std::size_t width) {
  for (auto& row : rows) {
    if (!row.empty()) row.front() = shorten(row.front(), width);
  }
}

/// Names longer than `room` on lines of their own.
std::string hanging_table(TextRows rows, std::size_t room, std::size_t width, std::string_view indent,
                          std::size_t left) {
  std::vector<std::string> above(rows.size());
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (!rows[r].empty() && text_width(rows[r].front()) > room) std::swap(above[r], rows[r].front());
  }
  const std::string table = aligned_table(rows, indent, left);
  std::string out;
  std::size_t at = 0;
  for (const std::string& name : above) {
    if (!name.empty()) out += std::string(indent) + shorten(name, width - indent.size()) + '\n';
    const std::size_t end = table.find('\n', at) + 1;
    out.append(table, at, end - at);
    at = end;
  }
  return out;
}

/// The first column and those from `begin` to `end`.
TextRows columns_of(const TextRows& rows, std::size_t begin, std::size_t end) {
  TextRows part;
  for (const auto& row : rows) {
    auto& cells = part.emplace_back();
    if (!row.empty()) cells.push_back(row.front());
    for (std::size_t c = begin; c < std::min(end, row.size()); ++c) cells.push_back(row[c]);
  }
  return part;
}

/// As many columns beside the first one as fit, and the rest below, the first one again in front.
std::string tables_below(const TextRows& rows, std::size_t width, std::string_view indent, std::size_t left) {
  const std::vector<std::size_t> widths = column_widths(rows);
  std::string out;
  for (std::size_t begin = 1; begin < widths.size();) {
    std::size_t used = indent.size() + widths.front() + column_gap + widths[begin];
    std::size_t end = begin + 1;
    while (end < widths.size() && used + column_gap + widths[end] <= width) used += column_gap + widths[end++];
    const std::size_t to_the_left = left > begin ? std::min(left, end) - begin : 0;
    if (begin > 1) out += '\n';
    out += aligned_table(columns_of(rows, begin, end), indent, std::min<std::size_t>(left, 1) + to_the_left);
    begin = end;
  }
  return out;
}

}  // namespace

std::string aligned_table(const TextRows& rows, std::string_view indent, std::size_t left) {
  const std::vector<std::size_t> widths = column_widths(rows);
  std::string out;
  for (const auto& row : rows) {
    out += indent;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string spaces(widths[c] - text_width(row[c]), ' ');
      if (c > 0) out.append(column_gap, ' ');
      out += c < left ? row[c] + spaces : spaces + row[c];
    }
    while (out.ends_with(' ')) out.pop_back();
    out += '\n';
  }
  return out;
}

std::size_t table_width(const TextRows& rows) {
  std::size_t width = 0;
  for (const std::size_t each : column_widths(rows)) width += (width == 0 ? 0 : column_gap) + each;
  return width;
}

std::string fitted_table(TextRows rows, std::size_t width, std::string_view indent, std::size_t left) {
  const std::size_t whole = indent.size() + table_width(rows);
  if (whole <= width || rows.empty()) return aligned_table(rows, indent, left);
  const std::vector<std::size_t> widths = column_widths(rows);
  if (widths.front() >= shortest_first + (whole - width)) {
    return hanging_table(std::move(rows), widths.front() - (whole - width), width, indent, left);
  }
  const std::size_t widest = widths.size() < 2 ? 0 : *std::max_element(widths.begin() + 1, widths.end());
  const std::size_t beside = indent.size() + column_gap + widest;
  const std::size_t room = width > beside ? width - beside : 0;
  if (widths.front() > room) shorten_first_column(rows, std::max(shortest_first, room));
  return tables_below(rows, width, indent, left);
}

namespace {

/// The end of the word that starts at `begin`; a unit stays with its number, and so does any word of three characters.
std::size_t end_of_word(std::string_view text, std::size_t begin) {
  constexpr std::size_t longest_unit = 3;
  std::size_t end = std::min(text.find(' ', begin), text.size());
  while (end + 1 < text.size() && text[end - 1] >= '0' && text[end - 1] <= '9' && text[end + 1] != ' ') {
    const std::size_t next = std::min(text.find(' ', end + 1), text.size());
    if (text_width(text.substr(end + 1, next - end - 1)) > longest_unit) break;
    end = next;
  }
  return end;
}

}  // namespace

std::string wrapped_text(std::string_view text, std::size_t width, std::size_t indent) {
  constexpr std::size_t narrowest = 20;
  const std::size_t room = std::max(narrowest, width > indent ? width - indent : 0);
  std::string out;
  std::size_t used = 0;  // of the line so far, in characters
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = text.find_first_not_of(' ', at);
    if (begin == std::string_view::npos) break;
    const std::size_t end = end_of_word(text, begin);
    const std::string_view word = text.substr(begin, end - begin);
    if (used > 0 && used + (begin - at) + text_width(word) > room) {
      out += '\n' + std::string(indent, ' ');
      used = 0;
    } else {
      out += text.substr(at, begin - at);
      used += begin - at;
    }
    out += word;
    used += text_width(word);
    at = end;
  }
  return out;
}

std::size_t usable_columns(std::int32_t columns) noexcept {
  constexpr std::int32_t fewest = 40;
  return static_cast<std::size_t>(std::max(fewest, columns));
}

std::string markdown_text(std::string_view text) {
  std::string out;
  const std::string plain = plain_text(text);
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const char c = plain[i];
    switch (c) {
      case '<': out += "&lt;"; continue;
      case '>': out += "&gt;"; continue;
      case '&': out += "&amp;"; continue;
      default: break;
    }
    const bool link = (c == ':' && std::string_view(plain).substr(i, 3) == "://") ||
                      (c == '.' && i >= 3 && std::string_view(plain).substr(i - 3, 3) == "www");
    if (link || std::string_view("\\`|*_[]~#@!$").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string markdown_table(const TextRows& rows, std::size_t left) {
  std::string out;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    out += '|';
    for (const std::string& cell : rows[r]) out += " " + markdown_text(cell) + " |";
    out += '\n';
    if (r > 0) continue;
    out += '|';
    for (std::size_t c = 0; c < rows[r].size(); ++c) out += c < left ? " --- |" : " ---: |";
    out += '\n';
  }
  return out;
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

}  // namespace costscan
