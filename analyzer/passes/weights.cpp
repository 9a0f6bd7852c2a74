#include "passes/weights.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <utility>

#include "model/checked_math.hpp"
#include "model/text.hpp"

namespace costscan {
namespace {

bool is_weight_type(DType dtype) {
  return dtype == DType::float32 || dtype == DType::float16 || dtype == DType::bfloat16 || dtype == DType::float64;
}

std::size_t element_bytes(DType dtype) { return static_cast<std::size_t>(bits_per_element(dtype)) / 8; }

/// The permutation of a Transpose of a value of that rank; nullopt where it is none.
std::optional<std::vector<std::int64_t>> permutation_of(const Node& node, std::size_t rank) {
  std::vector<std::int64_t> perm;
  if (const auto* listed = ints_attribute(node, "perm")) {
    perm = *listed;
  } else {
    for (std::size_t i = rank; i > 0; --i) perm.push_back(static_cast<std::int64_t>(i) - 1);
  }
  std::vector<std::int64_t> sorted = perm;
  std::ranges::sort(sorted);
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (sorted[i] != static_cast<std::int64_t>(i)) return std::nullopt;
  }
  return perm.size() == rank ? std::optional(std::move(perm)) : std::nullopt;
}

/// Copies elements of `from` (row-major, `dims`) in the order of its axes `perm`.
std::vector<std::byte> permuted(std::span<const std::byte> from, const Shape& dims,
                                const std::vector<std::int64_t>& perm, std::size_t width) {
  std::vector<std::size_t> stride(dims.size(), 1);
  for (std::size_t i = dims.size(); i > 1; --i) stride[i - 2] = stride[i - 1] * static_cast<std::size_t>(dims[i - 1]);
  std::vector<std::size_t> index(dims.size(), 0);
  std::vector<std::byte> out(from.size());
  std::size_t source = 0;
  for (std::size_t at = 0; at < out.size(); at += width) {
    std::memcpy(out.data() + at, from.data() + source * width, width);
    for (std::size_t i = dims.size(); i > 0; --i) {
      const auto axis = static_cast<std::size_t>(perm[i - 1]);
      source += stride[axis];
      if (++index[i - 1] < static_cast<std::size_t>(dims[axis])) break;
      source -= stride[axis] * index[i - 1];
      index[i - 1] = 0;
    }
  }
  return out;
}

}  // namespace

std::optional<WeightSource> weight_source(const GraphView& view, ValueId value) {
  if (!view.is_constant(value)) return std::nullopt;
  std::vector<const Node*> transposes;
  while (view.tensor(value) == nullptr) {
    const Node* node = view.producer_node(value);
    if (node == nullptr || node->inputs.empty() || !(is_op(*node, "Transpose") || is_op(*node, "Identity")))
      return std::nullopt;
    if (is_op(*node, "Transpose")) transposes.push_back(node);
    value = node->inputs.front();
  }
  WeightSource found{view.tensor(value), {}, view.tensor(value)->dims, view.tensor(value)->dtype};
  if (!is_weight_type(found.dtype)) return std::nullopt;
  for (auto node = transposes.rbegin(); node != transposes.rend(); ++node) {
    const auto perm = permutation_of(**node, found.dims.size());
    if (!perm) return std::nullopt;
    std::vector<std::int64_t> stored = found.perm;
    if (stored.empty()) {
      stored.resize(found.dims.size());
      std::iota(stored.begin(), stored.end(), 0);
    }
    const Shape dims = found.dims;
    found.perm.assign(perm->size(), 0);
    for (std::size_t i = 0; i < perm->size(); ++i) {
      found.perm[i] = stored[static_cast<std::size_t>((*perm)[i])];
      found.dims[i] = dims[static_cast<std::size_t>((*perm)[i])];
    }
  }
  return found;
}

Result<std::vector<std::byte>> read_weight(const WeightSource& source, const ReadWeight& read) {
  const auto bytes = read(*source.tensor);
  if (!bytes) return tl::unexpected(bytes.error());
  const auto wanted = packed_bytes(element_count(*source.tensor), source.dtype);
  if (!wanted || bytes->size() < static_cast<std::size_t>(*wanted)) {
    return fail(ErrorKind::input,
                fmt::format("weight '{}' has fewer bytes than its shape needs", printable(source.tensor->name)));
  }
  const auto whole = bytes->first(static_cast<std::size_t>(*wanted));
  if (source.perm.empty() || std::ranges::is_sorted(source.perm)) return std::vector(whole.begin(), whole.end());
  return permuted(whole, source.tensor->dims, source.perm, element_bytes(source.dtype));
}

Result<std::vector<double>> read_floats(const WeightSource& source, const ReadWeight& read) {
  auto bytes = read_weight(source, read);
  if (!bytes) return tl::unexpected(bytes.error());
  Tensor tensor;
  tensor.dtype = source.dtype;
  tensor.dims = source.dims;
  tensor.storage = OwnedBytes{*std::move(bytes)};
  auto elements = floating_elements(tensor);
  if (!elements) return fail(ErrorKind::defect, "a weight's type has no numbers");
  return *std::move(elements);
}

Result<std::vector<std::byte>> pack_floats(std::span<const double> elements, DType dtype) {
  const std::size_t width = element_bytes(dtype);
  std::vector<std::byte> out(elements.size() * width);
  for (std::size_t i = 0; i < elements.size(); ++i) {
    double rounded = elements[i];
    if (dtype == DType::float32) {
      const auto single = static_cast<float>(elements[i]);
      std::memcpy(out.data() + i * width, &single, width);
      rounded = static_cast<double>(single);
    } else {
      const auto packed = packed_scalar(dtype, elements[i]);
      if (packed.size() != width) return fail(ErrorKind::defect, "a constant of this type cannot be computed");
      std::memcpy(out.data() + i * width, packed.data(), width);
      constexpr double largest_half = 65504;
      if (dtype == DType::float16 && std::abs(elements[i]) >= largest_half + 16) rounded = HUGE_VAL;
    }
    if (!std::isfinite(rounded)) {
      return fail(ErrorKind::check_failed,
                  fmt::format("a computed weight is {}, which {} cannot hold", elements[i], to_string(dtype)));
    }
  }
  return out;
}

Result<std::vector<std::byte>> concatenate_columns(std::span<const WeightSource> parts, const ReadWeight& read) {
  std::vector<std::vector<std::byte>> pieces;
  std::size_t total = 0;
  for (const WeightSource& part : parts) {
    auto piece = read_weight(part, read);
    if (!piece) return tl::unexpected(piece.error());
    total += piece->size();
    pieces.push_back(*std::move(piece));
  }
  const std::size_t rows = parts.front().dims.size() < 2 ? 1 : static_cast<std::size_t>(parts.front().dims.front());
  std::vector<std::byte> out;
  out.reserve(total);
  for (std::size_t row = 0; row < rows; ++row) {
    for (const auto& piece : pieces) {
      const std::size_t width = piece.size() / rows;
      const auto line = std::span(piece).subspan(row * width, width);
      out.insert(out.end(), line.begin(), line.end());
    }
  }
  return out;
}

NewConstant computed_constant(DType dtype, Shape dims,
                              std::function<Result<std::vector<double>>(const ReadWeight&)> elements) {
  NewConstant made;
  made.dtype = dtype;
  made.dims = std::move(dims);
  made.bytes = [dtype, elements = std::move(elements)](const ReadWeight& read) -> Result<std::vector<std::byte>> {
    const auto values = elements(read);
    if (!values) return tl::unexpected(values.error());
    return pack_floats(*values, dtype);
  };
  return made;
}

NewConstant filled_constant(DType dtype, const Shape& dims, double value) {
  const auto count = static_cast<std::size_t>(element_count(std::span<const std::int64_t>(dims)).value_or(0));
  return computed_constant(dtype, dims, [count, value](const ReadWeight&) -> Result<std::vector<double>> {
    return std::vector<double>(count, value);
  });
}

ValueId with_dims(RewriteBuilder& builder, const GraphView& view, ValueId value, const Shape& dims) {
  const Shape* here = view.shape(value);
  if (here != nullptr && *here == dims) return value;
  const auto source = weight_source(view, value);
  if (!source || !source->perm.empty()) return builder.node("Reshape", {value, builder.ints(dims)});
  NewConstant copy;
  copy.dtype = source->dtype;
  copy.dims = dims;
  copy.bytes = [source = *source](const ReadWeight& read) { return read_weight(source, read); };
  return builder.constant(std::move(copy));
}

}  // namespace costscan
