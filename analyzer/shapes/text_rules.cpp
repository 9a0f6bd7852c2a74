// Operators on texts and images, whose contents decide the output's shape.
#include <algorithm>
#include <unordered_map>

#include "shapes/elements.hpp"
#include "shapes/image_header.hpp"
#include "shapes/own_rules.hpp"

namespace costscan {
namespace {

/// Characters that a text of unknown contents is taken to have at most (costmodels/README.md).
constexpr std::int64_t assumed_characters = 15;

/// Pieces of `text` between delimiters; none given: between runs of white space.
std::int64_t pieces_of(std::string_view text, std::string_view delimiter, std::int64_t most) {
  constexpr std::string_view white = " \t\n\v\f\r";
  std::int64_t pieces = 0;
  if (delimiter.empty()) {
    std::size_t at = text.find_first_not_of(white);
    while (at != std::string_view::npos && pieces < most) {
      ++pieces;
      at = text.find_first_not_of(white, std::min(text.find_first_of(white, at), text.size()));
    }
    return pieces;
  }
  if (text.empty()) return 0;
  for (std::size_t at = 0; at != std::string_view::npos && pieces < most; ++pieces) {
    at = text.find(delimiter, at);
    if (at != std::string_view::npos) at += delimiter.size();
  }
  return pieces;
}

/// As many pieces as the text with the most has; without the contents, as many as `maxsplit` or an assumed length
/// allows.
RuleResult string_split(const NodeInputs& node, SchemaInference&) {
  const Shape& x = shape_of_operand(node, 0);
  const std::string* given = string_attribute(node.node, "delimiter");
  const std::string_view delimiter = given != nullptr ? std::string_view(*given) : std::string_view();
  constexpr std::int64_t unlimited = std::int64_t{1} << 30;
  const std::int64_t splits = int_attribute(node.node, "maxsplit").value_or(unlimited);
  const std::int64_t most = splits < 0 || splits >= unlimited ? unlimited : splits + 1;
  Shape pieces = x;
  const KnownValue* texts = node.contents(0);
  const bool exact = texts != nullptr && !node.input(0)->value_is_bound;
  if (exact) {
    pieces.push_back(0);
    for (const std::string& text : texts->strings) {
      pieces.back() = std::max(pieces.back(), pieces_of(text, delimiter, most));
    }
  } else {
    const std::int64_t assumed = delimiter.empty() ? (assumed_characters + 1) / 2 : assumed_characters + 1;
    pieces.push_back(std::min(most, assumed));
  }
  return Types{exact ? tensor_of(DType::string, std::move(pieces)) : bounded_tensor(DType::string, std::move(pieces)),
               tensor_of(DType::int64, x)};
}

/// Stop words may drop out, but one element stays.
RuleResult string_normalizer(const NodeInputs& node, SchemaInference&) {
  Shape out = shape_of_operand(node, 0);
  if (out.empty() || out.size() > 2) return tl::unexpected(std::string("the input is of rank 1 or 2"));
  out.back() = std::max<std::int64_t>(out.back(), 1);
  return Types{bounded_tensor(DType::string, std::move(out))};
}

/// At most a token per assumed character, and two marks.
RuleResult tokenizer(const NodeInputs& node, SchemaInference&) {
  Shape out = shape_of_operand(node, 0);
  if (out.empty() || out.size() > 2) return tl::unexpected(std::string("the input is of rank 1 or 2"));
  std::int64_t longest = assumed_characters;
  if (const KnownValue* texts = node.contents(0)) {
    longest = 0;
    for (const std::string& text : texts->strings) longest = std::max(longest, static_cast<std::int64_t>(text.size()));
  }
  out.push_back(longest + (int_attribute(node.node, "mark").value_or(0) != 0 ? 2 : 0));
  return Types{bounded_tensor(DType::string, std::move(out))};
}

/// Height and width from the image file's own header, where the stream's contents are known.
RuleResult image_decoder(const NodeInputs& node, SchemaInference&) {
  TensorInfo out;
  out.kind = TypeKind::tensor;
  out.dtype = DType::uint8;
  const KnownValue* stream = node.contents(0);
  if (stream == nullptr) return Types{out};
  std::string bytes;
  for (const std::int64_t byte : stream->ints) bytes += static_cast<char>(byte);
  const auto size = image_size(bytes);
  if (!size) return Types{out};
  const std::string* format = string_attribute(node.node, "pixel_format");
  const std::int64_t channels = format != nullptr && *format == "Grayscale" ? 1 : 3;
  out.shape = Shape{size->height, size->width, channels};
  return Types{out};
}

}  // namespace

const RuleEntry* text_rule(std::string_view op_type) {
  static const std::unordered_map<std::string_view, RuleEntry> table{
      {"StringSplit", {string_split, 1}},
      {"StringNormalizer", {string_normalizer, 1}},
      {"Tokenizer", {tokenizer, 1}},
      {"ImageDecoder", {image_decoder, 1}},
  };
  const auto it = table.find(op_type);
  return it == table.end() ? nullptr : &it->second;
}

}  // namespace costscan
