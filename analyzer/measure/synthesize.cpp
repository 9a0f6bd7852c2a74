#include "measure/synthesize.hpp"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <unordered_map>
#include <utility>

#include "load/thin_proto.hpp"
#include "measure/weight_store.hpp"
#include "model/checked_math.hpp"
#include "model/text.hpp"

namespace costscan {
namespace {

constexpr std::int64_t weight_alignment = 64;  // of a cache line and of the widest vector
// What stays in the serialized proto must keep below protobuf's 2 GiB.
constexpr std::int64_t most_inline_bytes = std::int64_t{3} << 29U;

std::int64_t aligned(std::int64_t bytes) {
  return (bytes + weight_alignment - 1) / weight_alignment * weight_alignment;
}

bool is_external(const onnx::TensorProto& tensor) { return tensor.data_location() == onnx::TensorProto::EXTERNAL; }

std::string location_of(const onnx::TensorProto& tensor) {
  for (const auto& entry : tensor.external_data()) {
    if (entry.key() == "location") return entry.value();
  }
  return {};
}

using TensorVisitor = std::function<void(onnx::TensorProto&, const std::string& name)>;

void visit_graph_tensors(onnx::GraphProto& graph, const TensorVisitor& visit, bool initializers);

/// Tensors in attributes; `name` is the first output's, which is what a plan calls a Constant's contents.
void visit_node_tensors(onnx::NodeProto& node, const TensorVisitor& visit) {
  const std::string name = node.output_size() > 0 ? node.output(0) : node.name();
  for (onnx::AttributeProto& attribute : *node.mutable_attribute()) {
    if (attribute.has_t()) visit(*attribute.mutable_t(), name);
    for (onnx::TensorProto& tensor : *attribute.mutable_tensors()) visit(tensor, name);
    if (attribute.has_sparse_tensor()) {
      visit(*attribute.mutable_sparse_tensor()->mutable_values(), name);
      visit(*attribute.mutable_sparse_tensor()->mutable_indices(), name);
    }
    if (attribute.has_g()) visit_graph_tensors(*attribute.mutable_g(), visit, true);
    for (onnx::GraphProto& graph : *attribute.mutable_graphs()) visit_graph_tensors(graph, visit, true);
  }
}

void visit_graph_tensors(onnx::GraphProto& graph, const TensorVisitor& visit, bool initializers) {
  if (initializers) {
    for (onnx::TensorProto& tensor : *graph.mutable_initializer()) visit(tensor, tensor.name());
  }
  for (onnx::SparseTensorProto& sparse : *graph.mutable_sparse_initializer()) {
    visit(*sparse.mutable_values(), sparse.values().name());
    visit(*sparse.mutable_indices(), sparse.values().name());
  }
  for (onnx::NodeProto& node : *graph.mutable_node()) visit_node_tensors(node, visit);
}

/// Constant nodes of the main graph whose bytes are apart become initializers, because only those can be handed over in
/// memory. The runtime does the same to every Constant when it loads a model.
void constants_to_initializers(onnx::ModelProto& model) {
  if (model.ir_version() < 4) return;  // there every initializer has to be an input as well
  onnx::GraphProto& graph = *model.mutable_graph();
  const auto moves = [](const onnx::NodeProto& node) {
    return node.op_type() == "Constant" && node.domain().empty() && node.output_size() == 1 &&
           node.attribute_size() == 1 && node.attribute(0).has_t() && is_external(node.attribute(0).t());
  };
  for (onnx::NodeProto& node : *graph.mutable_node()) {
    if (!moves(node)) continue;
    onnx::TensorProto& initializer = *graph.add_initializer();
    initializer.Swap(node.mutable_attribute(0)->mutable_t());
    initializer.set_name(node.output(0));
    node.clear_attribute();
    node.set_op_type("");  // marks it for removal
  }
  auto& nodes = *graph.mutable_node();
  int kept = 0;
  for (int i = 0; i < nodes.size(); ++i) {
    if (nodes[i].op_type().empty()) continue;
    if (kept != i) nodes.SwapElements(kept, i);
    ++kept;
  }
  nodes.DeleteSubrange(kept, nodes.size() - kept);
}

class WeightMaker {
 public:
  WeightMaker(const std::vector<BulkTensor>& bulk, std::span<const WeightPlan> plans) {
    for (const BulkTensor& tensor : bulk) bulk_[tensor.location] = &tensor;
    for (const WeightPlan& plan : plans) plans_[plan.name] = plan.fill;
  }

  const BulkTensor* find(const onnx::TensorProto& tensor) const {
    const auto found = bulk_.find(location_of(tensor));
    return found == bulk_.end() ? nullptr : found->second;
  }

  /// The bytes that exist; an empty owner where they have to be made up.
  Result<MappedRange> existing(const BulkTensor& tensor) const {
    if (const auto* mapped = std::get_if<MappedBytes>(&tensor.storage))
      return MappedRange{mapped->owner, mapped->bytes};
    if (const auto* external = std::get_if<ExternalBytes>(&tensor.storage);
        external != nullptr && external->state == ExternalBytes::State::present) {
      return map_range(external->file, external->offset, tensor.bytes);
    }
    return MappedRange{};
  }

  void fill(const BulkTensor& tensor, const std::string& name, std::span<std::byte> out) const {
    const auto found = plans_.find(name);
    const Fill fill = found != plans_.end()       ? found->second
                      : is_floating(tensor.dtype) ? Fill{FillKind::uniform, -0.05, 0.05}
                                                  : Fill{FillKind::constant, 0, 0};
    const std::int64_t last = tensor.dims.empty() ? 1 : tensor.dims.back();
    fill_bytes(fill, tensor.dtype, last, seed_of(name), out);
  }

 private:
  std::unordered_map<std::string, const BulkTensor*> bulk_;
  std::unordered_map<std::string, Fill> plans_;
};

/// Puts into the proto what cannot be handed over in memory: tensors of attributes, of subgraphs and sparse ones.
Result<std::int64_t> put_inline(onnx::ModelProto& model, const WeightMaker& maker) {
  std::int64_t made_up = 0;
  std::int64_t total = 0;
  std::string refusal;
  const TensorVisitor visit = [&](onnx::TensorProto& tensor, const std::string& name) {
    if (!is_external(tensor) || !refusal.empty()) return;
    const BulkTensor* bulk = maker.find(tensor);
    if (bulk == nullptr) return;
    total += bulk->bytes;
    if (total > most_inline_bytes) {
      refusal =
          fmt::format("{}: tensors inside subgraphs and attributes exceed what one protobuf can hold", bulk->owner);
      return;
    }
    const Result<MappedRange> existing = maker.existing(*bulk);
    if (!existing) {
      refusal = existing.error().message;
      return;
    }
    std::string& raw = *tensor.mutable_raw_data();
    raw.resize(static_cast<std::size_t>(bulk->bytes));
    if (existing->owner) {
      std::memcpy(raw.data(), existing->bytes.data(), raw.size());
    } else {
      maker.fill(*bulk, name, std::as_writable_bytes(std::span(raw)));
      made_up += bulk->bytes;
    }
    tensor.clear_external_data();
    tensor.set_data_location(onnx::TensorProto::DEFAULT);
  };
  visit_graph_tensors(*model.mutable_graph(), visit, false);
  for (onnx::FunctionProto& function : *model.mutable_functions()) {
    for (onnx::NodeProto& node : *function.mutable_node()) visit_node_tensors(node, visit);
  }
  if (!refusal.empty()) return fail(ErrorKind::measurement, refusal);
  return made_up;
}

struct Pending {
  const BulkTensor* bulk = nullptr;
  std::string name;
  MappedRange existing;  ///< without owner: to be made up
};

Result<std::vector<Pending>> collect_weights(onnx::ModelProto& model, const WeightMaker& maker) {
  std::vector<Pending> out;
  for (onnx::TensorProto& tensor : *model.mutable_graph()->mutable_initializer()) {
    if (!is_external(tensor)) continue;
    const BulkTensor* bulk = maker.find(tensor);
    if (bulk == nullptr) continue;
    if (bulk->bytes == 0) {  // an empty tensor needs no file
      tensor.clear_external_data();
      tensor.set_data_location(onnx::TensorProto::DEFAULT);
      tensor.set_raw_data("");
      continue;
    }
    Result<MappedRange> existing = maker.existing(*bulk);
    if (!existing) return tl::unexpected(existing.error());
    out.push_back({bulk, tensor.name(), *std::move(existing)});
  }
  return out;
}

bool usable_in_place(const Pending& weight) {
  return weight.existing.owner && reinterpret_cast<std::uintptr_t>(weight.existing.bytes.data()) %
                                          static_cast<std::uintptr_t>(weight_alignment) ==
                                      0;
}

/// Views of what is mapped and aligned; everything else goes into one anonymous mapping.
Result<void> place_weights(std::vector<Pending> pending, const WeightMaker& maker, RunnableModel& out) {
  std::int64_t arena_bytes = 0;
  for (const Pending& weight : pending) {
    if (!usable_in_place(weight)) arena_bytes += aligned(weight.bulk->bytes);
  }
  const Result<AnonymousMemory> arena = anonymous_memory(arena_bytes);
  if (!arena) return tl::unexpected(arena.error());
  out.owners.push_back(arena->owner);
  std::size_t next = 0;
  for (Pending& weight : pending) {
    const auto size = static_cast<std::size_t>(weight.bulk->bytes);
    RunnableWeight placed{weight.name, weight.bulk->dtype, weight.bulk->dims, weight.existing.bytes};
    if (usable_in_place(weight)) {
      out.owners.push_back(std::move(weight.existing.owner));
    } else {
      const std::span<std::byte> target = arena->bytes.subspan(next, size);
      next += static_cast<std::size_t>(aligned(weight.bulk->bytes));
      if (weight.existing.owner) {
        std::memcpy(target.data(), weight.existing.bytes.data(), size);
      } else {
        maker.fill(*weight.bulk, weight.name, target);
        out.synthesized_bytes += weight.bulk->bytes;
      }
      placed.bytes = target;
    }
    out.weight_bytes += weight.bulk->bytes;
    out.weights.push_back(std::move(placed));
  }
  return {};
}

}  // namespace

Result<RunnableModel> make_runnable(const std::filesystem::path& path, std::span<const WeightPlan> plans) {
  Result<ThinProto> thin = load_thin_proto(path);
  if (!thin) return tl::unexpected(thin.error());
  onnx::ModelProto& proto = *thin->proto;
  RunnableModel out;
  out.nodes = proto.graph().node_size();
  name_every_node(proto);
  constants_to_initializers(proto);
  const WeightMaker maker(thin->bulk, plans);
  const Result<std::int64_t> inline_bytes = put_inline(proto, maker);
  if (!inline_bytes) return tl::unexpected(inline_bytes.error());
  out.synthesized_bytes = *inline_bytes;
  Result<std::vector<Pending>> pending = collect_weights(proto, maker);
  if (!pending) return tl::unexpected(pending.error());
  if (Result<void> placed = place_weights(*std::move(pending), maker, out); !placed)
    return tl::unexpected(placed.error());
  if (!proto.SerializeToString(&out.model)) {
    return fail(ErrorKind::measurement,
                fmt::format("{}: the model without its weights exceeds 2 GiB", printable(path.string())));
  }
  return out;
}

}  // namespace costscan
