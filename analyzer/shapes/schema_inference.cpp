#include "shapes/schema_inference.hpp"

#include <fmt/format.h>
#include <onnx/defs/schema.h>

#include <algorithm>
#include <deque>
#include <unordered_map>

#include "schemas/find_schema.hpp"
#include "shapes/elements.hpp"
#include "shapes/infer.hpp"

namespace costscan {
namespace {

void fill_shape(onnx::TypeProto_Tensor& type, const TensorInfo& info) {
  type.set_elem_type(static_cast<std::int32_t>(info.dtype));
  if (!info.shape) return;
  auto* shape = type.mutable_shape();
  for (const std::int64_t dim : *info.shape) shape->add_dim()->set_dim_value(dim);
}

/// False where nothing is known: the operator then sees an operand without a type.
bool to_type_proto(const TensorInfo& info, onnx::TypeProto& out) {
  switch (info.kind) {
    case TypeKind::tensor: fill_shape(*out.mutable_tensor_type(), info); return info.dtype != DType::undefined;
    case TypeKind::sequence:
      fill_shape(*out.mutable_sequence_type()->mutable_elem_type()->mutable_tensor_type(), info);
      return true;
    case TypeKind::optional:
      fill_shape(*out.mutable_optional_type()->mutable_elem_type()->mutable_tensor_type(), info);
      return true;
    default: return false;
  }
}

void to_tensor_proto(const KnownValue& value, onnx::TensorProto& out) {
  out.set_data_type(static_cast<std::int32_t>(value.dtype));
  for (const std::int64_t dim : value.dims) out.add_dims(dim);
  for (const std::int64_t x : value.ints) {
    if (value.dtype == DType::int64) {
      out.add_int64_data(x);
    } else if (value.dtype == DType::uint64 || value.dtype == DType::uint32) {
      out.add_uint64_data(static_cast<std::uint64_t>(x));
    } else {
      out.add_int32_data(static_cast<std::int32_t>(x));
    }
  }
  for (const double x : value.floats) {
    if (value.dtype == DType::float64) {
      out.add_double_data(x);
    } else {
      out.add_float_data(static_cast<float>(x));  // float16 contents never decide a shape in ONNX's rules
    }
  }
  for (const std::string& x : value.strings) out.add_string_data(x);
}

/// Shape and dtype of an attribute's tensor, and its contents where they are small.
void to_tensor_proto(const Tensor& tensor, onnx::TensorProto& out) {
  if (const KnownPtr value = known_value(tensor)) return to_tensor_proto(*value, out);
  out.set_data_type(static_cast<std::int32_t>(tensor.dtype));
  for (const std::int64_t dim : tensor.dims) out.add_dims(dim);
}

void to_sparse_proto(const SparseTensor& sparse, onnx::SparseTensorProto& out) {
  to_tensor_proto(sparse.values, *out.mutable_values());
  to_tensor_proto(sparse.indices, *out.mutable_indices());
  for (const std::int64_t dim : sparse.dims) out.add_dims(dim);
}

void to_type_proto(const DeclaredType& type, onnx::TypeProto& out) {
  onnx::TypeProto* inner = &out;
  if (type.kind == TypeKind::sequence) inner = out.mutable_sequence_type()->mutable_elem_type();
  if (type.kind == TypeKind::optional) inner = out.mutable_optional_type()->mutable_elem_type();
  const DeclaredType& tensor = type.element != nullptr ? *type.element : type;
  auto* tensor_type = inner->mutable_tensor_type();
  tensor_type->set_elem_type(static_cast<std::int32_t>(tensor.dtype));
  if (!tensor.dims) return;
  auto* shape = tensor_type->mutable_shape();
  for (const DeclaredDim& dim : *tensor.dims) {
    auto* out_dim = shape->add_dim();
    if (const auto* number = std::get_if<std::int64_t>(&dim)) out_dim->set_dim_value(*number);
    if (const auto* text = std::get_if<std::string>(&dim)) out_dim->set_dim_param(*text);
  }
}

struct AttributeWriter {
  onnx::AttributeProto& out;

  void operator()(std::monostate) const {}
  void operator()(float x) const { set(onnx::AttributeProto::FLOAT).set_f(x); }
  void operator()(std::int64_t x) const { set(onnx::AttributeProto::INT).set_i(x); }
  void operator()(const std::string& x) const { set(onnx::AttributeProto::STRING).set_s(x); }
  void operator()(const Tensor& x) const { to_tensor_proto(x, *set(onnx::AttributeProto::TENSOR).mutable_t()); }
  void operator()(const SparseTensor& x) const {
    to_sparse_proto(x, *set(onnx::AttributeProto::SPARSE_TENSOR).mutable_sparse_tensor());
  }
  void operator()(const DeclaredType& x) const {
    to_type_proto(x, *set(onnx::AttributeProto::TYPE_PROTO).mutable_tp());
  }
  // Graphs are inferred by scopes.cpp, never by ONNX.
  void operator()(const std::shared_ptr<const Graph>&) const {}
  void operator()(const std::vector<std::shared_ptr<const Graph>>&) const {}
  void operator()(const std::vector<float>& list) const {
    for (const float x : list) set(onnx::AttributeProto::FLOATS).add_floats(x);
  }
  void operator()(const std::vector<std::int64_t>& list) const {
    for (const std::int64_t x : list) set(onnx::AttributeProto::INTS).add_ints(x);
  }
  void operator()(const std::vector<std::string>& list) const {
    for (const std::string& x : list) set(onnx::AttributeProto::STRINGS).add_strings(x);
  }
  void operator()(const std::vector<Tensor>&) const {}
  void operator()(const std::vector<SparseTensor>&) const {}
  void operator()(const std::vector<DeclaredType>&) const {}

  onnx::AttributeProto& set(onnx::AttributeProto::AttributeType type) const {
    out.set_type(type);
    return out;
  }
};

/// Converts operands, contents and attributes when the schema asks for them.
class Context final : public onnx::InferenceContext {
 public:
  explicit Context(const NodeInputs& node)
      : node_(node),
        types_(node.inputs.size()),
        has_type_(node.inputs.size(), false),
        data_(node.inputs.size()),
        outputs_(node.node.outputs.size()) {
    for (std::size_t i = 0; i < types_.size(); ++i) {
      if (const TensorInfo* info = node.input(i)) has_type_[i] = to_type_proto(*info, types_[i]);
    }
  }

  const onnx::AttributeProto* getAttribute(const std::string& name) const override {
    const Attribute* attribute = find_attribute(node_.node, name);
    if (attribute == nullptr) return nullptr;
    for (const onnx::AttributeProto& made : attributes_) {
      if (made.name() == name) return &made;
    }
    onnx::AttributeProto& out = attributes_.emplace_back();
    out.set_name(name);
    out.set_type(static_cast<onnx::AttributeProto::AttributeType>(attribute->declared_type));
    std::visit(AttributeWriter{out}, attribute->value);
    return &out;
  }
  std::size_t getNumInputs() const override { return types_.size(); }
  const onnx::TypeProto* getInputType(std::size_t index) const override {
    return index < types_.size() && has_type_[index] ? &types_[index] : nullptr;
  }
  bool hasInput(std::size_t index) const override { return node_.input(index) != nullptr; }
  const onnx::TensorProto* getInputData(std::size_t index) const override {
    const KnownValue* contents = node_.contents(index);
    if (contents == nullptr) return nullptr;
    if (data_[index] == nullptr) {
      data_[index] = std::make_unique<onnx::TensorProto>();
      to_tensor_proto(*contents, *data_[index]);
    }
    return data_[index].get();
  }
  std::size_t getNumOutputs() const override { return outputs_.size(); }
  onnx::TypeProto* getOutputType(std::size_t index) override {
    return index < outputs_.size() ? &outputs_[index] : nullptr;
  }
  onnx::GraphInferencer* getGraphAttributeInferencer(const std::string&) override { return nullptr; }
  const onnx::SparseTensorProto* getInputSparseData(std::size_t) const override { return nullptr; }
  const onnx::TensorShapeProto* getSymbolicInput(std::size_t) const override { return nullptr; }
  std::string getDisplayName() const override { return node_.node.op_type; }

  const std::vector<onnx::TypeProto>& outputs() const { return outputs_; }

 private:
  NodeInputs node_;
  std::vector<onnx::TypeProto> types_;
  std::vector<bool> has_type_;
  mutable std::vector<std::unique_ptr<onnx::TensorProto>> data_;
  mutable std::deque<onnx::AttributeProto> attributes_;  // stable addresses
  std::vector<onnx::TypeProto> outputs_;
};

void read_tensor_type(const onnx::TypeProto_Tensor& type, InferredOutput& out) {
  out.info.dtype = static_cast<DType>(type.elem_type());
  if (!type.has_shape()) return;
  Shape shape;
  std::vector<std::optional<std::int64_t>> partial;
  bool complete = true;
  for (const auto& dim : type.shape().dim()) {
    const bool known = dim.has_dim_value() && dim.dim_value() >= 0;
    complete = complete && known;
    partial.push_back(known ? std::optional<std::int64_t>(dim.dim_value()) : std::nullopt);
    shape.push_back(known ? dim.dim_value() : 0);
  }
  if (complete) {
    out.info.shape = std::move(shape);
  } else {
    out.partial = std::move(partial);
  }
}

InferredOutput read_type(const onnx::TypeProto& type) {
  InferredOutput out;
  if (type.has_tensor_type()) {
    out.info.kind = TypeKind::tensor;
    read_tensor_type(type.tensor_type(), out);
  } else if (type.has_sparse_tensor_type()) {
    out.info.kind = TypeKind::sparse_tensor;
    out.info.dtype = static_cast<DType>(type.sparse_tensor_type().elem_type());
  } else if (type.has_sequence_type()) {
    out.info.kind = TypeKind::sequence;
    if (type.sequence_type().elem_type().has_tensor_type()) {
      read_tensor_type(type.sequence_type().elem_type().tensor_type(), out);
    }
  } else if (type.has_optional_type()) {
    out.info.kind = TypeKind::optional;
    const auto& inner = type.optional_type().elem_type();
    if (inner.has_sequence_type() && inner.sequence_type().elem_type().has_tensor_type()) {
      out.info.kind = TypeKind::sequence;  // an optional sequence counts as that sequence
      read_tensor_type(inner.sequence_type().elem_type().tensor_type(), out);
    } else if (inner.has_tensor_type()) {
      read_tensor_type(inner.tensor_type(), out);
    }
  } else if (type.has_map_type()) {
    out.info.kind = TypeKind::map;
  }
  return out;
}

/// The library's texts end in hints for its own callers and may span lines: the first line is the reason.
std::string first_line(std::string text) {
  if (const auto end = text.find('\n'); end != std::string::npos) text.resize(end);
  for (const std::string_view tag : {"[ShapeInferenceError] ", "[TypeInferenceError] "}) {
    if (const auto at = text.find(tag); at != std::string::npos) text.erase(at, tag.size());
  }
  return text;
}

}  // namespace

struct SchemaInference::Impl {
  struct Entry {
    const onnx::OpSchema* schema = nullptr;
    /// The schema whose inference function serves: the next newer one where this version has none, as before opset 6.
    const onnx::OpSchema* inferring = nullptr;
    /// For each formal input, a number per type variable; -1 where it shares none.
    std::vector<int> type_variable;
    bool variadic_homogeneous = false;
  };
  std::unordered_map<std::string, Entry> entries;

  const Entry& lookup(const Node& node, std::int64_t version) {
    std::string key = fmt::format("{}:{}:{}", node.domain, node.op_type, version);
    const auto found = entries.find(key);
    if (found != entries.end()) return found->second;
    Entry entry;
    entry.schema = find_schema(node.op_type, node.domain, version);
    // A runtime's own optimiser writes operators before their time (LayerNormalization under opset 14).
    if (entry.schema == nullptr) entry.schema = find_newest_schema(node.op_type, node.domain);
    if (entry.schema != nullptr) {
      read_type_variables(entry);
      entry.inferring = inferring_schema(*entry.schema);
    }
    return entries.emplace(std::move(key), std::move(entry)).first->second;
  }

  static const onnx::OpSchema* inferring_schema(const onnx::OpSchema& schema) {
    const onnx::OpSchema* newest = find_newest_schema(schema.Name(), schema.domain());
    const onnx::OpSchema* candidate = &schema;
    for (std::int64_t version = schema.SinceVersion(); newest != nullptr && version <= newest->SinceVersion();
         ++version) {
      const onnx::OpSchema* here = find_schema(schema.Name(), schema.domain(), version);
      if (here != nullptr) candidate = here;
      if (candidate->has_type_and_shape_inference_function()) return candidate;
    }
    return nullptr;
  }

  static void read_type_variables(Entry& entry) {
    const auto& inputs = entry.schema->inputs();
    const auto& constraints = entry.schema->typeConstraintParams();
    for (const auto& input : inputs) {
      int variable = -1;
      for (std::size_t i = 0; i < constraints.size(); ++i) {
        if (constraints[i].type_param_str == input.GetTypeStr()) variable = static_cast<int>(i);
      }
      const bool list = input.GetOption() == onnx::OpSchema::Variadic;
      if (list) entry.variadic_homogeneous = input.GetIsHomogeneous();
      entry.type_variable.push_back(list && !input.GetIsHomogeneous() ? -1 : variable);
    }
  }

  /// Operands that share a type variable must share a dtype. Returns the conflict in words, or nothing.
  static std::string type_conflict(const Entry& entry, const NodeInputs& node) {
    struct Seen {
      DType dtype = DType::undefined;
      std::size_t operand = 0;
    };
    std::vector<Seen> seen(entry.schema->typeConstraintParams().size());
    for (std::size_t i = 0; i < node.inputs.size() && !entry.type_variable.empty(); ++i) {
      const int variable = entry.type_variable[std::min(i, entry.type_variable.size() - 1)];
      const TensorInfo* info = node.input(i);
      if (variable < 0 || info == nullptr || info->kind != TypeKind::tensor || info->dtype == DType::undefined)
        continue;
      Seen& first = seen[static_cast<std::size_t>(variable)];
      if (first.dtype == DType::undefined) {
        first = {info->dtype, i};
      } else if (first.dtype != info->dtype) {
        return fmt::format("operand {} is {} and operand {} is {}, but {} wants one type", first.operand,
                           to_string(first.dtype), i, to_string(info->dtype), node.node.op_type);
      }
    }
    return {};
  }
};

SchemaInference::SchemaInference() : impl_(std::make_unique<Impl>()) {}
SchemaInference::~SchemaInference() = default;

bool SchemaInference::knows(const Node& node) { return find_newest_schema(node.op_type, node.domain) != nullptr; }

SchemaResult SchemaInference::infer(const NodeInputs& node) {
  SchemaResult out;
  const Impl::Entry& entry = impl_->lookup(node.node, node.version);
  out.outputs.resize(node.node.outputs.size());
  if (entry.schema == nullptr) return out;
  out.found = true;
  out.error = Impl::type_conflict(entry, node);
  out.type_conflict = !out.error.empty();
  if (out.type_conflict || entry.inferring == nullptr) return out;
  Context context(node);
  try {
    entry.inferring->GetTypeAndShapeInferenceFunction()(context);
  } catch (const std::exception& error) {
    // What a newer version refuses need not be wrong in this one.
    if (entry.inferring != entry.schema) return out;
    out.error = first_line(error.what());
  }
  for (std::size_t i = 0; i < out.outputs.size(); ++i) out.outputs[i] = read_type(context.outputs()[i]);
  return out;
}

}  // namespace costscan
