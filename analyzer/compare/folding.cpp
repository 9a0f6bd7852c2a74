#include "compare/folding.hpp"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <unordered_set>

namespace costscan {
namespace {

/// The nodes and initializers behind some tensors, as a model without inputs.
class Cut {
 public:
  explicit Cut(onnx::ModelProto& model) : model_(model) {
    onnx::GraphProto& graph = *model_.mutable_graph();
    for (int n = 0; n < graph.node_size(); ++n) {
      for (const std::string& output : graph.node(n).output()) producer_.try_emplace(output, n);
    }
    for (const onnx::TensorProto& tensor : graph.initializer()) initializers_.insert(tensor.name());
  }

  /// True where constants alone lead to the tensor; what it needs is then kept.
  bool keep(const std::string& name) {
    std::unordered_set<int> nodes;
    std::unordered_set<std::string> constants;
    std::vector<std::string> todo{name};
    while (!todo.empty()) {
      const std::string next = std::move(todo.back());
      todo.pop_back();
      if (next.empty()) continue;
      if (initializers_.contains(next)) {
        constants.insert(next);
        continue;
      }
      const auto found = producer_.find(next);
      if (found == producer_.end()) return false;
      const onnx::NodeProto& node = model_.graph().node(found->second);
      const bool has_bodies = std::ranges::any_of(
          node.attribute(), [](const onnx::AttributeProto& a) { return a.has_g() || a.graphs_size() > 0; });
      if (has_bodies) return false;
      if (nodes.insert(found->second).second) todo.insert(todo.end(), node.input().begin(), node.input().end());
    }
    nodes_.merge(nodes);
    used_.merge(constants);
    return !nodes_.empty();
  }

  /// The model cut down to what was kept, its outputs being `names`.
  std::string finish(std::span<const std::string> names) {
    onnx::GraphProto graph;
    graph.set_name("constants");
    for (int n = 0; n < model_.graph().node_size(); ++n) {
      if (nodes_.contains(n)) *graph.add_node() = model_.graph().node(n);
    }
    for (const onnx::TensorProto& tensor : model_.graph().initializer()) {
      if (used_.contains(tensor.name())) *graph.add_initializer() = tensor;
    }
    for (const std::string& name : names) graph.add_output()->set_name(name);
    *model_.mutable_graph() = std::move(graph);
    return model_.SerializeAsString();
  }

  [[nodiscard]] const std::unordered_set<std::string>& used() const { return used_; }

 private:
  onnx::ModelProto& model_;
  std::unordered_map<std::string, int> producer_;
  std::unordered_set<std::string> initializers_;
  std::unordered_set<int> nodes_;
  std::unordered_set<std::string> used_;
};

}  // namespace

Result<Folded> fold_constants(const Runtime& runtime, const RunnableModel& model, std::span<const std::string> names) {
  Folded out;
  out.tensors.resize(names.size());
  onnx::ModelProto proto;
  if (!proto.ParseFromString(model.model)) return out;
  Cut cut(proto);
  std::vector<std::string> kept;
  for (const std::string& name : names) {
    if (cut.keep(name) && std::ranges::find(kept, name) == kept.end()) kept.push_back(name);
  }
  if (kept.empty()) return out;
  RunnableModel part;
  part.model = cut.finish(kept);
  part.owners = model.owners;
  for (const RunnableWeight& weight : model.weights) {
    if (!cut.used().contains(weight.name)) continue;
    part.weights.push_back(weight);
    out.used_weights.push_back(weight.name);
  }
  auto session = Session::create(runtime, part, {.optimization_level = "disabled", .threads = 1});
  if (!session) return tl::unexpected(session.error());
  auto feeds = Feeds::create(runtime, {});
  if (!feeds) return tl::unexpected(feeds.error());
  auto tensors = session->run_tensors(*feeds);
  if (!tensors) return tl::unexpected(tensors.error());
  for (Tensor& tensor : *tensors) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] == tensor.name) out.tensors[i] = tensor;
    }
  }
  return out;
}

}  // namespace costscan
