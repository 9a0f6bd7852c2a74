// ONNX RNN-22: H_t = f(X_t W' + H_(t-1) R' + Wb + Rb), f = tanh.
#include "../reference.hpp"
#include "../templates/recurrent.hpp"

void store(Held values, Out Y, Index n) {
  for (Index i = 0; i < n; ++i) Y[i] = values[i];
}

void run(In X, In W, In R, In B, In initial_h, Out Y, Out Y_h, Out from_input, Out from_state, Held values, Out first,
         Index seq, Index batch, Index I, Index H, Index D, bool reverse) {
  for (Index d = 0; d < D; ++d) {
    if (initial_h) KERNEL_AS(sum, start, initial_h + d * batch * H, first + d * batch * H, batch * H);
    if (!initial_h) KERNEL_AS(sum, start_at_zero, first + d * batch * H, batch * H);
    KERNEL(input_gemm, X, W + d * H * I, from_input, seq * batch, I, H);
    In state = first + d * batch * H;
    for (Index step = 0; step < seq; ++step) {
      const Index t = reverse || d == 1 ? seq - 1 - step : step;
      KERNEL(recurrent_gemm, state, R + d * H * H, from_state, batch, H, H);
      if (B) KERNEL_AS(sum, biased_sums, from_input + t * batch * H, from_state, B + d * 2 * H, values, batch, H);
      if (!B) KERNEL_AS(sum, sums, from_input + t * batch * H, from_state, values, batch, H);
      KERNEL_AS(activation, hyperbolic, values, batch, H, 0, H);
      KERNEL_AS(sum, store, values, Y + (t * D + d) * batch * H, batch * H);
      state = Y + (t * D + d) * batch * H;
      if (step == seq - 1) KERNEL_AS(sum, finish, values, Y_h + d * batch * H, batch * H);
    }
  }
}
