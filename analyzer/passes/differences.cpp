#include "passes/differences.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <vector>

namespace costscan {
namespace {

void compare_numbers(double a, double b, OutputDifference& out) {
  if (std::isfinite(a)) {
    out.largest = std::max(out.largest, std::abs(a));
  } else {
    ++out.not_finite;
  }
  if (std::isnan(a) && std::isnan(b)) return;
  if (a == b && std::signbit(a) == std::signbit(b)) return;
  ++out.differing;
  if (!std::isfinite(a) || !std::isfinite(b)) {
    ++out.special;
    out.introduced += std::isfinite(a) ? 1 : 0;
    return;
  }
  const double difference = std::abs(a - b);
  out.max_abs = std::max(out.max_abs, difference);
  if (difference > 0) out.max_rel = std::max(out.max_rel, difference / std::max(std::abs(a), std::abs(b)));
}

/// Beyond 2^53 two integers may be one double: equality is that of the integers.
void compare_integers(std::int64_t a, std::int64_t b, OutputDifference& out) {
  const auto left = static_cast<double>(a);
  const auto right = static_cast<double>(b);
  if (a != b && left == right) {
    ++out.differing;
    out.largest = std::max(out.largest, std::abs(left));
    out.max_abs = std::max(out.max_abs, 1.0);
    return;
  }
  compare_numbers(left, right, out);
}

void cannot_compare(OutputDifference& out) { out.reason = "its contents cannot be compared"; }

/// Element by element where both are there; a second tensor without contents is no equal one.
template <class T, class Compare>
void compare_elements(const std::vector<T>& left, const std::optional<std::vector<T>>& right, OutputDifference& out,
                      Compare compare_one) {
  if (!right || right->size() != left.size()) {
    cannot_compare(out);
    return;
  }
  for (std::size_t i = 0; i < left.size(); ++i) compare_one(left[i], (*right)[i], out);
}

/// Types that are compared as bytes: what has no numbers here.
void compare_bytes(const Tensor& a, const Tensor& b, OutputDifference& out) {
  const auto left = bytes_in_memory(a);
  const auto right = bytes_in_memory(b);
  if (!left || !right) {
    cannot_compare(out);
    return;
  }
  const bool same =
      left->size() == right->size() && (left->empty() || std::memcmp(left->data(), right->data(), left->size()) == 0);
  out.differing = same ? 0 : out.elements;
}

OutputDifference compare(const Tensor& a, const Tensor& b) {
  OutputDifference out;
  out.name = a.name;
  out.dtype = a.dtype;
  out.elements = element_count(a);
  if (a.dtype != b.dtype || a.dims != b.dims) {
    out.reason = "types or sizes differ";
    out.differing = out.elements;
    return out;
  }
  if (out.elements == 0) return out;
  if (const auto left = floating_elements(a)) {
    compare_elements(*left, floating_elements(b), out, compare_numbers);
    return out;
  }
  if (const auto left = integer_elements(a)) {
    compare_elements(*left, integer_elements(b), out, compare_integers);
    return out;
  }
  compare_bytes(a, b, out);
  return out;
}

}  // namespace

std::vector<OutputDifference> differences(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  std::vector<OutputDifference> out;
  for (const Tensor& tensor : a) {
    const auto other = std::ranges::find(b, tensor.name, &Tensor::name);
    if (other != b.end()) {
      out.push_back(compare(tensor, *other));
      continue;
    }
    OutputDifference lost;
    lost.name = tensor.name;
    lost.elements = lost.differing = element_count(tensor);
    lost.reason = "the second model has no such output";
    out.push_back(std::move(lost));
  }
  return out;
}

}  // namespace costscan
