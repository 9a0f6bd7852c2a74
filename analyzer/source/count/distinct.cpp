// Distinct elements of an array: the union of what its accesses touch, where each is a box of strides (rows that do not
// overlap, or an interval) and the boxes are equal, inside one another, or intervals whose ends can be compared.
#include <algorithm>
#include <utility>

#include "source/count/symbolic.hpp"

namespace costscan::source::count {
namespace {

struct Dimension {
  AtomId var = 0;
  Poly stride;
  Poly trips;
};

/// What one access touches: `base` + sums of strides; an interval of `length` bytes where `interval`.
struct Box {
  Poly base;
  Poly length;  ///< from the first to behind the last byte
  Poly bytes;   ///< distinct ones
  bool interval = true;

  friend bool operator==(const Box&, const Box&) = default;
};

class Union {
 public:
  Union(Algebra& algebra, const std::vector<Poly>& facts) : algebra_(algebra), sums_(algebra) {
    for (const Poly& fact : facts) sums_.push_fact(fact);
  }

  std::optional<Box> box_of(const Access& access, const Poly& position, const Poly& width) {
    Poly rest = position;
    std::vector<Dimension> dimensions;
    bool shapely = true;  // trip counts do not depend on other loops
    for (const auto& [var, trips] : access.loops) {
      const auto line = linear_in(algebra_, rest, var);
      if (!line) return std::nullopt;
      if (line->slope.zero()) continue;
      rest = line->rest;
      Dimension d{var, line->slope, trips};
      if (algebra_.has_loops(d.stride)) return std::nullopt;
      shapely = shapely && !algebra_.has_loops(trips);
      if (sums_.nonnegative(-d.stride)) {  // downwards: from its last element on
        if (algebra_.has_loops(trips)) return std::nullopt;
        rest += d.stride * (trips - Poly(1));
        d.stride = -d.stride;
      }
      dimensions.push_back(std::move(d));
    }
    if (algebra_.has_loops(rest) || algebra_.unknown(rest)) return std::nullopt;
    Box box{rest, width, width, true};
    if (shapely) return stacked(std::move(box), std::move(dimensions));
    return one_by_one(std::move(box), dimensions, access);
  }

  std::optional<Poly> joined(std::vector<Box> boxes) {
    // Equal ones once, those inside an interval not at all.
    std::vector<Box> kept;
    for (const Box& box : boxes) {
      if (std::find(kept.begin(), kept.end(), box) == kept.end()) kept.push_back(box);
    }
    for (bool changed = true; changed;) {
      changed = false;
      for (std::size_t i = 0; i < kept.size() && !changed; ++i) {
        for (std::size_t j = 0; j < kept.size() && !changed; ++j) {
          if (i == j || !merge(kept[i], kept[j])) continue;
          kept.erase(kept.begin() + static_cast<std::ptrdiff_t>(j));
          changed = true;
        }
      }
    }
    Poly total;
    for (std::size_t i = 0; i < kept.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (!apart(kept[i], kept[j])) return std::nullopt;
      }
      total += kept[i].bytes;
    }
    return total;
  }

  Summation& sums() { return sums_; }

 private:
  /// Loops from the smallest stride up: a stride as long as what is below it continues or separates, a shorter one
  /// overlaps.
  std::optional<Box> stacked(Box box, std::vector<Dimension> dimensions) {
    while (!dimensions.empty()) {
      const auto smallest = std::find_if(dimensions.begin(), dimensions.end(), [&](const Dimension& d) {
        return std::all_of(dimensions.begin(), dimensions.end(),
                           [&](const Dimension& other) { return sums_.nonnegative(other.stride - d.stride); });
      });
      const auto next = smallest == dimensions.end() ? dimensions.begin() : smallest;
      const Dimension d = *next;
      if (smallest == dimensions.end() && dimensions.size() > 1) return std::nullopt;
      dimensions.erase(next);
      const bool overlaps = box.interval && sums_.nonnegative(box.length - d.stride);
      if (!overlaps && !sums_.nonnegative(d.stride - box.length)) return std::nullopt;
      const Poly length = box.length + d.stride * (d.trips - Poly(1));
      box.bytes = overlaps ? length : box.bytes * d.trips;
      box.length = length;
      box.interval = overlaps;
    }
    return box;
  }

  /// Trip counts that depend on outer loops: only where no two iterations touch the same.
  std::optional<Box> one_by_one(Box box, const std::vector<Dimension>& dimensions, const Access& access) {
    std::vector<Dimension> left = dimensions;
    for (const auto& [var, trips] : access.loops) sums_.enter(var, trips);
    bool separate = true;
    Poly span = box.length;
    while (!left.empty() && separate) {
      const auto smallest = std::find_if(left.begin(), left.end(), [&](const Dimension& d) {
        return std::all_of(left.begin(), left.end(),
                           [&](const Dimension& other) { return sums_.nonnegative(other.stride - d.stride); });
      });
      separate = smallest != left.end() && sums_.nonnegative(smallest->stride - span);
      if (!separate) break;
      span += smallest->stride * (smallest->trips - Poly(1));
      left.erase(smallest);
    }
    for (std::size_t i = 0; i < access.loops.size(); ++i) sums_.leave();
    if (!separate) return std::nullopt;
    Poly count = 1;
    for (auto loop = access.loops.rbegin(); loop != access.loops.rend(); ++loop) {
      const bool used =
          std::any_of(dimensions.begin(), dimensions.end(), [&](const Dimension& d) { return d.var == loop->first; });
      if (used) {
        count = sums_.sum(count, loop->first, loop->second);
      } else if (algebra_.depends(count, loop->first)) {
        return std::nullopt;
      }
    }
    box.bytes = box.bytes * count;
    box.interval = false;
    box.length = Poly();  // not known as an interval
    return box;
  }

  bool inside(const Box& outer, const Box& inner) {
    return outer.interval && !inner.length.zero() && sums_.nonnegative(inner.base - outer.base) &&
           sums_.nonnegative(outer.base + outer.length - inner.base - inner.length);
  }

  bool merge(Box& into, const Box& other) {
    if (inside(into, other)) return true;
    if (!into.interval || !other.interval) return false;
    // Intervals that overlap or touch.
    if (!sums_.nonnegative(other.base - into.base) || !sums_.nonnegative(into.base + into.length - other.base) ||
        !sums_.nonnegative(other.base + other.length - into.base - into.length)) {
      return false;
    }
    into.length = other.base + other.length - into.base;
    into.bytes = into.length;
    return true;
  }

  bool apart(const Box& a, const Box& b) {
    if (a.length.zero() || b.length.zero()) return false;
    return sums_.nonnegative(b.base - a.base - a.length) || sums_.nonnegative(a.base - b.base - b.length);
  }

  Algebra& algebra_;
  Summation sums_;
};

}  // namespace

std::optional<Poly> distinct_bytes(Algebra& algebra, const std::vector<Access>& accesses, std::int64_t element_bytes,
                                   const std::vector<Poly>& facts) {
  Union all(algebra, facts);
  std::vector<Box> boxes;
  std::vector<std::vector<Box>> outers;
  for (const Access& access : accesses) {
    const auto width = integer_value(access.bytes);
    if (!access.always || access.perhaps || (width && *width % element_bytes != 0)) return std::nullopt;
    if (algebra.has_loops(access.bytes)) return std::nullopt;
    const auto box = all.box_of(access, access.offset, access.bytes);
    if (!box) return std::nullopt;
    std::vector<Box> outer;
    for (const Poly& index : access.outer) {
      const auto rows = all.box_of(access, index, 1);
      if (!rows) return std::nullopt;
      outer.push_back(*rows);
    }
    boxes.push_back(*box);
    outers.push_back(std::move(outer));
  }
  if (boxes.empty()) return Poly();
  // Rows of containers: the same ones for every access, and no loop in two of the indices.
  Poly rows = 1;
  for (const auto& outer : outers) {
    if (outer != outers.front()) return std::nullopt;
  }
  for (const Box& box : outers.front()) rows = rows * box.bytes;
  if (!outers.front().empty()) {
    for (const Access& access : accesses) {
      for (const auto& [var, trips] : access.loops) {
        int uses = algebra.depends(access.offset, var) ? 1 : 0;
        for (const Poly& index : access.outer) uses += algebra.depends(index, var) ? 1 : 0;
        if (uses > 1 || (uses > 0 && algebra.has_loops(trips))) return std::nullopt;
      }
    }
  }
  const auto bytes = all.joined(std::move(boxes));
  return bytes ? std::optional(*bytes * rows) : std::nullopt;
}

}  // namespace costscan::source::count
