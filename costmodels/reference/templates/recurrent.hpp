// Kernels that RNN, LSTM and GRU share. No include guard: each operator's namespace has its own copy.
#include "../reference.hpp"

/// Every row of X times the transposed weights W[N, K].
void input_gemm(In X, In W, Out products, Index rows, Index K, Index N) {
  for (Index r = 0; r < rows; ++r) {
    for (Index n = 0; n < N; ++n) {
      real sum = 0.0F;
      for (Index k = 0; k < K; ++k) sum += X[r * K + k] * W[n * K + k];
      products[r * N + n] = sum;
    }
  }
}

/// One step of one direction.
void recurrent_gemm(In state, In R, Out products, Index batch, Index H, Index N) {
  for (Index b = 0; b < batch; ++b) {
    for (Index n = 0; n < N; ++n) {
      real sum = 0.0F;
      for (Index k = 0; k < H; ++k) sum += state[b * H + k] * R[n * H + k];
      products[b * N + n] = sum;
    }
  }
}

/// B holds N biases of the input products, then N of the recurrent ones.
void biased_sums(In from_input, In from_state, In B, Held gates, Index batch, Index N) {
  for (Index b = 0; b < batch; ++b) {
    for (Index n = 0; n < N; ++n) gates[b * N + n] = from_input[b * N + n] + from_state[b * N + n] + B[n] + B[N + n];
  }
}

void sums(In from_input, In from_state, Held gates, Index batch, Index N) {
  for (Index b = 0; b < batch; ++b) {
    for (Index n = 0; n < N; ++n) gates[b * N + n] = from_input[b * N + n] + from_state[b * N + n];
  }
}

/// H of the N values of each row, from the one at `first` on.
void sigmoid(Held gates, Index batch, Index N, Index first, Index H) {
  for (Index b = 0; b < batch; ++b) {
    for (Index k = 0; k < H; ++k) {
      const real x = gates[b * N + first + k];
      gates[b * N + first + k] = 1.0F / (1.0F + exp(-x));
    }
  }
}

void hyperbolic(Held gates, Index batch, Index N, Index first, Index H) {
  for (Index b = 0; b < batch; ++b) {
    for (Index k = 0; k < H; ++k) gates[b * N + first + k] = tanh(gates[b * N + first + k]);
  }
}

/// The state before the first step.
void start(In initial, Held state, Index n) {
  for (Index i = 0; i < n; ++i) state[i] = initial[i];
}

void start_at_zero(Held state, Index n) {
  for (Index i = 0; i < n; ++i) state[i] = 0.0F;
}

/// The last state, once more as an output of its own: the same registers.
void finish(Held state, Held last, Index n) {
  for (Index i = 0; i < n; ++i) last[i] = state[i];
}
