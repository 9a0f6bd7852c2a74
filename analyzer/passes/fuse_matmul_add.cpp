// MatMul of two matrices and the Add behind it become a Gemm, which reads its bias once. A Transpose before an operand
// becomes the Gemm's own attribute.
#include <fmt/format.h>

#include <algorithm>

#include "passes/finders.hpp"
#include "passes/weights.hpp"

namespace costscan {
namespace {

/// Gemm's bias: broadcast to [rows, columns] without making that larger, whatever the free dimensions are.
Holds broadcasts_to(const GraphView& view, ValueId bias, ValueId matrix) {
  const auto small = view.shapes_by_binding(bias);
  const auto large = view.shapes_by_binding(matrix);
  if (small.empty() || small.size() != large.size()) return Holds::no;
  Holds holds = view.complete() ? Holds::every_binding : Holds::this_binding;
  for (std::size_t i = 0; i < small.size(); ++i) {
    bool fits = small[i].size() <= large[i].size();
    for (std::size_t d = 0; fits && d < small[i].size(); ++d) {
      const std::int64_t whole = large[i][large[i].size() - small[i].size() + d];
      fits = small[i][d] == 1 || small[i][d] == whole;
    }
    if (!fits && i == 0) return Holds::no;
    if (!fits) holds = Holds::this_binding;
  }
  return holds;
}

struct GemmOperand {
  ValueId value = no_value;
  bool transposed = false;
};

/// The operand, before a Transpose that only this product reads or whose operand is a weight.
GemmOperand gemm_operand(const GraphView& view, ValueId value, std::vector<std::int32_t>& site) {
  const std::int32_t node = view.producer(value);
  if (node < 0 || !is_op(view.node(node), "Transpose") || view.is_output(value)) return {value, false};
  const auto* perm = ints_attribute(view.node(node), "perm");
  if (perm != nullptr && *perm != std::vector<std::int64_t>{1, 0}) return {value, false};
  if (view.uses(value).size() != 1 && !view.is_constant(value)) return {value, false};
  if (view.uses(value).size() == 1) site.push_back(node);
  return {view.input(node, 0), true};
}

bool is_gemm_dtype(DType dtype) {
  return dtype == DType::float32 || dtype == DType::float16 || dtype == DType::float64 || dtype == DType::bfloat16;
}

}  // namespace

std::vector<Rewrite> find_matmul_add(const PassContext& context) {
  const GraphView& view = context.view;
  std::vector<Rewrite> found;
  for (std::int32_t index = 0; index < view.node_count(); ++index) {
    if (!is_op(view.node(index), "MatMul") || view.rank(view.input(index, 0)) != 2 ||
        view.rank(view.input(index, 1)) != 2)
      continue;
    const std::int32_t add = view.sole_user(index);
    if (add < 0 || !is_op(view.node(add), "Add") || !is_gemm_dtype(view.dtype(view.output(index, 0)))) continue;
    const ValueId product = view.output(index, 0);
    const ValueId bias = view.input(add, 0) == product ? view.input(add, 1) : view.input(add, 0);
    const Holds holds = broadcasts_to(view, bias, product);
    if (holds == Holds::no) continue;
    std::vector<std::int32_t> site{index, add};
    const GemmOperand left = gemm_operand(view, view.input(index, 0), site);
    const GemmOperand right = gemm_operand(view, view.input(index, 1), site);
    std::ranges::sort(site);
    RewriteBuilder builder(view, std::move(site));
    std::vector<Attribute> attributes;
    if (left.transposed) attributes.push_back(make_attribute("transA", std::int64_t{1}));
    if (right.transposed) attributes.push_back(make_attribute("transB", std::int64_t{1}));
    builder.replace(view.output(add, 0), builder.node("Gemm", {left.value, right.value, bias}, std::move(attributes)));
    const Shape* dims = view.shape(product);
    builder.note(fmt::format("[{}, {}] with its bias", dims->front(), dims->back()));
    builder.holds(holds);
    found.push_back(builder.finish());
  }
  return found;
}

}  // namespace costscan
