#include "cli/operand_text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>

#include "model/text.hpp"

namespace costscan::cli {
namespace {

std::string trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(' ') - begin + 1));
}

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> out;
  if (trimmed(list).empty()) return out;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t comma = std::min(list.find(',', begin), list.size());
    out.push_back(trimmed(list.substr(begin, comma - begin)));
    begin = comma + 1;
  }
  return out;
}

tl::unexpected<Error> bad_input(const std::string& text, std::string_view why) {
  return fail(ErrorKind::usage,
              fmt::format("--input takes NAME=DTYPE[DIMS], for example X=float32[1,128,768], not '{}': {}",
                          printable(text), why));
}

/// A number, a name that --dim binds, or an expression of those: "128", "seq", "4*hidden".
Result<DeclaredDim> read_dim(const std::string& text, const std::string& whole) {
  if (const auto number = number_from<std::int64_t>(text)) {
    if (*number < 0) return bad_input(whole, "a dimension cannot be negative");
    return DeclaredDim(*number);
  }
  const auto fits = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("_ +-*/()").find(c) != std::string_view::npos;
  };
  const bool named = !identifiers(text).empty();
  const bool number_and_letters = std::isdigit(static_cast<unsigned char>(text.empty() ? '0' : text[0])) != 0 &&
                                  text.find_first_of("+-*/ ") == std::string::npos;
  if (!named || number_and_letters || !std::ranges::all_of(text, fits)) {
    return bad_input(whole, fmt::format("'{}' is no dimension", printable(text)));
  }
  return DeclaredDim(text);
}

/// The text after the shape: nothing, "const", or "= 3" and "= [1, 2]".
Result<void> read_rest(Operand& operand, const std::string& rest, const std::string& whole) {
  if (rest.empty()) return {};
  operand.constant = true;
  if (rest == "const") return {};
  if (!rest.starts_with('=')) return bad_input(whole, fmt::format("'{}' after the shape", printable(rest)));
  std::string list = trimmed(std::string_view(rest).substr(1));
  if (list.starts_with('[') && list.ends_with(']')) list = list.substr(1, list.size() - 2);
  operand.contents = split(list);
  return {};
}

Result<AttributeValue> read_value(const std::string& text) {
  if (const auto whole = number_from<std::int64_t>(text)) return AttributeValue(*whole);
  if (const auto real = number_from<float>(text)) return AttributeValue(*real);
  if (!text.starts_with('[') || !text.ends_with(']')) return AttributeValue(text);
  const std::vector<std::string> items = split(std::string_view(text).substr(1, text.size() - 2));
  std::vector<std::int64_t> ints;
  std::vector<float> floats;
  for (const std::string& item : items) {
    if (const auto whole = number_from<std::int64_t>(item)) ints.push_back(*whole);
    if (const auto real = number_from<float>(item)) floats.push_back(*real);
  }
  if (ints.size() == items.size()) return AttributeValue(std::move(ints));
  if (floats.size() == items.size()) return AttributeValue(std::move(floats));
  return AttributeValue(items);
}

}  // namespace

std::vector<std::string> identifiers(std::string_view text) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < text.size();) {
    const auto is_word = [&](std::size_t at) {
      return at < text.size() && (std::isalnum(static_cast<unsigned char>(text[at])) != 0 || text[at] == '_');
    };
    std::size_t end = i;
    while (is_word(end)) ++end;
    if (end > i && std::isdigit(static_cast<unsigned char>(text[i])) == 0) out.emplace_back(text.substr(i, end - i));
    i = std::max(end, i + 1);
  }
  return out;
}

Result<Operand> read_operand(const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::size_t open = text.find('[');
  const std::size_t close = text.find(']', open == std::string::npos ? 0 : open);
  if (equals == std::string::npos || equals == 0) return bad_input(text, "no name");
  if (open == std::string::npos || close == std::string::npos || open < equals) return bad_input(text, "no shape");
  Operand out;
  out.name = trimmed(std::string_view(text).substr(0, equals));
  const std::string type = trimmed(std::string_view(text).substr(equals + 1, open - equals - 1));
  const auto dtype = dtype_from_string(type);
  if (!dtype || *dtype == DType::undefined) return bad_input(text, fmt::format("'{}' is no dtype", printable(type)));
  out.dtype = *dtype;
  for (const std::string& part : split(std::string_view(text).substr(open + 1, close - open - 1))) {
    auto dim = read_dim(part, text);
    if (!dim) return tl::unexpected(dim.error());
    out.dims.push_back(std::move(*dim));
  }
  if (auto ok = read_rest(out, trimmed(std::string_view(text).substr(close + 1)), text); !ok) {
    return tl::unexpected(ok.error());
  }
  return out;
}

Result<std::vector<Attribute>> read_attributes(const std::vector<std::string>& texts) {
  std::vector<Attribute> out;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(ErrorKind::usage,
                  fmt::format("--attr takes NAME=VALUE, for example axis=-1, not '{}'", printable(text)));
    }
    auto value = read_value(trimmed(std::string_view(text).substr(equals + 1)));
    if (!value) return tl::unexpected(value.error());
    Attribute attribute;
    attribute.name = trimmed(std::string_view(text).substr(0, equals));
    attribute.value = std::move(*value);
    out.push_back(std::move(attribute));
  }
  return out;
}

}  // namespace costscan::cli
