// MobileNet's block: a pointwise convolution widens, a depthwise one filters, a pointwise one narrows again.
#include "patterns/conv_chain.hpp"
#include "patterns/detectors.hpp"
#include "patterns/trace.hpp"

namespace costscan {
namespace {

/// Of a Conv: weight [out, in / group, kernel...].
struct ConvForm {
  std::int64_t in = 0;
  std::int64_t out = 0;
  std::int64_t group = 1;
  bool pointwise = false;
};

std::optional<ConvForm> conv_form(const GraphView& view, std::int32_t conv) {
  const Shape* weight = view.shape(view.input(conv, 1));
  if (weight == nullptr || weight->size() < 3) return std::nullopt;
  ConvForm form;
  form.group = int_attribute(view.node(conv), "group").value_or(1);
  form.out = weight->front();
  form.in = (*weight)[1] * form.group;
  form.pointwise = true;
  for (std::size_t i = 2; i < weight->size(); ++i) form.pointwise = form.pointwise && (*weight)[i] == 1;
  return form;
}

/// The Add of the block's input to its output, through a batch normalisation; -1 for none.
std::int32_t residual_add(const GraphView& view, std::int32_t project, ValueId x) {
  auto use = only_use(view, view.output(project, 0));
  if (use && is_op(view.node(use->node), "BatchNormalization")) use = only_use(view, view.output(use->node, 0));
  if (!use || !is_op(view.node(use->node), "Add")) return -1;
  const ValueId other = view.input(use->node, use->slot == 0 ? 1 : 0);
  return view.source(other) == view.source(x) ? use->node : -1;
}

}  // namespace

std::vector<PatternMatch> find_inverted_residual(const GraphView& view) {
  const WrittenActivations written(view);
  std::vector<PatternMatch> matches;
  for (std::int32_t project = 0; project < view.node_count(); ++project) {
    if (!is_op(view.node(project), "Conv")) continue;
    const auto narrow = conv_form(view, project);
    if (!narrow || !narrow->pointwise || narrow->group != 1) continue;
    PatternMatch match;
    match.pattern = "inverted_residual";
    const std::int32_t depthwise = conv_above(view, written, view.input(project, 0), match.nodes);
    const auto filter = depthwise < 0 ? std::nullopt : conv_form(view, depthwise);
    if (!filter || filter->group < 2 || filter->group != filter->in || filter->pointwise) continue;
    const std::int32_t expand = conv_above(view, written, view.input(depthwise, 0), match.nodes);
    const auto wide = expand < 0 ? std::nullopt : conv_form(view, expand);
    if (!wide || !wide->pointwise || wide->group != 1 || wide->out <= wide->in || narrow->out >= narrow->in) continue;
    const ValueId x = view.input(expand, 0);
    const std::int32_t add = residual_add(view, project, x);
    match.variant = add >= 0 ? "residual" : "plain";
    match.nodes.insert(match.nodes.end(), {expand, depthwise, project});
    if (add >= 0) match.nodes.push_back(add);
    sort_unique(match.nodes);
    match.tensors = {{"x", x}, {"y", view.output(add >= 0 ? add : project, 0)}};
    match.numbers = {{"expansion", static_cast<double>(wide->out) / static_cast<double>(wide->in)}};
    matches.push_back(std::move(match));
  }
  return matches;
}

}  // namespace costscan
