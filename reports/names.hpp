// How values are written in every report: names made harmless, shapes, types and numbers with units.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/analysis.hpp"

namespace costscan {

/// Valid UTF-8 without NUL: what is neither becomes U+FFFD. For machine-read formats; otherwise unchanged.
[[nodiscard]] std::string clean_text(std::string_view text);

/// For people: clean_text on one line, with control and direction-changing characters written as escapes (`\n`, `\x1B`,
/// `\u202E`), so that a name cannot drive a terminal or reorder a line.
[[nodiscard]] std::string plain_text(std::string_view text);

/// plain_text with HTML's special characters escaped: for elements and quoted attributes.
[[nodiscard]] std::string html_text(std::string_view text);

/// Characters (code points) of valid UTF-8.
[[nodiscard]] std::size_t text_width(std::string_view utf8) noexcept;

/// At most `width` characters, the middle replaced by "…"; names differ mostly at their end, which keeps more.
[[nodiscard]] std::string shorten(std::string_view utf8, std::size_t width);

/// A word of a POSIX shell command, quoted where it has to be.
[[nodiscard]] std::string shell_word(const std::string& text);

/// "1x128x768"; "scalar" for rank 0.
[[nodiscard]] std::string shape_text(const Shape& shape);

/// Shapes joined by ";" in order; an omitted optional or an unknown shape is empty.
[[nodiscard]] std::string shapes_text(const std::vector<TensorColumn>& tensors);

/// Names joined by ";" in order; an omitted optional is empty.
[[nodiscard]] std::string names_text(const std::vector<TensorColumn>& tensors);

/// "float32"; empty where undefined.
[[nodiscard]] std::string dtype_text(DType dtype);

/// "Conv", "com.microsoft.FusedConv".
[[nodiscard]] std::string op_label(std::string_view domain, std::string_view op_type);

/// The node's name, else "Conv #12"; with the path of its subgraph in front. As plain text.
[[nodiscard]] std::string node_label(const NodeRow& row);

/// What predictions rest on, with its source: "measured here: ...", "plain roofline of NAME: ..." for a machine that
/// was asked for by name. Empty without rates.
[[nodiscard]] std::string rates_text(const MachineRates& rates);

[[nodiscard]] const char* to_string(MeasureStatus status) noexcept;
[[nodiscard]] const char* to_string(BindingOrigin origin) noexcept;

/// Three significant figures: "0.0123", "1.23", "12.3", "123", "12345" → "12300".
[[nodiscard]] std::string significant(double value);
/// With an SI prefix from k to E (none below 1000; integers below 1000 stay exact): "8.18 GFLOP", "25.6 M", "640 FLOP".
[[nodiscard]] std::string quantity(double value, std::string_view unit);
/// "76.1 ms", "12.3 µs", "1.20 s".
[[nodiscard]] std::string time_text(double us);
/// "76.1 ms ± 0.4": the spread in the unit of the value.
[[nodiscard]] std::string time_with_spread(double us, double spread_us);
/// "94.1%", "0.42%", "0%"; below 0.01% it is "<0.01%".
[[nodiscard]] std::string percent(double share);
/// "+2.1%", "−3.0%": value against reference.
[[nodiscard]] std::string relative(double value, double reference);

/// A bar of `cells` characters for share 1, in eighths of a character; a positive share shows at least a sliver.
[[nodiscard]] std::string bar(double share, std::size_t cells);

}  // namespace costscan
