#include "source/count/values.hpp"

#include <algorithm>

#include "model/checked_math.hpp"

namespace costscan::source::count {

std::int64_t bytes_of(const Type& type) noexcept {
  constexpr std::int64_t pointer_bytes = 8;
  switch (type.kind) {
    case TypeKind::boolean:
    case TypeKind::integer:
    case TypeKind::floating: return std::max<std::int64_t>(1, std::int64_t{type.bits} * type.lanes / 8);
    case TypeKind::pointer: return pointer_bytes;
    case TypeKind::array: {
      std::int64_t total = type.element ? bytes_of(*type.element) : 0;
      for (const std::int64_t extent : type.extents) {
        total = extent > 0 ? checked_mul(total, extent).value_or(0) : 0;
      }
      return type.extents.empty() ? 0 : total;
    }
    default: return 1;
  }
}

bool is_scalar(const Type& type) noexcept {
  return type.kind == TypeKind::boolean || type.kind == TypeKind::integer || type.kind == TypeKind::floating;
}

bool is_comparison(Operator op) noexcept {
  switch (op) {
    case Operator::less:
    case Operator::less_equal:
    case Operator::greater:
    case Operator::greater_equal:
    case Operator::equal:
    case Operator::not_equal: return true;
    default: return false;
  }
}

std::string last_name(const std::string& qualified) {
  int depth = 0;
  for (std::size_t i = qualified.size(); i > 0; --i) {
    const char c = qualified[i - 1];
    if (c == '>') ++depth;
    if (c == '<') --depth;
    if (c == ':' && depth == 0) return qualified.substr(i);
  }
  return qualified;
}

}  // namespace costscan::source::count
