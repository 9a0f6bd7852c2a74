// Class 0: a conversion that loses nothing in between leaves the number that the next one converts.
#include <algorithm>
#include <array>
#include <optional>

#include "passes/facts.hpp"
#include "passes/finders.hpp"

namespace costscan {
namespace {

/// What numbers a type holds: integers of so many bits, or floats (IEEE 754-2019, table 3.5; bfloat16: 8 bits of
/// precision over float32's range).
struct Format {
  DType dtype;
  bool floating;
  bool is_signed;
  int precision;  ///< bits of the significand, or of the magnitude
  int greatest;   ///< exponent of the largest number
  int least;      ///< exponent of the smallest normal number less the stored bits: of the least subnormal
};

constexpr std::array formats{
    Format{DType::boolean, false, false, 1, 0, 0},       Format{DType::uint8, false, false, 8, 0, 0},
    Format{DType::uint16, false, false, 16, 0, 0},       Format{DType::uint32, false, false, 32, 0, 0},
    Format{DType::uint64, false, false, 64, 0, 0},       Format{DType::int8, false, true, 7, 0, 0},
    Format{DType::int16, false, true, 15, 0, 0},         Format{DType::int32, false, true, 31, 0, 0},
    Format{DType::int64, false, true, 63, 0, 0},         Format{DType::float16, true, true, 11, 15, -24},
    Format{DType::bfloat16, true, true, 8, 127, -133},   Format{DType::float32, true, true, 24, 127, -149},
    Format{DType::float64, true, true, 53, 1023, -1074},
};

const Format* format_of(DType dtype) {
  const auto found = std::ranges::find(formats, dtype, &Format::dtype);
  return found == formats.end() ? nullptr : &*found;
}

/// Whether every number of `from` is one of `to`.
bool is_exact(const Format& from, const Format& to) {
  if (to.dtype == DType::boolean) return from.dtype == DType::boolean;
  if (from.floating && !to.floating) return false;
  if (!from.floating && !to.floating) {
    return from.precision <= to.precision && (!from.is_signed || to.is_signed);
  }
  // An integer's least value, −2^precision, is a power of two.
  if (!from.floating) return from.precision <= to.precision && from.precision <= to.greatest;
  return from.precision <= to.precision && from.greatest <= to.greatest && from.least >= to.least;
}

/// Whether converting straight from `from` is the same as by way of `middle`, which holds all of its numbers.
bool converts_alike(const Format& from, const Format& middle, const Format& to) {
  if (!is_exact(from, middle)) return false;
  if (to.floating) return true;
  // Integers wrap by their low bits either way. A float beyond the integer's range is undefined, and runtimes differ by
  // the type that they come from.
  if (from.floating) return to.dtype == DType::boolean;
  return !middle.floating || is_exact(from, to);
}

bool is_cast(const Node& node) {
  static constexpr std::string_view casts[] = {"Cast", "CastLike"};
  return is_any_op(node, casts);
}

}  // namespace

std::vector<Rewrite> find_cast_chains(const PassContext& context) {
  const GraphView& view = context.view;
  std::vector<Rewrite> found;
  for (std::int32_t n = 0; n < view.node_count(); ++n) {
    if (!is_cast(view.node(n))) continue;
    const std::int32_t first = view.producer(view.input(n, 0));
    if (first < 0 || !is_cast(view.node(first))) continue;
    const ValueId source = view.input(first, 0);
    const ValueId out = view.output(n, 0);
    const Format* from = format_of(view.dtype(source));
    const Format* middle = format_of(view.dtype(view.input(n, 0)));
    const Format* to = format_of(view.dtype(out));
    if (from == nullptr || middle == nullptr || to == nullptr || !converts_alike(*from, *middle, *to)) continue;
    RewriteBuilder builder(view, {first, n});
    builder.note(std::string(to_string(from->dtype)) + " by way of " + std::string(to_string(middle->dtype)));
    if (from == to) {
      builder.replace(out, source);
    } else {
      constexpr std::int64_t as_number_since = 6;
      if (view.opset() < as_number_since) continue;
      const auto number = static_cast<std::int64_t>(to->dtype);
      builder.replace(out, builder.node("Cast", {source}, {make_attribute("to", number)}));
    }
    found.push_back(builder.finish());
  }
  return found;
}

}  // namespace costscan
