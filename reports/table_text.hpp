// Tables for a terminal and as Markdown (GitHub's dialect), and cells of CSV.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace costscan {

/// The first row is the header; cells are plain text.
using TextRows = std::vector<std::vector<std::string>>;

/// Columns two spaces apart behind `indent`; the first `left` of them to the left, the others to the right.
[[nodiscard]] std::string aligned_table(const TextRows& rows, std::string_view indent = "", std::size_t left = 1);

/// plain_text that no Markdown reader takes for markup, a link, HTML or the end of a table cell.
[[nodiscard]] std::string markdown_text(std::string_view text);

/// Cells escaped; the first `left` columns to the left, the others to the right.
[[nodiscard]] std::string markdown_table(const TextRows& rows, std::size_t left = 1);

/// Quoted where RFC 4180 asks for it; bytes as they are.
[[nodiscard]] std::string csv_field(std::string_view text);

}  // namespace costscan
