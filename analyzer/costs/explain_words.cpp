#include "costs/explain_words.hpp"

#include <fmt/core.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "model/text.hpp"

namespace costscan {

std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  const std::size_t first = number < 0 ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string magnitude(std::int64_t number, bool bytes) {
  constexpr std::array<std::string_view, 7> prefixes{"", "k", "M", "G", "T", "P", "E"};
  constexpr double thousand = 1000;
  double scaled = std::abs(static_cast<double>(number));
  if (scaled < 10 * thousand) return {};
  std::size_t prefix = 0;
  // 999.5 would print as 1000: it belongs to the next prefix.
  while (scaled >= 999.5 && prefix + 1 < prefixes.size()) {
    scaled /= thousand;
    ++prefix;
  }
  const int decimals = scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0;
  return fmt::format("{}{:.{}f} {}{}", number < 0 ? "-" : "", scaled, decimals, prefixes[prefix], bytes ? "B" : "");
}

bool is_bytes(std::string_view quantity) noexcept { return quantity.ends_with("_bytes") || quantity == "working_set"; }

std::vector<std::string> equation(const WorksheetFigure& figure) {
  std::vector<std::string> out;
  if (!figure.formula.empty()) out.push_back(figure.formula);
  if (!figure.substituted.empty() && figure.substituted != figure.formula) out.push_back(figure.substituted);
  if (!figure.value) return out;
  const std::string plain = std::to_string(*figure.value);
  if (!out.empty() && out.back() == plain) out.pop_back();
  out.push_back(grouped(*figure.value));
  return out;
}

std::string node_title(const WorksheetNode& node) {
  return fmt::format("#{}{} of {}", node.index, node.name.empty() ? "" : fmt::format(" '{}'", printable(node.name)),
                     printable(node.model));
}

std::string fit_sentence(const WorksheetFigure& working_set, const std::optional<FastMemory>& memory) {
  if (!working_set.value || !memory) return {};
  const std::int64_t spare = memory->bytes - *working_set.value;
  return fmt::format("needs {} bytes, there are {}: {} {}", grouped(*working_set.value), grouped(memory->bytes),
                     grouped(std::abs(spare)), spare < 0 ? "too few" : "to spare");
}

std::string extra_sentence(const WorksheetExtra& extra) {
  if (!extra.figure.value) return {};
  std::string out = fmt::format("{}{}{}", *extra.figure.value < 0 ? "" : "+", grouped(*extra.figure.value),
                                is_bytes(extra.figure.quantity) ? " bytes" : "");
  const std::string short_form = magnitude(*extra.figure.value, is_bytes(extra.figure.quantity));
  if (!short_form.empty()) out += fmt::format(" ({})", short_form);
  if (extra.ratio) out += fmt::format(", {:.2f} times that of '{}'", *extra.ratio, extra.against);
  return out;
}

}  // namespace costscan
