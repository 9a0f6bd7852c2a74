#include "forensics/scene.hpp"

#include <algorithm>

namespace costscan {
namespace {

std::vector<bool> live_nodes(const GraphView& view) {
  std::vector<bool> live(static_cast<std::size_t>(view.node_count()), false);
  std::vector<ValueId> todo = view.graph().outputs;
  while (!todo.empty()) {
    const std::int32_t node = view.producer(todo.back());
    todo.pop_back();
    if (node < 0 || live[static_cast<std::size_t>(node)]) continue;
    live[static_cast<std::size_t>(node)] = true;
    const auto& inputs = view.node(node).inputs;
    todo.insert(todo.end(), inputs.begin(), inputs.end());
    const auto captured = view.captured(node);
    todo.insert(todo.end(), captured.begin(), captured.end());
  }
  return live;
}

}  // namespace

Scene::Scene(const GraphView& view, bool count_constants)
    : view_(view), count_constants_(count_constants), live_(live_nodes(view)), attentions_(attention_cores(view)) {
  for (const AttentionCore& core : attentions_) qkv_.push_back(qkv_source(view, core));
  for (const Pattern& pattern : patterns()) matches_.emplace(pattern.name, pattern.find(view));
}

const std::vector<PatternMatch>& Scene::matches(std::string_view pattern) const {
  static const std::vector<PatternMatch> nothing;
  const auto found = matches_.find(pattern);
  return found == matches_.end() ? nothing : found->second;
}

}  // namespace costscan
