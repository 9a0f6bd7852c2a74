// AttributeProto → Attribute. The stated type decides which field counts; files without one (IR version 1) are read by
// what they hold.
#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include "load/convert_graph.hpp"
#include "load/convert_type.hpp"
#include "model/text.hpp"

namespace costscan {
namespace {

using onnx::AttributeProto;

AttributeProto::AttributeType held_type(const AttributeProto& proto) {
  if (proto.has_type() && proto.type() != AttributeProto::UNDEFINED) return proto.type();
  if (proto.has_f()) return AttributeProto::FLOAT;
  if (proto.has_i()) return AttributeProto::INT;
  if (proto.has_s()) return AttributeProto::STRING;
  if (proto.has_t()) return AttributeProto::TENSOR;
  if (proto.has_g()) return AttributeProto::GRAPH;
  if (proto.has_sparse_tensor()) return AttributeProto::SPARSE_TENSOR;
  if (proto.has_tp()) return AttributeProto::TYPE_PROTO;
  if (proto.floats_size() > 0) return AttributeProto::FLOATS;
  if (proto.ints_size() > 0) return AttributeProto::INTS;
  if (proto.strings_size() > 0) return AttributeProto::STRINGS;
  if (proto.tensors_size() > 0) return AttributeProto::TENSORS;
  if (proto.graphs_size() > 0) return AttributeProto::GRAPHS;
  if (proto.sparse_tensors_size() > 0) return AttributeProto::SPARSE_TENSORS;
  if (proto.type_protos_size() > 0) return AttributeProto::TYPE_PROTOS;
  return AttributeProto::UNDEFINED;
}

struct AttributeReader {
  ConvertContext& context;
  GraphConverter* enclosing;
  bool in_function;

  Parsed<Tensor> operator()(onnx::TensorProto& proto) const {
    auto tensor = convert_tensor(context.tensors, proto);
    if (!tensor) return tensor;
    auto name = checked_name(std::move(tensor->name), "tensor name");
    if (!name) return tl::unexpected(name.error());
    tensor->name = std::move(*name);
    return tensor;
  }

  Parsed<SparseTensor> operator()(onnx::SparseTensorProto& proto) const {
    return convert_sparse_tensor(context.tensors, proto);
  }

  Parsed<DeclaredType> operator()(onnx::TypeProto& proto) const { return convert_type(context, proto); }

  Parsed<std::shared_ptr<const Graph>> operator()(onnx::GraphProto& proto) const {
    auto graph = GraphConverter(context, enclosing, in_function).convert(proto);
    if (!graph) return tl::unexpected(graph.error());
    return std::make_shared<const Graph>(std::move(*graph));
  }
};

template <class T>
Parsed<AttributeValue> as_value(Parsed<T>&& parsed) {
  if (!parsed) return tl::unexpected(parsed.error());
  return AttributeValue(std::move(*parsed));
}

template <class T, class Protos>
Parsed<AttributeValue> read_list(const AttributeReader& read, Protos& protos) {
  std::vector<T> out;
  out.reserve(static_cast<std::size_t>(protos.size()));
  for (auto& proto : protos) {
    auto parsed = read(proto);
    if (!parsed) return tl::unexpected(parsed.error());
    out.push_back(std::move(*parsed));
  }
  return AttributeValue(std::move(out));
}

template <class T, class Entries>
AttributeValue copy_list(const Entries& entries) {
  return std::vector<T>(entries.begin(), entries.end());
}

Parsed<AttributeValue> read_value(const AttributeReader& read, AttributeProto& proto) {
  switch (held_type(proto)) {
    case AttributeProto::FLOAT: return AttributeValue(proto.f());
    case AttributeProto::INT: return AttributeValue(static_cast<std::int64_t>(proto.i()));
    case AttributeProto::STRING: return AttributeValue(std::move(*proto.mutable_s()));
    case AttributeProto::TENSOR: return as_value(read(*proto.mutable_t()));
    case AttributeProto::GRAPH: return as_value(read(*proto.mutable_g()));
    case AttributeProto::SPARSE_TENSOR: return as_value(read(*proto.mutable_sparse_tensor()));
    case AttributeProto::TYPE_PROTO: return as_value(read(*proto.mutable_tp()));
    case AttributeProto::FLOATS: return copy_list<float>(proto.floats());
    case AttributeProto::INTS: return copy_list<std::int64_t>(proto.ints());
    case AttributeProto::STRINGS: return copy_list<std::string>(proto.strings());
    case AttributeProto::TENSORS: return read_list<Tensor>(read, *proto.mutable_tensors());
    case AttributeProto::GRAPHS: return read_list<std::shared_ptr<const Graph>>(read, *proto.mutable_graphs());
    case AttributeProto::SPARSE_TENSORS: return read_list<SparseTensor>(read, *proto.mutable_sparse_tensors());
    case AttributeProto::TYPE_PROTOS: return read_list<DeclaredType>(read, *proto.mutable_type_protos());
    case AttributeProto::UNDEFINED: break;
  }
  return AttributeValue(std::monostate{});
}

}  // namespace

Parsed<Attribute> convert_attribute(ConvertContext& context, GraphConverter* enclosing, bool in_function,
                                    AttributeProto& proto) {
  Attribute attribute;
  auto name = checked_name(std::move(*proto.mutable_name()), "attribute name");
  if (!name) return tl::unexpected(name.error());
  if (name->empty()) return refuse("has an attribute without a name; export the model again");
  attribute.name = std::move(*name);
  attribute.declared_type = static_cast<std::int32_t>(proto.type());
  const auto in_attribute = [&](const std::string& what) {
    return refuse_in(fmt::format("attribute '{}'", printable(attribute.name)), what);
  };
  if (!proto.ref_attr_name().empty()) {
    if (!in_function)
      return in_attribute("refers to a function's attribute outside a function; export the model again");
    auto reference = checked_name(std::move(*proto.mutable_ref_attr_name()), "attribute reference");
    if (!reference) return in_attribute(reference.error());
    attribute.ref_attr_name = std::move(*reference);
    return attribute;
  }
  auto value = read_value({context, enclosing, in_function}, proto);
  if (!value) return in_attribute(value.error());
  attribute.value = std::move(*value);
  return attribute;
}

}  // namespace costscan
