// The module path of a node: what the treemap groups by.
#pragma once

#include <string>

#include "model/graph.hpp"

namespace costscan {

/// "m/encoder/layer.0/attention": from the dynamo exporter's `pkg.torch.onnx.name_scopes`, else from a path-like node
/// name (TorchScript: `/encoder/layer.0/query/MatMul`), else "". Never starts or ends with a slash.
[[nodiscard]] std::string module_scope(const Node& node);

}  // namespace costscan
