// A swish gate times a linear part: swish(alpha, A) B for each element.
#include "../reference.hpp"

void swiglu(In A, In B, Out Y, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real gate = A[i];
    Y[i] = gate * (1.0F / (1.0F + exp(-gate))) * B[i];
  }
}

void swiglu_scaled(In A, In B, Out Y, Index n, real alpha) {
  for (Index i = 0; i < n; ++i) {
    const real gate = A[i];
    Y[i] = gate * (1.0F / (1.0F + exp(-(alpha * gate)))) * B[i];
  }
}

void run(In A, In B, Out Y, Index n, bool scaled, real alpha) {
  if (scaled) {
    KERNEL_AS(swiglu, swiglu_scaled, A, B, Y, n, alpha);
  } else {
    KERNEL(swiglu, A, B, Y, n);
  }
}
