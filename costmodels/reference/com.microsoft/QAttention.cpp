// Quantised projection to queries, keys and values, and multi-head attention in floating point.
#include "../reference.hpp"
#include "../templates/attention.hpp"

/// Bytes to registers, behind their zero point: sums[0] is that, then the elements without it.
void load(InCodes codes, InCodes zero_point, HeldSums sums, Index n) {
  sums[0] = integer(zero_point[0]);
  for (Index i = 0; i < n; ++i) sums[i + 1] = integer(codes[i]) - integer(sums[0]);
}

/// Thirds of the columns are queries, keys and values; each is kept apart.
void product(HeldSums left, HeldSums right, HeldSums sums, Index rows, Index K, Index third) {
  for (Index p = 0; p < 3; ++p) {
    for (Index r = 0; r < rows; ++r) {
      for (Index n = 0; n < third; ++n) {
        integer sum = 0;
        for (Index k = 0; k < K; ++k) {
          sum += integer(left[r * K + k + 1]) * integer(right[k * 3 * third + p * third + n + 1]);
        }
        sums[(p * rows + r) * third + n] = sum;
      }
    }
  }
}

void dequantize(HeldSums sums, In bias, In input_scale, In weight_scale, Held projected, Index rows, Index third) {
  const real combined = input_scale[0] * weight_scale[0];
  for (Index p = 0; p < 3; ++p) {
    for (Index r = 0; r < rows; ++r) {
      for (Index n = 0; n < third; ++n) {
        const Index at = (p * rows + r) * third + n;
        projected[at] = real(integer(sums[at])) * combined + bias[p * third + n];
      }
    }
  }
}

void store(Held values, Out projected, Index n) {
  for (Index i = 0; i < n; ++i) projected[i] = values[i];
}

void run(InCodes input, InCodes weight, In bias, In input_scale, In weight_scale, InCodes input_zero_point,
         InCodes weight_zero_point, Out output, HeldSums left, HeldSums right, HeldSums sums_32, Held values,
         Out projected, Out scores, Out maximum, Out exponentials, Out sums, Out shares, Index b, Index h, Index s,
         Index K, Index d, real factor) {
  const Index third = b * s * h * d;
  KERNEL_AS(project, load, input, input_zero_point, left, b * s * K);
  KERNEL_AS(project, load, weight, weight_zero_point, right, K * 3 * h * d);
  KERNEL_AS(project, product, left, right, sums_32, b * s, K, h * d);
  KERNEL(dequantize, sums_32, bias, input_scale, weight_scale, values, b * s, h * d);
  KERNEL_AS(project, store, values, projected, 3 * third);
  KERNEL(qk, projected, projected + third, scores, b, h, h, s, s, d, true, true);
  KERNEL(scale, scores, b * h * s * s, factor);
  KERNEL(row_max, scores, maximum, b * h * s, s);
  KERNEL(exp_sum, scores, maximum, exponentials, sums, b * h * s, s);
  KERNEL(divide, exponentials, sums, shares, b * h * s, s);
  KERNEL(pv, shares, projected + 2 * third, output, b, h, h, s, s, d, true, true);
}
