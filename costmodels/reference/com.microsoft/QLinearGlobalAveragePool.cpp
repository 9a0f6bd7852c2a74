// Mean of each channel of quantised elements over space.
#include "../reference.hpp"

/// The combined scale and the zero points of all elements of a channel are numbers of the whole call.
void global_average_pool(InCodes X, In x_scale, InCodes x_zero_point, In y_scale, InCodes y_zero_point, OutCodes Y,
                         Index channels, Index size) {
  const real combined = x_scale[0] / (y_scale[0] * real(size));
  const integer offset = integer(x_zero_point[0]) * integer(std::int32_t(size));
  for (Index c = 0; c < channels; ++c) {
    integer sum = 0;
    for (Index i = 0; i < size; ++i) sum += integer(X[c * size + i]);
    const integer rounded = integer(nearbyint(real(sum - offset) * combined));
    Y[c] = code(smaller_of(greater_of(rounded + integer(y_zero_point[0]), 0), 255));
  }
}

void run(InCodes X, In x_scale, InCodes x_zero_point, In y_scale, InCodes y_zero_point, OutCodes Y, Index channels,
         Index size) {
  KERNEL(global_average_pool, X, x_scale, x_zero_point, y_scale, y_zero_point, Y, channels, size);
}
