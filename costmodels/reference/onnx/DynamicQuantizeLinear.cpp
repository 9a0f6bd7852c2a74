// Quantises a tensor to 8 bits by its own range.
#include "../reference.hpp"
#include "../templates/dynamic_quantize.hpp"

void run(In x, OutCodes y, Out y_scale, OutCodes y_zero_point, Out range, Index n) {
  KERNEL(min_max, x, range, n);
  KERNEL_AS(scale, find_scale, range, y_scale, y_zero_point);
  KERNEL(quantize, x, y_scale, y_zero_point, y, n);
}
