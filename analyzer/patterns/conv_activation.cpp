// A convolution, batch-normalised or not, whose only reader is an activation.
#include "patterns/conv_chain.hpp"
#include "patterns/detectors.hpp"
#include "patterns/trace.hpp"

namespace costscan {

std::vector<PatternMatch> find_conv_activation(const GraphView& view) {
  const WrittenActivations written(view);
  std::vector<PatternMatch> matches;
  for (std::int32_t index = 0; index < view.node_count(); ++index) {
    if (!is_op(view.node(index), "Conv")) continue;
    const ActivatedConv conv = activated_conv(view, written, index);
    if (conv.activation.empty()) continue;
    PatternMatch match;
    match.pattern = "conv_activation";
    match.variant = std::string(conv.kind);
    match.nodes = conv.activation;
    match.nodes.push_back(index);
    if (conv.batch_norm >= 0) match.nodes.push_back(conv.batch_norm);
    sort_unique(match.nodes);
    match.tensors = {{"x", view.input(index, 0)}, {"weight", view.input(index, 1)}, {"y", conv.y}};
    match.numbers = {{"batch_norm", conv.batch_norm >= 0 ? 1.0 : 0.0}, {"decomposed", conv.decomposed ? 1.0 : 0.0}};
    matches.push_back(std::move(match));
  }
  return matches;
}

}  // namespace costscan
