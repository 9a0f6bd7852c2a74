#include "reports/names.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "model/text.hpp"

namespace costscan {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

bool is_plain_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
}

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

/// Bytes of the code point that starts at `at` in valid UTF-8.
std::size_t code_point_bytes(std::string_view utf8, std::size_t at) {
  std::size_t end = at + 1;
  while (end < utf8.size() && continues(utf8[end])) ++end;
  return end - at;
}

/// The code point of one valid UTF-8 sequence.
std::uint32_t code_point(std::string_view bytes) {
  const auto lead = static_cast<unsigned char>(bytes.front());
  if (lead < 0x80U) return lead;
  std::uint32_t value = bytes.size() == 2 ? lead & 0x1FU : bytes.size() == 3 ? lead & 0x0FU : lead & 0x07U;
  for (const char c : bytes.substr(1)) value = (value << 6U) | (static_cast<unsigned char>(c) & 0x3FU);
  return value;
}

/// Characters that change how the rest of a line is shown: controls, line separators, marks of direction.
bool is_unsafe(std::uint32_t point) {
  return point < 0x20 || (point >= 0x7F && point <= 0x9F) || (point >= 0x200E && point <= 0x200F) ||
         (point >= 0x2028 && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069) || point == 0x061C ||
         point == 0xFEFF;
}

std::string escaped(std::uint32_t point) {
  switch (point) {
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    default: return point < 0x100 ? fmt::format("\\x{:02X}", point) : fmt::format("\\u{:04X}", point);
  }
}

double rounded_to_three(double value) {
  if (value == 0) return 0;
  const double scale = std::pow(10.0, 2 - std::floor(std::log10(std::abs(value))));
  return std::isfinite(scale) ? std::round(value * scale) / scale : value;
}

struct TimeUnit {
  double us;
  std::string_view name;
};

TimeUnit time_unit(double us) {
  const double shown = rounded_to_three(std::abs(us));
  if (shown < 1e3) return {1, "µs"};
  if (shown < 1e6) return {1e3, "ms"};
  return {1e6, "s"};
}

}  // namespace

std::string clean_text(std::string_view text) {
  if (is_plain_ascii(text)) return std::string(text);
  std::string valid = sanitized_utf8(text);
  if (valid.find('\0') == std::string::npos) return valid;
  std::string out;
  for (const char c : valid) {
    if (c == '\0') {
      out += replacement;
    } else {
      out += c;
    }
  }
  return out;
}

std::string plain_text(std::string_view text) {
  if (is_plain_ascii(text)) return std::string(text);
  const std::string valid = clean_text(text);
  std::string out;
  for (std::size_t i = 0; i < valid.size();) {
    const std::string_view bytes = std::string_view(valid).substr(i, code_point_bytes(valid, i));
    const std::uint32_t point = code_point(bytes);
    out += is_unsafe(point) ? escaped(point) : std::string(bytes);
    i += bytes.size();
  }
  return out;
}

std::string html_text(std::string_view text) {
  std::string out;
  for (const char c : plain_text(text)) {
    switch (c) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

std::size_t text_width(std::string_view utf8) noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(utf8, [](char c) { return !continues(c); }));
}

std::string shorten(std::string_view utf8, std::size_t width) {
  const std::size_t length = text_width(utf8);
  if (length <= width) return std::string(utf8);
  if (width == 0) return {};
  const std::size_t head = (width - 1) / 3;
  const std::size_t tail = width - 1 - head;
  std::size_t head_end = 0;
  for (std::size_t i = 0; i < head; ++i) head_end += code_point_bytes(utf8, head_end);
  std::size_t tail_begin = utf8.size();
  for (std::size_t i = 0; i < tail; ++i) {
    do --tail_begin;
    while (continues(utf8[tail_begin]));
  }
  return fmt::format("{}…{}", utf8.substr(0, head_end), utf8.substr(tail_begin));
}

std::string shell_word(const std::string& text) {
  constexpr std::string_view safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,+@%";
  if (!text.empty() && text.find_first_not_of(safe) == std::string::npos) return text;
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string shape_text(const Shape& shape) {
  return shape.empty() ? "scalar" : fmt::format("{}", fmt::join(shape, "x"));
}

std::string shapes_text(const std::vector<TensorColumn>& tensors) {
  std::string out;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (i != 0) out += ';';
    const TensorColumn& tensor = tensors[i];
    if (tensor.present && tensor.shape) out += shape_text(*tensor.shape);
  }
  return out;
}

std::string names_text(const std::vector<TensorColumn>& tensors) {
  std::string out;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (i != 0) out += ';';
    if (tensors[i].present) out += clean_text(tensors[i].name);
  }
  return out;
}

std::string dtype_text(DType dtype) { return dtype == DType::undefined ? "" : std::string(to_string(dtype)); }

std::string op_label(std::string_view domain, std::string_view op_type) {
  return domain.empty() ? clean_text(op_type) : fmt::format("{}.{}", clean_text(domain), clean_text(op_type));
}

std::string node_label(const NodeRow& row) {
  std::string out = row.subgraph.empty() ? std::string() : plain_text(row.subgraph) + ": ";
  out += row.node_name.empty() ? fmt::format("{} #{}", plain_text(row.op_type), row.node_index)
                               : plain_text(row.node_name);
  return out;
}

std::string rates_text(const MachineRates& rates) {
  if (rates.name.empty()) return {};
  return fmt::format("{}{}: {}", rates.named ? "plain roofline of " : "", rates.name, rates.source);
}

const char* to_string(MeasureStatus status) noexcept {
  switch (status) {
    case MeasureStatus::ok: return "ok";
    case MeasureStatus::skipped: return "skipped";
    case MeasureStatus::planned: return "planned";
    case MeasureStatus::no_runtime: return "no_runtime";
    case MeasureStatus::refused: return "refused";
    case MeasureStatus::crashed: return "crashed";
    case MeasureStatus::timed_out: return "timed_out";
    case MeasureStatus::out_of_memory: return "out_of_memory";
    case MeasureStatus::failed: break;
  }
  return "failed";
}

const char* to_string(BindingOrigin origin) noexcept {
  switch (origin) {
    case BindingOrigin::given: return "given";
    case BindingOrigin::derived: return "derived";
    case BindingOrigin::default_value: break;
  }
  return "default";
}

std::string significant(double value) {
  if (!std::isfinite(value)) return "unknown";
  const double rounded = rounded_to_three(value);
  const double size = std::abs(rounded);
  if (size == 0) return "0";
  if (size >= 100) return fmt::format("{:.0f}", rounded);
  if (size >= 10) return fmt::format("{:.1f}", rounded);
  if (size >= 1) return fmt::format("{:.2f}", rounded);
  return fmt::format("{:.3g}", rounded);
}

std::string quantity(double value, std::string_view unit) {
  constexpr std::array<std::string_view, 7> prefixes = {"", "k", "M", "G", "T", "P", "E"};
  if (!std::isfinite(value)) return "unknown";
  std::size_t prefix = 0;
  double scaled = value;
  while (std::abs(rounded_to_three(scaled)) >= 1000 && prefix + 1 < prefixes.size()) {
    scaled /= 1000;
    ++prefix;
  }
  const std::string number =
      prefix == 0 && scaled == std::floor(scaled) ? fmt::format("{:.0f}", scaled) : significant(scaled);
  const std::string suffix = fmt::format("{}{}", prefixes[prefix], unit);
  return suffix.empty() ? number : fmt::format("{} {}", number, suffix);
}

std::string time_text(double us) {
  if (!std::isfinite(us)) return "unknown";
  const TimeUnit unit = time_unit(us);
  return fmt::format("{} {}", significant(us / unit.us), unit.name);
}

std::string time_with_spread(double us, double spread_us) {
  if (!std::isfinite(us) || !std::isfinite(spread_us)) return time_text(us);
  const TimeUnit unit = time_unit(us);
  return fmt::format("{} {} ± {:.2g}", significant(us / unit.us), unit.name, spread_us / unit.us);
}

std::string percent(double share) {
  if (!std::isfinite(share)) return "unknown";
  const double value = share * 100;
  const double size = std::abs(value);
  if (size == 0) return "0%";
  if (size < 0.01) return "<0.01%";
  if (size < 1) return fmt::format("{:.2g}%", value);
  return size < 99.95 ? fmt::format("{:.1f}%", value) : fmt::format("{:.0f}%", value);
}

std::string relative(double value, double reference) {
  if (!std::isfinite(value) || !std::isfinite(reference) || reference == 0) return "unknown";
  const double change = (value / reference - 1) * 100;
  return fmt::format("{}{:.{}f}%", change < 0 ? "−" : "+", std::abs(change), std::abs(change) < 99.95 ? 1 : 0);
}

std::string bar(double share, std::size_t cells) {
  constexpr std::array<std::string_view, 8> eighths = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  if (!std::isfinite(share) || share <= 0) return {};
  const double exact = std::min(share, 1.0) * static_cast<double>(cells) * 8;
  const auto filled = std::max<std::size_t>(1, static_cast<std::size_t>(std::lround(exact)));
  std::string out;
  for (std::size_t i = 0; i < filled / 8; ++i) out += "█";
  out += eighths[filled % 8];
  return out;
}

}  // namespace costscan
