// Maps integers back to floating values by a scale and a zero point per tensor, axis or block.
#include "../reference.hpp"
#include "../templates/dequantize_linear.hpp"

void run(InCodes x, In x_scale, InCodes x_zero_point, Out y, Index outer, Index channels, Index inner) {
  if (x_zero_point) {
    KERNEL(dequantize, x, x_scale, x_zero_point, y, outer, channels, inner);
  } else {
    KERNEL_AS(dequantize, dequantize_plain, x, x_scale, y, outer, channels, inner);
  }
}
