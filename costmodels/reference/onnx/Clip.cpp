// Limits each element to an interval.
#include "../reference.hpp"

void clip(In X, In lower, In upper, Out Y, Index n) {
  for (Index i = 0; i < n; ++i) Y[i] = fmin(fmax(X[i], lower[0]), upper[0]);
}

void clip_below(In X, In lower, Out Y, Index n) {
  for (Index i = 0; i < n; ++i) Y[i] = fmax(X[i], lower[0]);
}

void clip_above(In X, In upper, Out Y, Index n) {
  for (Index i = 0; i < n; ++i) Y[i] = fmin(X[i], upper[0]);
}

void run(In X, In lower, In upper, Out Y, Index n) {
  if (lower && upper) {
    KERNEL(clip, X, lower, upper, Y, n);
  } else if (lower) {
    KERNEL_AS(clip, clip_below, X, lower, Y, n);
  } else {
    KERNEL_AS(clip, clip_above, X, upper, Y, n);
  }
}
