// Centres and scales to unit variance over the given axes.
#include "../reference.hpp"

/// N * size elements of each channel, size of them together.
void var_mean(In X, Out batch_mean, Out batch_var, Index N, Index C, Index size) {
  for (Index c = 0; c < C; ++c) {
    const Index count = N * size;
    real sum = X[c * size];
    for (Index k = 1; k < count; ++k) sum += X[((k / size) * C + c) * size + k % size];
    const real center = sum / real(count);
    batch_mean[c] = center;
    const real first = X[c * size] - center;
    real squares = first * first;
    for (Index k = 1; k < count; ++k) {
      const real deviation = X[((k / size) * C + c) * size + k % size] - center;
      squares += deviation * deviation;
    }
    batch_var[c] = squares / real(count);
  }
}

void deviation(In batch_var, Out spread, Index C, real epsilon) {
  for (Index c = 0; c < C; ++c) spread[c] = sqrt(batch_var[c]) + epsilon;
}

void normalize(In X, In batch_mean, In spread, Out Y, Index N, Index C, Index size) {
  for (Index n = 0; n < N; ++n) {
    for (Index c = 0; c < C; ++c) {
      for (Index i = 0; i < size; ++i) {
        Y[(n * C + c) * size + i] = (X[(n * C + c) * size + i] - batch_mean[c]) / spread[c];
      }
    }
  }
}

void run(In X, Out Y, Out batch_mean, Out batch_var, Out spread, Index N, Index C, Index size, real epsilon) {
  KERNEL(var_mean, X, batch_mean, batch_var, N, C, size);
  KERNEL(deviation, batch_var, spread, C, epsilon);
  KERNEL(normalize, X, batch_mean, spread, Y, N, C, size);
}
