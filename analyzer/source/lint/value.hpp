// What the lint knows of a value while it follows a kernel: integers exactly, data only by where it comes from.
#pragma once

#include <cstdint>

#include "source/program.hpp"

namespace costscan::source::linting {

/// One bit per depth of the loops that are being executed; depth 1 is the outermost.
using LevelMask = std::uint32_t;
inline constexpr int deepest_level = 31;

[[nodiscard]] constexpr LevelMask level_bit(int depth) noexcept {
  return depth <= 0 ? 0U : 1U << static_cast<unsigned>(depth < deepest_level ? depth : deepest_level);
}

/// Bits of depths 1 to `depth`.
[[nodiscard]] constexpr LevelMask levels_up_to(int depth) noexcept {
  return depth >= deepest_level ? ~0U : (level_bit(depth + 1) - 1U);
}

inline constexpr int no_object = -1;

enum class ValueKind : std::uint8_t { none, integer, data, pointer };

struct Value {
  ValueKind kind = ValueKind::none;
  bool known = false;        ///< integer: `integer` is its value; pointer: `integer` is its offset
  bool loaded = false;       ///< depends on memory's contents or on an opaque call: work that must not be lost
  bool literal = false;      ///< a constant of the source
  bool arithmetic = false;   ///< computed, not only copied
  bool select = false;       ///< a choice (max, min, ?:) made it
  bool opaque = false;       ///< from a call with unknown side effects
  bool recovered = false;    ///< holds a rounding error that was recovered
  bool sampled = false;      ///< integer: depends on a symbol for which no --dim is given
  bool maybe_unset = false;  ///< `unset` holds on some paths only
  int unset = no_object;     ///< variable without initial value that it was computed from
  int object = no_object;    ///< pointer: what it points into
  std::int64_t integer = 0;  ///< integer's value; pointer's offset in bytes
  LevelMask varies = 0;      ///< loops with whose iterations it differs; for loaded data: whose iterations load anew
  LevelMask carried = 0;     ///< loops from whose earlier iterations it depends on something
  LevelMask fed = 0;         ///< the same, by arithmetic: earlier iterations' data live on in it
  LevelMask partial = 0;     ///< loops in whose present iteration an inner loop has summed it up
  double error = 0;          ///< first-order relative rounding error of the additions on its longest chain
  std::int64_t chain = 0;    ///< additions on that chain
  std::int32_t origin = -1;  ///< named constant or variable that it is a copy of (Machine's names)
};

/// Where a value is stored. Without object: unknown.
struct Place {
  int object = no_object;
  bool known = false;       ///< `offset` holds
  std::int64_t offset = 0;  ///< bytes
  LevelMask varies = 0;     ///< of the address
};

/// What a value computed from both inherits, its own number and chain aside.
[[nodiscard]] inline Value joined(const Value& a, const Value& b) noexcept {
  Value out;
  out.kind = a.kind;
  out.loaded = a.loaded || b.loaded;
  out.literal = a.literal && b.literal;
  out.arithmetic = a.arithmetic || b.arithmetic;
  out.select = a.select || b.select;
  out.opaque = a.opaque || b.opaque;
  out.partial = a.partial | b.partial;
  out.recovered = a.recovered || b.recovered;
  out.sampled = a.sampled || b.sampled;
  out.unset = a.unset != no_object ? a.unset : b.unset;
  out.maybe_unset = a.unset != no_object ? a.maybe_unset : b.maybe_unset;
  out.varies = a.varies | b.varies;
  out.carried = a.carried | b.carried;
  out.fed = a.fed | b.fed;
  return out;
}

[[nodiscard]] inline Value known_integer(std::int64_t integer) noexcept {
  Value out;
  out.kind = ValueKind::integer;
  out.known = true;
  out.integer = integer;
  return out;
}

/// Bytes between two neighbours of this type in memory; only has to tell elements apart where the size is unknown.
[[nodiscard]] std::int64_t stride_of(const Type& type) noexcept;

[[nodiscard]] ValueKind kind_of(const Type& type) noexcept;

/// Largest relative error of one rounding to this type; 0 where it does not round.
[[nodiscard]] double unit_roundoff(const Type& type) noexcept;

/// As C stores it in an integer of that width.
[[nodiscard]] std::int64_t wrapped(std::int64_t value, const Type& type) noexcept;

/// -value, where that exists.
[[nodiscard]] constexpr std::int64_t negated(std::int64_t value) noexcept {
  return value == INT64_MIN ? INT64_MAX : -value;
}

/// The conversions around an expression are of no interest where only the place or name matters.
[[nodiscard]] const Expr& without_conversions(const Expr& expr) noexcept;

}  // namespace costscan::source::linting
