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

/// Where one access goes: [base, base + width) at every combination of the dimensions' indices.
struct Lattice {
  Poly base;
  Poly width;
  std::vector<Dimension> dimensions;
  bool shapely = true;  ///< no trip count depends on a loop
  const Access* access = nullptr;
};

/// What one access touches.
struct Box {
  Poly base;
  Poly length;  ///< from the first to behind the last byte; zero: not known
  Poly bytes;   ///< distinct ones
  bool interval = true;

  friend bool operator==(const Box&, const Box&) = default;
};

bool same_steps(const Lattice& a, const Lattice& b) {
  return a.shapely && b.shapely &&
         std::equal(a.dimensions.begin(), a.dimensions.end(), b.dimensions.begin(), b.dimensions.end(),
                    [](const Dimension& x, const Dimension& y) { return x.stride == y.stride && x.trips == y.trips; });
}

class Union {
 public:
  Union(Algebra& algebra, const std::vector<Poly>& facts) : algebra_(algebra), sums_(algebra) {
    for (const Poly& fact : facts) sums_.push_fact(fact);
  }

  /// Loops that never run touch nothing; the forms are for those that do.
  void suppose_runs(const std::vector<Access>& accesses) {
    for (const Access& access : accesses) {
      for (const auto& [var, trips] : access.loops) {
        if (!algebra_.has_loops(trips)) sums_.push_fact(trips - Poly(1));
      }
    }
  }

  std::optional<Lattice> lattice_of(const Access& access, const Poly& position, const Poly& width) {
    Lattice out;
    out.base = position;
    out.width = width;
    out.access = &access;
    for (const auto& [var, trips] : access.loops) {
      const auto line = linear_in(algebra_, out.base, var);
      if (!line) return std::nullopt;
      if (line->slope.zero()) continue;
      out.base = line->rest;
      Dimension d{var, line->slope, trips};
      if (algebra_.has_loops(d.stride)) return std::nullopt;
      if (trips == Poly(1)) continue;
      out.shapely = out.shapely && !algebra_.has_loops(trips);
      if (!sums_.nonnegative(d.stride) && sums_.nonnegative(-d.stride)) {  // downwards: from its last element on
        if (algebra_.has_loops(trips)) return std::nullopt;
        out.base += d.stride * (trips - Poly(1));
        d.stride = -d.stride;
      }
      out.dimensions.push_back(std::move(d));
    }
    if (algebra_.has_loops(out.base) || algebra_.unknown(out.base)) return std::nullopt;
    return out;
  }

  /// Accesses side by side in the same loops (x[i - 1], x[i], x[i + 1]) are one wider access.
  void widen(std::vector<Lattice>& lattices) {
    for (bool changed = true; changed;) {
      changed = false;
      for (std::size_t i = 0; i < lattices.size() && !changed; ++i) {
        for (std::size_t j = 0; j < lattices.size() && !changed; ++j) {
          if (i == j || !same_steps(lattices[i], lattices[j])) continue;
          const Poly ahead = lattices[j].base - lattices[i].base;
          if (!sums_.nonnegative(ahead) || !sums_.nonnegative(lattices[i].width - ahead)) continue;
          const Poly end = ahead + lattices[j].width;
          if (sums_.nonnegative(end - lattices[i].width)) {
            lattices[i].width = end;
          } else if (!sums_.nonnegative(lattices[i].width - end)) {
            continue;
          }
          lattices.erase(lattices.begin() + static_cast<std::ptrdiff_t>(j));
          changed = true;
        }
      }
    }
  }

  std::optional<Box> box_of(const Lattice& lattice) {
    Box box{lattice.base, lattice.width, lattice.width, true};
    return lattice.shapely ? stacked(std::move(box), lattice.dimensions) : one_by_one(std::move(box), lattice);
  }

  std::optional<Poly> joined(const std::vector<Box>& boxes) {
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

 private:
  using Dimensions = std::vector<Dimension>;

  Dimensions::iterator smallest_stride(Dimensions& dimensions) {
    return std::find_if(dimensions.begin(), dimensions.end(), [&](const Dimension& d) {
      return std::all_of(dimensions.begin(), dimensions.end(),
                         [&](const Dimension& other) { return sums_.nonnegative(other.stride - d.stride); });
    });
  }

  /// Loops from the smallest stride up: a stride as long as what is below it continues or separates, a shorter one
  /// overlaps.
  std::optional<Box> stacked(Box box, Dimensions dimensions) {
    while (!dimensions.empty()) {
      const auto next = smallest_stride(dimensions);
      if (next == dimensions.end()) return std::nullopt;
      const Dimension d = std::move(*next);
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
  std::optional<Box> one_by_one(Box box, const Lattice& lattice) {
    const auto& loops = lattice.access->loops;
    Dimensions left = lattice.dimensions;
    for (const auto& [var, trips] : loops) sums_.enter(var, trips);
    bool separate = true;
    Poly span = box.length;
    while (!left.empty() && separate) {
      const auto next = smallest_stride(left);
      separate = next != left.end() && sums_.nonnegative(next->stride - span);
      if (!separate) break;
      span += next->stride * (next->trips - Poly(1));
      left.erase(next);
    }
    for (std::size_t i = 0; i < loops.size(); ++i) sums_.leave();
    if (!separate) return std::nullopt;
    Poly count = 1;
    for (auto loop = loops.rbegin(); loop != loops.rend(); ++loop) {
      const bool used = std::any_of(lattice.dimensions.begin(), lattice.dimensions.end(),
                                    [&](const Dimension& d) { return d.var == loop->first; });
      if (used) {
        count = sums_.sum(count, loop->first, loop->second);
      } else if (algebra_.depends(count, loop->first)) {
        return std::nullopt;
      }
    }
    box.bytes = box.bytes * count;
    box.interval = false;
    box.length = Poly();
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

/// Rows of containers of containers: the same ones for every access, no loop in two of the indices.
std::optional<Poly> rows_of(Algebra& algebra, Union& all, const std::vector<Access>& accesses) {
  Poly rows = 1;
  std::optional<std::vector<Box>> first;
  for (const Access& access : accesses) {
    std::vector<Box> outer;
    for (const Poly& index : access.outer) {
      const auto lattice = all.lattice_of(access, index, 1);
      const auto box = lattice ? all.box_of(*lattice) : std::nullopt;
      if (!box) return std::nullopt;
      outer.push_back(*box);
    }
    if (!first) first = outer;
    if (outer != *first) return std::nullopt;
    for (const auto& [var, trips] : access.loops) {
      int uses = algebra.depends(access.offset, var) ? 1 : 0;
      for (const Poly& index : access.outer) uses += algebra.depends(index, var) ? 1 : 0;
      if (uses > 1 || (uses > 0 && !outer.empty() && algebra.has_loops(trips))) {
        if (!outer.empty()) return std::nullopt;
      }
    }
  }
  if (first) {
    for (const Box& box : *first) rows = rows * box.bytes;
  }
  return rows;
}

}  // namespace

std::optional<Poly> distinct_bytes(Algebra& algebra, const std::vector<Access>& accesses, std::int64_t element_bytes,
                                   const std::vector<Poly>& facts) {
  Union all(algebra, facts);
  all.suppose_runs(accesses);
  std::vector<Lattice> lattices;
  for (const Access& access : accesses) {
    const auto width = integer_value(access.bytes);
    if (!access.always || access.perhaps || (width && *width % element_bytes != 0)) return std::nullopt;
    if (algebra.has_loops(access.bytes)) return std::nullopt;
    auto lattice = all.lattice_of(access, access.offset, access.bytes);
    if (!lattice) return std::nullopt;
    lattices.push_back(std::move(*lattice));
  }
  const auto rows = rows_of(algebra, all, accesses);
  if (!rows) return std::nullopt;
  all.widen(lattices);
  std::vector<Box> boxes;
  for (const Lattice& lattice : lattices) {
    const auto box = all.box_of(lattice);
    if (!box) return std::nullopt;
    boxes.push_back(*box);
  }
  const auto bytes = all.joined(boxes);
  return bytes ? std::optional(*bytes * *rows) : std::nullopt;
}

}  // namespace costscan::source::count
