// Decomposed normalisations that one operator can stand for, with the operands that it then has.
#pragma once

#include <optional>
#include <vector>

#include "passes/rewrite.hpp"
#include "patterns/norms.hpp"

namespace costscan {

/// Normalisation along the last axes of x, computed in the operator's inner type (float32, or x's own where that is
/// wider), gamma and beta applied in the type of x.
struct NormSite {
  ValueId x = no_value;
  ValueId gamma = no_value;  ///< no_value: ones
  ValueId beta = no_value;
  ValueId y = no_value;
  Shape normalized;  ///< lengths of the last axes
  DType dtype = DType::undefined;
  float epsilon = 0;
  Holds holds = Holds::every_binding;
  NodeTrail nodes;
};

/// nullopt for an operator, and where one operator would not be the same: axes that are not the last ones, casts that
/// do not match its inner type, quantised copies inside, an epsilon that float32 cannot hold, values inside that are
/// read elsewhere.
[[nodiscard]] std::optional<NormSite> norm_site(const GraphView& view, const Norm& norm);

/// Whether the last `lengths.size()` dimensions of x are these whatever the free dimensions are.
[[nodiscard]] Holds has_last_dims(const GraphView& view, ValueId x, const Shape& lengths);

/// gamma or beta in the shape that the operator asks for; ones where `value` is no_value.
[[nodiscard]] ValueId affine_operand(RewriteBuilder& builder, const GraphView& view, const NormSite& site,
                                     ValueId value);

}  // namespace costscan
