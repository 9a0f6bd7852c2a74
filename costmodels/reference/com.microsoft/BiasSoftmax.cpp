// Softmax of the sum of two tensors.
#include "../reference.hpp"
#include "../templates/softmax.hpp"

void add_bias(In data, In bias, Out biased, Index outer, Index n) {
  for (Index o = 0; o < outer; ++o) {
    for (Index i = 0; i < n; ++i) biased[o * n + i] = data[o * n + i] + bias[i];
  }
}

void run(In data, In bias, Out output, Out biased, Out maximum, Out exponentials, Out sums, Index outer, Index n,
         Index rows, Index H) {
  KERNEL_AS(bias, add_bias, data, bias, biased, outer, n);
  KERNEL(row_max, biased, maximum, rows, H, 1);
  KERNEL(exp_sum, biased, maximum, exponentials, sums, rows, H, 1);
  KERNEL(divide, exponentials, sums, output, rows, H, 1);
}
