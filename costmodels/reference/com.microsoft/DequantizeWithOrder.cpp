// Takes a matrix out of a quantised layout. The order of its elements in memory is addressing: here rows stay rows.
#include "../reference.hpp"

void dequantize(InSignedCodes input, In scale_input, Out output, Index n) {
  for (Index i = 0; i < n; ++i) output[i] = real(integer(input[i])) * scale_input[0];
}

void run(InSignedCodes input, In scale_input, Out output, Index n) {
  KERNEL(dequantize, input, scale_input, output, n);
}
