// TypeProto → DeclaredType.
#pragma once

#include "load/convert_context.hpp"
#include "load/parsed.hpp"
#include "model/graph.hpp"

namespace onnx {
class TypeProto;
}

namespace costscan {

/// Errors: an unknown element type, a negative dimension (-1 is taken as unknown), numbers whose product times the
/// element size overflows, nesting beyond reason. They do not name the value.
[[nodiscard]] Parsed<DeclaredType> convert_type(ConvertContext& context, const onnx::TypeProto& proto, int depth = 0);

}  // namespace costscan
