#include "load/convert_context.hpp"

#include <fmt/format.h>

#include "model/text.hpp"

namespace costscan {

void Tally::add(std::string_view place) {
  if (count++ == 0) first = printable(place);
}

Parsed<std::string> checked_name(std::string&& name, std::string_view what) {
  if (is_utf8(name)) return std::move(name);
  return refuse(fmt::format("{} '{}' is not UTF-8; rename it or export the model again", what, printable(name)));
}

std::string free_text(ConvertContext& context, std::string&& text) {
  if (is_utf8(text)) return std::move(text);
  context.repaired_texts.add(text);
  return sanitized_utf8(text);
}

std::string normalized_domain(std::string&& domain) {
  if (domain == "ai.onnx") return {};
  return std::move(domain);
}

}  // namespace costscan
