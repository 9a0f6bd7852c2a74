#include "reports/table_text.hpp"

#include <algorithm>

#include "reports/names.hpp"

namespace costscan {

std::string aligned_table(const TextRows& rows, std::string_view indent, std::size_t left) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], text_width(row[c]));
  }
  std::string out;
  for (const auto& row : rows) {
    out += indent;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string spaces(widths[c] - text_width(row[c]), ' ');
      if (c > 0) out += "  ";
      out += c < left ? row[c] + spaces : spaces + row[c];
    }
    while (out.ends_with(' ')) out.pop_back();
    out += '\n';
  }
  return out;
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
