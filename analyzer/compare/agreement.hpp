// How far the outputs of two models agree.
#pragma once

#include <span>
#include <vector>

#include "model/comparison.hpp"
#include "model/tensor.hpp"

namespace costscan {

/// Outputs of equal name beside each other, then what is left in order where there are as many on both sides; the
/// others stand alone. Contents are compared element by element as numbers, whatever their types; a NaN equals a NaN.
[[nodiscard]] std::vector<OutputAgreement> compare_outputs(std::span<const Tensor> a, std::span<const Tensor> b);

}  // namespace costscan
