// Maps floating values to integers by a scale and a zero point per tensor, axis or block.
#include "../reference.hpp"
#include "../templates/quantize_linear.hpp"

void run(In x, In y_scale, InCodes y_zero_point, OutCodes y, Index outer, Index channels, Index inner) {
  if (y_zero_point) {
    KERNEL(quantize, x, y_scale, y_zero_point, y, outer, channels, inner);
  } else {
    KERNEL_AS(quantize, quantize_plain, x, y_scale, y, outer, channels, inner);
  }
}
