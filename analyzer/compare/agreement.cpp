#include "compare/agreement.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>

namespace costscan {
namespace {

/// All elements as numbers; integers beyond 2^53 lose their last digits. nullopt for what holds none.
std::optional<std::vector<double>> numbers(const Tensor& tensor) {
  if (auto floats = floating_elements(tensor)) return floats;
  const auto integers = integer_elements(tensor);
  if (!integers) return std::nullopt;
  return std::vector<double>(integers->begin(), integers->end());
}

std::string sizes_of(const Tensor& tensor) {
  return tensor.dims.empty() ? "scalar" : fmt::format("{}", fmt::join(tensor.dims, "x"));
}

void compare_element(double a, double b, OutputAgreement& out) {
  const bool nan_a = std::isnan(a);
  const bool nan_b = std::isnan(b);
  out.nan_a += nan_a ? 1 : 0;
  out.nan_b += nan_b ? 1 : 0;
  if (std::isfinite(a)) out.max_abs_a = std::max(out.max_abs_a, std::abs(a));
  if ((nan_a && nan_b) || a == b) {
    if (std::isfinite(a)) {
      out.max_abs_diff = std::max(out.max_abs_diff.value_or(0), 0.0);
      out.max_rel_diff = std::max(out.max_rel_diff.value_or(0), 0.0);
    }
    return;
  }
  ++out.differing;
  if (nan_a || nan_b) {
    ++out.nan_mismatch;
  } else if (!std::isfinite(a) || !std::isfinite(b)) {
    ++out.infinite_mismatch;
  } else {
    const double difference = std::abs(a - b);
    out.max_abs_diff = std::max(out.max_abs_diff.value_or(0), difference);
    out.max_rel_diff = std::max(out.max_rel_diff.value_or(0), difference / std::max(std::abs(a), std::abs(b)));
  }
}

OutputAgreement compare_tensors(const Tensor& a, const Tensor& b, std::string how) {
  OutputAgreement out;
  out.name_a = a.name;
  out.name_b = b.name;
  out.how = std::move(how);
  out.dtype_a = a.dtype;
  out.dtype_b = b.dtype;
  out.shape_a = a.dims;
  out.shape_b = b.dims;
  if (a.dims != b.dims) {
    out.reason = fmt::format("sizes differ: {} and {}", sizes_of(a), sizes_of(b));
    return out;
  }
  const auto left = numbers(a);
  const auto right = numbers(b);
  if (!left || !right) {
    out.reason = "only tensors of numbers are compared";
    return out;
  }
  out.elements = static_cast<std::int64_t>(left->size());
  for (std::size_t i = 0; i < left->size(); ++i) compare_element((*left)[i], (*right)[i], out);
  return out;
}

OutputAgreement alone(const Tensor& tensor, bool of_a) {
  OutputAgreement out;
  (of_a ? out.name_a : out.name_b) = tensor.name;
  (of_a ? out.dtype_a : out.dtype_b) = tensor.dtype;
  (of_a ? out.shape_a : out.shape_b) = tensor.dims;
  out.reason = of_a ? "B has no such output" : "A has no such output";
  return out;
}

}  // namespace

std::vector<OutputAgreement> compare_outputs(std::span<const Tensor> a, std::span<const Tensor> b) {
  std::vector<OutputAgreement> out;
  std::vector<const Tensor*> left;
  std::vector<const Tensor*> right;
  for (const Tensor& tensor : a) {
    const auto same = std::ranges::find(b, tensor.name, &Tensor::name);
    if (same != b.end()) {
      out.push_back(compare_tensors(tensor, *same, "name"));
    } else {
      left.push_back(&tensor);
    }
  }
  for (const Tensor& tensor : b) {
    if (std::ranges::find(a, tensor.name, &Tensor::name) == a.end()) right.push_back(&tensor);
  }
  const bool in_order = left.size() == right.size();
  for (std::size_t i = 0; i < left.size(); ++i) {
    out.push_back(in_order ? compare_tensors(*left[i], *right[i], "order") : alone(*left[i], true));
  }
  if (in_order) return out;
  for (const Tensor* tensor : right) out.push_back(alone(*tensor, false));
  return out;
}

}  // namespace costscan
