// Scales and shifts each channel by stored statistics; while training, by those of the batch.
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

void running(In mean, In var, In batch_mean, In batch_var, Out running_mean, Out running_var, Index C, real momentum,
             real rest) {
  for (Index c = 0; c < C; ++c) {
    running_mean[c] = momentum * mean[c] + rest * batch_mean[c];
    running_var[c] = momentum * var[c] + rest * batch_var[c];
  }
}

void coefficients(In scale, In B, In mean, In var, Out factor, Out summand, Index C, real epsilon) {
  for (Index c = 0; c < C; ++c) {
    const real f = scale[c] * rsqrt(var[c] + epsilon);
    factor[c] = f;
    summand[c] = B[c] - mean[c] * f;
  }
}

void scale_shift(In X, In factor, In summand, Out Y, Index N, Index C, Index size) {
  for (Index n = 0; n < N; ++n) {
    for (Index c = 0; c < C; ++c) {
      for (Index i = 0; i < size; ++i) {
        Y[(n * C + c) * size + i] = X[(n * C + c) * size + i] * factor[c] + summand[c];
      }
    }
  }
}

void run(In X, In scale, In B, In mean, In var, Out Y, Out running_mean, Out running_var, Out batch_mean, Out batch_var,
         Out factor, Out summand, Index N, Index C, Index size, bool training, real momentum, real rest, real epsilon) {
  if (training) {
    KERNEL(var_mean, X, batch_mean, batch_var, N, C, size);
    KERNEL(running, mean, var, batch_mean, batch_var, running_mean, running_var, C, momentum, rest);
    KERNEL(coefficients, scale, B, batch_mean, batch_var, factor, summand, C, epsilon);
  } else {
    KERNEL(coefficients, scale, B, mean, var, factor, summand, C, epsilon);
  }
  KERNEL(scale_shift, X, factor, summand, Y, N, C, size);
}
