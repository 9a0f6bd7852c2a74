#include "load/thin_proto.hpp"

#include <fmt/format.h>
#include <google/protobuf/unknown_field_set.h>
#include <onnx/onnx_pb.h>

#include "load/convert_tensor.hpp"
#include "load/guard.hpp"
#include "load/thin_file.hpp"
#include "model/checked_math.hpp"
#include "model/text.hpp"

namespace costscan {
namespace {

/// Walks every place that can hold a tensor and turns bulk ones into references.
class ReferenceMaker {
 public:
  ReferenceMaker(ThinFile& thin, ExternalFiles& external, std::vector<BulkTensor>& bulk) : bulk_(bulk) {
    source_.thin = &thin;
    source_.external = &external;
  }

  Parsed<void> model(onnx::ModelProto& proto) {
    proto.clear_training_info();  // nothing executes it
    if (auto done = graph(*proto.mutable_graph()); !done) return done;
    for (auto& function : *proto.mutable_functions()) {
      const auto where = [&] { return fmt::format("function '{}'", printable(function.name())); };
      if (auto done = nodes(*function.mutable_node()); !done) return refuse_in(where(), done.error());
      for (auto& defaults : *function.mutable_attribute_proto()) {
        if (auto done = attribute(defaults, where()); !done) return done;
      }
    }
    return {};
  }

 private:
  Parsed<void> graph(onnx::GraphProto& proto) {
    for (auto& initializer : *proto.mutable_initializer()) {
      const std::string owner = fmt::format("initializer '{}'", printable(initializer.name()));
      if (auto done = tensor(initializer, owner, false); !done) return done;
    }
    for (auto& initializer : *proto.mutable_sparse_initializer()) {
      const std::string owner = fmt::format("sparse initializer '{}'", printable(initializer.values().name()));
      if (auto done = sparse(initializer, owner, false); !done) return done;
    }
    return nodes(*proto.mutable_node());
  }

  template <class Nodes>
  Parsed<void> nodes(Nodes& protos) {
    int index = -1;
    for (auto& node : protos) {
      ++index;
      for (auto& held : *node.mutable_attribute()) {
        if (!may_hold_tensors(held)) continue;
        const std::string owner =
            fmt::format("node {} '{}' ({})", index, printable(node.name()), printable(node.op_type()));
        if (auto done = attribute(held, owner); !done) return done;
      }
    }
    return {};
  }

  static bool may_hold_tensors(const onnx::AttributeProto& proto) {
    return proto.has_t() || proto.has_g() || proto.has_sparse_tensor() || proto.tensors_size() > 0 ||
           proto.graphs_size() > 0 || proto.sparse_tensors_size() > 0;
  }

  Parsed<void> attribute(onnx::AttributeProto& proto, const std::string& holder) {
    const std::string owner = fmt::format("{}, attribute '{}'", holder, printable(proto.name()));
    const auto body = [&](onnx::GraphProto& held) -> Parsed<void> {
      if (auto done = graph(held); !done) return refuse_in(owner, done.error());
      return {};
    };
    if (proto.has_t()) {
      if (auto done = tensor(*proto.mutable_t(), owner, true); !done) return done;
    }
    if (proto.has_g()) {
      if (auto done = body(*proto.mutable_g()); !done) return done;
    }
    if (proto.has_sparse_tensor()) {
      if (auto done = sparse(*proto.mutable_sparse_tensor(), owner, true); !done) return done;
    }
    for (auto& held : *proto.mutable_tensors()) {
      if (auto done = tensor(held, owner, true); !done) return done;
    }
    for (auto& held : *proto.mutable_graphs()) {
      if (auto done = body(held); !done) return done;
    }
    for (auto& held : *proto.mutable_sparse_tensors()) {
      if (auto done = sparse(held, owner, true); !done) return done;
    }
    return {};
  }

  Parsed<void> sparse(onnx::SparseTensorProto& proto, const std::string& owner, bool in_attribute) {
    if (proto.has_values()) {
      if (auto done = tensor(*proto.mutable_values(), owner + ", values", in_attribute); !done) return done;
    }
    if (!proto.has_indices()) return {};
    return tensor(*proto.mutable_indices(), owner + ", indices", in_attribute);
  }

  Parsed<void> tensor(onnx::TensorProto& proto, const std::string& owner, bool in_attribute) {
    if (proto.data_type() == onnx::TensorProto::STRING) return {};  // strings have no packed bytes; they stay
    const bool had_name = proto.has_name();
    auto converted = convert_tensor(source_, proto);
    if (!converted) return refuse_in(owner, converted.error());
    if (had_name) proto.set_name(converted->name);  // conversion takes it
    if (std::holds_alternative<OwnedBytes>(converted->storage)) return {};
    refer(proto, std::move(*converted), owner, in_attribute);
    return {};
  }

  void refer(onnx::TensorProto& proto, Tensor&& converted, const std::string& owner, bool in_attribute) {
    BulkTensor entry;
    entry.location = fmt::format("costscan.bulk.{}", bulk_.size());
    entry.owner = owner;
    entry.in_attribute = in_attribute;
    entry.bytes = packed_bytes(element_count(converted), converted.dtype).value_or(0);
    proto.mutable_unknown_fields()->DeleteByNumber(bulk_marker_field);
    proto.clear_external_data();
    if (entry.bytes == 0) {  // an empty tensor needs no file
      proto.clear_data_location();
      return;
    }
    proto.set_data_location(onnx::TensorProto::EXTERNAL);
    const auto add = [&](const char* key, std::string value) {
      auto* const pair = proto.add_external_data();
      pair->set_key(key);
      pair->set_value(std::move(value));
    };
    add("location", entry.location);
    add("offset", "0");
    add("length", std::to_string(entry.bytes));
    entry.name = std::move(converted.name);
    entry.dtype = converted.dtype;
    entry.dims = std::move(converted.dims);
    entry.storage = std::move(converted.storage);
    bulk_.push_back(std::move(entry));
  }

  TensorSource source_;
  std::vector<BulkTensor>& bulk_;
};

Parsed<ThinProto> load(const std::filesystem::path& path) {
  auto thin = open_thin(path);
  if (!thin) return tl::unexpected(thin.error());
  if (!thin->proto->has_graph()) return refuse("is not an ONNX model: it holds no graph; export it again");
  ExternalFiles external(path);
  ThinProto out;
  if (auto done = ReferenceMaker(*thin, external, out.bulk).model(*thin->proto); !done) {
    return tl::unexpected(done.error());
  }
  out.proto = std::move(thin->proto);
  return out;
}

}  // namespace

Result<ThinProto> load_thin_proto(const std::filesystem::path& path) {
  return guarded<ThinProto>(path, [&] { return load(path); });
}

}  // namespace costscan
