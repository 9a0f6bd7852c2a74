// Class 0: what reaches no output takes no part in computing one.
#include "passes/finders.hpp"

namespace costscan {

std::vector<Rewrite> find_dead_nodes(const PassContext& context) {
  const GraphView& view = context.view;
  std::vector<bool> live(static_cast<std::size_t>(view.node_count()), false);
  std::vector<std::int32_t> stack;
  for (const ValueId out : view.graph().outputs) stack.push_back(view.producer(out));
  while (!stack.empty()) {
    const std::int32_t n = stack.back();
    stack.pop_back();
    if (n < 0 || live[static_cast<std::size_t>(n)]) continue;
    live[static_cast<std::size_t>(n)] = true;
    for (const ValueId in : view.node(n).inputs) stack.push_back(view.producer(in));
    for (const ValueId in : view.captured(n)) stack.push_back(view.producer(in));
  }
  std::vector<Rewrite> found;
  for (std::int32_t n = 0; n < view.node_count(); ++n) {
    if (live[static_cast<std::size_t>(n)]) continue;
    RewriteBuilder builder(view, {n});
    builder.note("reaches no output");
    found.push_back(builder.finish());
  }
  return found;
}

}  // namespace costscan
