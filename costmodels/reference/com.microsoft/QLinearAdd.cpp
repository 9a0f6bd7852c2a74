// Sum of quantised tensors with broadcasting.
#include "../reference.hpp"

void addition(InCodes A, In A_scale, InCodes A_zero_point, InCodes B, In B_scale, InCodes B_zero_point, In C_scale,
              InCodes C_zero_point, OutCodes C, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real a = real(integer(A[i]) - integer(A_zero_point[0])) * A_scale[0];
    const real b = real(integer(B[i]) - integer(B_zero_point[0])) * B_scale[0];
    const integer shifted = integer(nearbyint((a + b) / C_scale[0])) + integer(C_zero_point[0]);
    C[i] = code(smaller_of(greater_of(shifted, 0), 255));
  }
}

void run(InCodes A, In A_scale, InCodes A_zero_point, InCodes B, In B_scale, InCodes B_zero_point, In C_scale,
         InCodes C_zero_point, OutCodes C, Index n) {
  KERNEL(addition, A, A_scale, A_zero_point, B, B_scale, B_zero_point, C_scale, C_zero_point, C, n);
}
