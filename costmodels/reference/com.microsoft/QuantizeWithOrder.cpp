// Quantises a matrix. The order of its elements in memory is addressing: here rows stay rows.
#include "../reference.hpp"

/// Division, rounding, and two compare-selects that saturate.
void quantize(In input, In scale_input, OutSignedCodes output, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real rounded = nearbyint(input[i] / scale_input[0]);
    output[i] = signed_code(fmin(fmax(rounded, -128.0F), 127.0F));
  }
}

void run(In input, In scale_input, OutSignedCodes output, Index n) { KERNEL(quantize, input, scale_input, output, n); }
