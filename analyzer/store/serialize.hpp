// Nodes, constants and types that no file has yet, as ONNX's protobuf messages.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "model/graph.hpp"
#include "model/result.hpp"

namespace costscan {

/// Where a tensor's bytes lie when they are not in its message.
struct DataPlace {
  std::string location;  ///< relative to the model's folder
  std::uint64_t offset = 0;
};

/// A NodeProto. `folder`: of the model, for tensors in other files. Error (defect) for an attribute that holds a graph
/// or a type: passes make no such nodes.
[[nodiscard]] Result<std::string> serialized_node(const Graph& graph, const Node& node,
                                                  const std::filesystem::path& folder);

/// A TensorProto, its bytes in it or (`place`) elsewhere. A tensor whose bytes are in another file refers to it; one
/// without bytes has none.
[[nodiscard]] std::string serialized_tensor(const Tensor& tensor, const std::filesystem::path& folder,
                                            const std::optional<DataPlace>& place = std::nullopt);

/// The ValueInfoProto `original` with the dimensions that `declared` has as numbers written as such; itself where that
/// changes nothing. nullopt where it cannot be parsed.
[[nodiscard]] std::optional<std::string> with_declared_dims(std::string_view original, const DeclaredType& declared);

/// A ValueInfoProto of a tensor.
[[nodiscard]] std::string serialized_value_info(const std::string& name, const DeclaredType& type);

/// An OperatorSetIdProto.
[[nodiscard]] std::string serialized_opset(const OpsetImport& import);

/// Whether the TensorProto `message`, small and in line, holds this tensor.
[[nodiscard]] bool holds_tensor(std::string_view message, const Tensor& tensor);

}  // namespace costscan
