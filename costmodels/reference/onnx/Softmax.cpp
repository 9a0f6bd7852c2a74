// Exponentials along an axis, divided by their sum.
#include "../templates/softmax.hpp"

#include "../reference.hpp"

void run(In input, Out output, Out maximum, Out exponentials, Out sums, Index outer, Index H, Index inner) {
  KERNEL(row_max, input, maximum, outer, H, inner);
  KERNEL(exp_sum, input, maximum, exponentials, sums, outer, H, inner);
  KERNEL(divide, exponentials, sums, output, outer, H, inner);
}
