// Decomposed root mean square normalisation → RMSNormalization (ONNX version 23), or the runtime's older
// SimplifiedLayerNormalization in models that have it already or may use the runtime's operators: it stands in ONNX's
// domain without being part of it. Where they may, the sum before it goes into the runtime's operator for both.
#include <fmt/format.h>

#include <algorithm>

#include "passes/finders.hpp"
#include "passes/fusible.hpp"
#include "passes/norm_sites.hpp"

namespace costscan {
namespace {

bool reads_further_results(const GraphView& view, std::int32_t index) {
  const auto& outputs = view.node(index).outputs;
  return std::any_of(outputs.begin() + 1, outputs.end(),
                     [&](ValueId out) { return out != no_value && (view.is_output(out) || !view.uses(out).empty()); });
}

/// Add, then SimplifiedLayerNormalization along the last axis of [batch, positions, width] → one operator that gives
/// the sum as well. nullopt for other nodes, and where its kernel would not do the same.
std::optional<Rewrite> joined_with_sum(const GraphView& view, std::int32_t index) {
  constexpr std::int64_t rank = 3;
  const Node& node = view.node(index);
  if (!is_op(node, "SimplifiedLayerNormalization") || reads_further_results(view, index)) return std::nullopt;
  const ValueId sum = view.input(index, 0);
  const std::int32_t add = view.producer(sum);
  const std::int64_t axis = int_attribute(node, "axis").value_or(-1);
  const bool last = axis == -1 || axis == rank - 1;
  if (add < 0 || !is_op(view.node(add), "Add") || view.rank(sum) != rank || !last) return std::nullopt;
  const ValueId a = view.input(add, 0);
  const ValueId b = view.input(add, 1);
  const ValueId gamma = view.input(index, 1);
  if (view.dtype(sum) != DType::float32 || view.dtype(gamma) != DType::float32 || view.rank(gamma) != 1) {
    return std::nullopt;
  }
  const Holds holds = weaker(view.same_shape(a, sum), view.same_shape(b, sum));
  if (holds == Holds::no) return std::nullopt;
  constexpr std::size_t outputs = 4;  // the result, two statistics that the CPU's kernel does not give, the sum
  RewriteBuilder builder(view, {add, index});
  const auto made = builder.node_outputs("SkipSimplifiedLayerNormalization", {a, b, gamma}, outputs,
                                         {make_attribute("epsilon", float_attribute(node, "epsilon").value_or(1e-5F))},
                                         "com.microsoft");
  builder.replace(view.output(index, 0), made.front());
  builder.replace(sum, made.back());
  builder.holds(holds);
  builder.note("with the sum before it");
  Rewrite rewrite = builder.finish();
  auto& results = rewrite.added.back().outputs;
  results[1] = results[2] = no_value;
  const bool read = view.is_output(sum) || view.uses(sum).size() > 1;
  if (!read) {
    results.resize(1);
    rewrite.replaced.pop_back();
  }
  return rewrite;
}

}  // namespace

std::vector<Rewrite> find_fusible_rms_norm(const PassContext& context) {
  const GraphView& view = context.view;
  constexpr std::int64_t standard_since = 23;
  const bool standard = view.opset() >= standard_since;
  const bool runtime = context.runtime_ops || std::ranges::any_of(view.graph().nodes, [](const Node& node) {
                         return is_op(node, "SimplifiedLayerNormalization");
                       });
  std::vector<Rewrite> found;
  for (std::int32_t index = 0; context.runtime_ops && index < view.node_count(); ++index) {
    if (auto joined = joined_with_sum(view, index)) found.push_back(*std::move(joined));
  }
  for (const Norm& norm : find_norms(view)) {
    if (norm.centered) continue;
    const auto site = norm_site(view, norm);
    if (!site || (!standard && site->dtype == DType::bfloat16)) continue;  // the runtime's has no kernel for the CPU
    RewriteBuilder builder(view, site->nodes);
    if (!standard && !runtime) builder.obstacle(needs_runtime_ops);
    const ValueId gamma = affine_operand(builder, view, *site, site->gamma);
    const auto axis = -static_cast<std::int64_t>(site->normalized.size());
    builder.replace(site->y,
                    builder.node(standard ? "RMSNormalization" : "SimplifiedLayerNormalization", {site->x, gamma},
                                 {make_attribute("axis", axis), make_attribute("epsilon", site->epsilon)}));
    builder.holds(site->holds);
    builder.note(fmt::format("epsilon {}", site->epsilon));
    found.push_back(builder.finish());
  }
  return found;
}

}  // namespace costscan
