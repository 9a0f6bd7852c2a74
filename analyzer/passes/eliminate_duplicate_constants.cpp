// Class 0: a reader gets the same type, shape and bytes from either copy.
#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "passes/expression_key.hpp"
#include "passes/finders.hpp"

namespace costscan {
namespace {

/// Tensors up to here are compared by their whole bytes; of larger ones so many are sampled first.
constexpr std::size_t sampled_bytes = 256;

bool same_bytes(const Tensor& a, const Tensor& b) {
  if (const auto* external = std::get_if<ExternalBytes>(&a.storage)) {
    const auto* other = std::get_if<ExternalBytes>(&b.storage);
    return other != nullptr && external->file == other->file && external->offset == other->offset;
  }
  const auto left = bytes_in_memory(a);
  const auto right = bytes_in_memory(b);
  if (!left || !right) return std::holds_alternative<std::vector<std::string>>(a.storage);  // compared by the key
  return left->size() == right->size() &&
         (left->empty() || std::memcmp(left->data(), right->data(), left->size()) == 0);
}

/// Of tensors in other files only those that share a place there are known to be equal.
std::optional<std::string> key_of(const Tensor& tensor) {
  const auto* external = std::get_if<ExternalBytes>(&tensor.storage);
  if (external == nullptr) return tensor_key(tensor, sampled_bytes);
  std::string key = external->file.string();
  append_raw(key, external->offset);
  append_raw(key, tensor.dtype);
  for (const std::int64_t dim : tensor.dims) append_raw(key, dim);
  return key;
}

bool is_default_of_input(const Graph& graph, ValueId value) {
  return std::ranges::find(graph.inputs, value) != graph.inputs.end();
}

/// Initializers first, then Constant nodes in order: what comes first stays.
std::vector<ValueId> constants_in_order(const GraphView& view) {
  const Graph& graph = view.graph();
  std::vector<ValueId> values;
  for (std::size_t v = 0; v < graph.values.size(); ++v) {
    const auto value = static_cast<ValueId>(v);
    if (graph.values[v].initializer >= 0 && !is_default_of_input(graph, value)) values.push_back(value);
  }
  for (const Node& node : graph.nodes) {
    if (is_op(node, "Constant") && !node.outputs.empty() && node.outputs.front() != no_value) {
      values.push_back(node.outputs.front());
    }
  }
  return values;
}

}  // namespace

std::vector<Rewrite> find_duplicate_constants(const PassContext& context) {
  const GraphView& view = context.view;
  std::unordered_map<std::string, std::vector<ValueId>> seen;
  std::vector<Rewrite> found;
  for (const ValueId value : constants_in_order(view)) {
    const Tensor* tensor = view.tensor(value);
    const auto key = tensor == nullptr ? std::nullopt : key_of(*tensor);
    if (!key) continue;
    std::vector<ValueId>& equal = seen[*key];
    const auto first =
        std::ranges::find_if(equal, [&](ValueId other) { return same_bytes(*view.tensor(other), *tensor); });
    if (first == equal.end()) {
      equal.push_back(value);
      continue;
    }
    if (view.uses(value).empty() && !view.is_output(value)) continue;
    const std::int32_t node = view.producer(value);
    RewriteBuilder builder(view, node < 0 ? std::vector<std::int32_t>{} : std::vector{node});
    const auto name = [&](ValueId id) { return view.graph().values[static_cast<std::size_t>(id)].name; };
    builder.note(name(value) + " repeats " + name(*first));
    builder.replace(value, *first);
    found.push_back(builder.finish());
  }
  return found;
}

}  // namespace costscan
