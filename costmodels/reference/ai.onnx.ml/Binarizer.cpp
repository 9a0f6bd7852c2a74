// Whether each element exceeds a threshold, as 0 or 1.
#include "../reference.hpp"

void compare(In X, Out Y, Index n, real threshold) {
  for (Index i = 0; i < n; ++i) Y[i] = X[i] > threshold ? 1.0F : 0.0F;
}

void run(In X, Out Y, Index n, real threshold) { KERNEL(compare, X, Y, n, threshold); }
