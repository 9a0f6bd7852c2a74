// Tables for a terminal and as Markdown (GitHub's dialect), lines of text that fit into it, and cells of CSV.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace costscan {

/// The first row is the header; cells are plain text.
using TextRows = std::vector<std::vector<std::string>>;

/// Columns two spaces apart behind `indent`; the first `left` of them to the left, the others to the right.
[[nodiscard]] std::string aligned_table(const TextRows& rows, std::string_view indent = "", std::size_t left = 1);

/// Characters of aligned_table's longest line, without an indent.
[[nodiscard]] std::size_t table_width(const TextRows& rows);

/// aligned_table in lines of at most `width` characters: names in the first column that do not fit beside the others
/// stand on a line of their own above their row, whole; where that is not enough, the columns that do not fit stand in
/// further tables below, the first one again in front of them and without its middle where it is long.
[[nodiscard]] std::string fitted_table(TextRows rows, std::size_t width, std::string_view indent = "",
                                       std::size_t left = 1);

/// `text`, which starts `indent` characters from the left, broken at blanks into lines of at most `width` characters
/// that start there, too. A word that is longer stays whole. No line break at the end.
[[nodiscard]] std::string wrapped_text(std::string_view text, std::size_t width, std::size_t indent);

/// A report's option as the width that it is laid out for: nothing can be read in fewer than 40.
[[nodiscard]] std::size_t usable_columns(std::int32_t columns) noexcept;

/// plain_text that no Markdown reader takes for markup, a link, HTML or the end of a table cell.
[[nodiscard]] std::string markdown_text(std::string_view text);

/// Cells escaped; the first `left` columns to the left, the others to the right.
[[nodiscard]] std::string markdown_table(const TextRows& rows, std::size_t left = 1);

/// Quoted where RFC 4180 asks for it; bytes as they are.
[[nodiscard]] std::string csv_field(std::string_view text);

}  // namespace costscan
