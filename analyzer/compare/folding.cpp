#include "compare/folding.hpp"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <unordered_set>
#include <utility>

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

/// Appends nodes to a graph, each of one output.
class NodeWriter {
 public:
  NodeWriter(onnx::GraphProto& graph, std::string prefix) : graph_(graph), prefix_(std::move(prefix)) {}

  std::string add(const char* op_type, const std::vector<std::string>& inputs, std::string output = {}) {
    if (output.empty()) output = prefix_ + std::to_string(next_++);
    onnx::NodeProto& node = *graph_.add_node();
    node.set_op_type(op_type);
    node.set_name(output);
    for (const std::string& input : inputs) node.add_input(input);
    node.add_output(output);
    return output;
  }

  std::string scalar(float value) {
    onnx::TensorProto& tensor = *graph_.add_initializer();
    tensor.set_name(prefix_ + std::to_string(next_++));
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    tensor.add_float_data(value);
    return tensor.name();
  }

  std::string shape(const std::vector<std::int64_t>& dims) {
    onnx::TensorProto& tensor = *graph_.add_initializer();
    tensor.set_name(prefix_ + std::to_string(next_++));
    tensor.set_data_type(onnx::TensorProto::INT64);
    tensor.add_dims(static_cast<std::int64_t>(dims.size()));
    for (const std::int64_t dim : dims) tensor.add_int64_data(dim);
    return tensor.name();
  }

 private:
  onnx::GraphProto& graph_;
  std::string prefix_;
  int next_ = 0;
};

/// factor = scale / sqrt(variance + epsilon); weight * factor and (bias - mean) * factor + shift.
void append_folded(onnx::GraphProto& graph, const FoldedNorm& norm, std::size_t index) {
  const NormNames names = names_of_folded(index);
  NodeWriter write(graph, names.weight + "/");
  const std::string deviation =
      write.add("Sqrt", {write.add("Add", {norm.variance, write.scalar(static_cast<float>(norm.epsilon))})});
  const std::string factor = write.add("Div", {norm.scale, deviation});
  std::vector<std::int64_t> per_channel(static_cast<std::size_t>(norm.rank), 1);
  per_channel.front() = -1;
  write.add("Mul", {norm.weight_a, write.add("Reshape", {factor, write.shape(per_channel)})}, names.weight);
  const std::string centred =
      norm.bias_a.empty() ? write.add("Neg", {norm.mean}) : write.add("Sub", {norm.bias_a, norm.mean});
  write.add("Add", {write.add("Mul", {centred, factor}), norm.shift}, names.bias);
}

}  // namespace

NormNames names_of_folded(std::size_t index) {
  const std::string stem = "costscan/folded_norm_" + std::to_string(index);
  return {stem + "/weight", stem + "/bias"};
}

Result<Folded> fold_constants(const Runtime& runtime, const RunnableModel& model, std::span<const std::string> names,
                              std::span<const FoldedNorm> norms) {
  Folded out;
  out.tensors.resize(names.size());
  onnx::ModelProto proto;
  if (!proto.ParseFromString(model.model)) return out;
  for (std::size_t i = 0; i < norms.size(); ++i) append_folded(*proto.mutable_graph(), norms[i], i);
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
