// `X=float32[1,128,768]` and `axis=-1`, as texts of the command line.
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/graph.hpp"
#include "model/result.hpp"

namespace costscan::cli {

/// One --input.
struct Operand {
  std::string name;
  DType dtype = DType::undefined;
  std::vector<DeclaredDim> dims;
  bool constant = false;
  std::optional<std::vector<std::string>> contents;  ///< element by element
};

/// The whole text as a number, or nullopt.
template <class Number>
[[nodiscard]] std::optional<Number> number_from(std::string_view text) {
  Number out{};
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (text.empty() || error != std::errc{} || rest != text.data() + text.size()) return std::nullopt;
  return out;
}

/// The names in "4*hidden + past".
[[nodiscard]] std::vector<std::string> identifiers(std::string_view text);

/// NAME=DTYPE[dims], then optionally " const" or " = [contents]". Error (usage) says what is wrong with which text.
[[nodiscard]] Result<Operand> read_operand(const std::string& text);

/// NAME=VALUE each; a value is a whole number, a real one, a text, or a list of those.
[[nodiscard]] Result<std::vector<Attribute>> read_attributes(const std::vector<std::string>& texts);

}  // namespace costscan::cli
