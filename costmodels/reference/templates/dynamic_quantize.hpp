// The kernels of ../../templates/dynamic_quantize.yaml. No include guard: each operator's namespace has its own copy.
#include "../reference.hpp"

void min_max(In x, Out range, Index n) {
  real low = highest;
  real high = lowest;
  for (Index i = 0; i < n; ++i) {
    low = fmin(low, x[i]);
    high = fmax(high, x[i]);
  }
  range[0] = low;
  range[1] = high;
}

/// The range, widened to include zero, over 255 steps; the code of zero.
void find_scale(In range, Out y_scale, OutCodes y_zero_point) {
  const real low = fmin(range[0], 0.0F);
  const real high = fmax(range[1], 0.0F);
  const real step = (high - low) / 255.0F;
  y_scale[0] = step;
  y_zero_point[0] = code(integer(nearbyint(fmin(fmax(0.0F - low / step, 0.0F), 255.0F))));
}

void quantize(In x, In y_scale, InCodes y_zero_point, OutCodes y, Index n) {
  for (Index i = 0; i < n; ++i) {
    const integer shifted = integer(nearbyint(x[i] / y_scale[0])) + integer(y_zero_point[0]);
    y[i] = code(smaller_of(greater_of(shifted, 0), 255));
  }
}
