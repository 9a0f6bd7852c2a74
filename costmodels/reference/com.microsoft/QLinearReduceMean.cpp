// Mean of quantised elements over axes.
#include "../reference.hpp"

/// The combined scale and the zero points of all elements of a channel are numbers of the whole call.
void mean(InCodes data, In data_scale, InCodes data_zero_point, In reduced_scale, InCodes reduced_zero_point,
          OutCodes reduced, Index channels, Index size) {
  const real combined = data_scale[0] / (reduced_scale[0] * real(size));
  const integer offset = integer(data_zero_point[0]) * integer(std::int32_t(size));
  for (Index c = 0; c < channels; ++c) {
    integer sum = 0;
    for (Index i = 0; i < size; ++i) sum += integer(data[c * size + i]);
    const integer rounded = integer(nearbyint(real(sum - offset) * combined));
    reduced[c] = code(smaller_of(greater_of(rounded + integer(reduced_zero_point[0]), 0), 255));
  }
}

void run(InCodes data, In data_scale, InCodes data_zero_point, In reduced_scale, InCodes reduced_zero_point,
         OutCodes reduced, Index channels, Index size) {
  KERNEL(mean, data, data_scale, data_zero_point, reduced_scale, reduced_zero_point, reduced, channels, size);
}
