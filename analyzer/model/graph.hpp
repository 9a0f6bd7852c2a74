// An ONNX model as a value: what the file says, verified, without shapes that it does not state and without costs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "model/tensor.hpp"

namespace costscan {

/// Index into Graph::values. Every distinct tensor name of a graph has one.
using ValueId = std::int32_t;
inline constexpr ValueId no_value = -1;  ///< an omitted optional input or output

/// A dimension as the file declares it: unknown, a number, or a symbol or expression such as `past + seq`.
using DeclaredDim = std::variant<std::monostate, std::int64_t, std::string>;

enum class TypeKind { unknown, tensor, sparse_tensor, sequence, optional, map };

struct DeclaredType {
  TypeKind kind = TypeKind::unknown;
  DType dtype = DType::undefined;                ///< tensor element; for a map, its key type
  std::optional<std::vector<DeclaredDim>> dims;  ///< nullopt: not even the rank is declared
  std::shared_ptr<const DeclaredType> element;   ///< of a sequence or optional; the value type of a map
};

enum class ValueOrigin {
  graph_input,
  initializer,  ///< has a constant; also when it is listed as an input (IR version 3)
  node_output,
  captured,  ///< defined in an enclosing graph, found by name
};

struct Value {
  std::string name;
  ValueOrigin origin = ValueOrigin::captured;
  std::optional<DeclaredType> declared;  ///< from inputs, outputs or value_info
  std::int32_t producer = -1;            ///< index into Graph::nodes for node outputs
  std::int32_t initializer = -1;         ///< index into Graph::initializers, or sparse_initializers offset by its size
};

struct Graph;

using AttributeValue =
    std::variant<std::monostate,  // only refers to a function's attribute, or is empty
                 float, std::int64_t, std::string, Tensor, SparseTensor, DeclaredType, std::shared_ptr<const Graph>,
                 std::vector<float>, std::vector<std::int64_t>, std::vector<std::string>, std::vector<Tensor>,
                 std::vector<SparseTensor>, std::vector<DeclaredType>, std::vector<std::shared_ptr<const Graph>>>;

struct Attribute {
  std::string name;
  AttributeValue value;
  std::string ref_attr_name;       ///< inside a function body: takes the caller's attribute of this name
  std::int32_t declared_type = 0;  ///< AttributeProto.AttributeType as the file states it (empty lists need it)
};

using Metadata = std::vector<std::pair<std::string, std::string>>;

struct Node {
  std::string name;  ///< as in the file; may be empty, need not be unique
  std::string op_type;
  std::string domain;  ///< normalised: "" for ai.onnx
  std::string overload;
  std::string doc_string;
  std::vector<ValueId> inputs;   ///< no_value for an omitted optional
  std::vector<ValueId> outputs;  ///< no_value for an omitted optional
  std::vector<Attribute> attributes;
  Metadata metadata;
  std::int32_t file_index = -1;  ///< position in the file's own list: the `node_index` column
};

/// SSA graph; nodes are topological: in file order, except where the file itself is not sorted (runtimes accept that;
/// the loader then moves nodes and warns, and only Node::file_index tells the file's order).
struct Graph {
  std::string name;
  std::string doc_string;
  std::vector<Value> values;
  std::unordered_map<std::string, ValueId> value_by_name;
  std::vector<Node> nodes;
  std::vector<ValueId> inputs;  ///< as listed, initializers with defaults included
  std::vector<ValueId> outputs;
  std::vector<Tensor> initializers;
  std::vector<SparseTensor> sparse_initializers;
  Metadata metadata;
};

struct OpsetImport {
  std::string domain;  ///< "" for ai.onnx
  std::int64_t version = 0;
};

/// A model-local function; `body.inputs/outputs` are its formal parameters.
struct Function {
  std::string domain;
  std::string name;
  std::string overload;
  std::string doc_string;
  std::vector<std::string> attribute_names;   ///< required attributes
  std::vector<Attribute> attribute_defaults;  ///< optional attributes
  std::vector<OpsetImport> opset_imports;
  Graph body;
  Metadata metadata;
};

struct Model {
  std::filesystem::path path;
  std::string stem;  ///< file name without .onnx: the `model` column
  std::int64_t ir_version = 0;
  std::vector<OpsetImport> opset_imports;
  std::string producer_name;
  std::string producer_version;
  std::string domain;
  std::int64_t model_version = 0;
  std::string doc_string;
  Metadata metadata;
  Graph graph;
  std::vector<Function> functions;
  std::int64_t file_bytes = 0;
  std::vector<std::string> warnings;  ///< one line each: missing external data, odd but usable content
};

/// The attribute of that name, or nullptr.
[[nodiscard]] const Attribute* find_attribute(const Node& node, std::string_view name) noexcept;
[[nodiscard]] std::optional<std::int64_t> int_attribute(const Node& node, std::string_view name) noexcept;
[[nodiscard]] std::optional<float> float_attribute(const Node& node, std::string_view name) noexcept;
[[nodiscard]] const std::string* string_attribute(const Node& node, std::string_view name) noexcept;
[[nodiscard]] const std::vector<std::int64_t>* ints_attribute(const Node& node, std::string_view name) noexcept;

/// The imported version of `domain` ("" for ai.onnx), or nullopt where it is not imported.
[[nodiscard]] std::optional<std::int64_t> opset_version(const std::vector<OpsetImport>& imports,
                                                        std::string_view domain) noexcept;

/// The model-local function that this node calls, or nullptr.
[[nodiscard]] const Function* find_function(const Model& model, const Node& node) noexcept;

/// The constant that a value is bound to in its own graph (an initializer or the output of a Constant node), or
/// nullptr.
[[nodiscard]] const Tensor* constant_tensor(const Graph& graph, ValueId value) noexcept;

/// "node 12 'encoder/MatMul' (MatMul)": how error texts and reports name a node.
[[nodiscard]] std::string describe_node(const Node& node);

}  // namespace costscan
