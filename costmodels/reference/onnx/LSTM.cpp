// ONNX LSTM-22: gates in the order input, output, forget, cell; sigmoid for the gates, tanh for cell and output.
#include "../templates/lstm.hpp"

#include "../reference.hpp"

void run(In X, In W, In R, In B, In initial_h, In initial_c, In P, Out Y, Out Y_h, Out Y_c, Out from_input,
         Out from_state, Held gates, Held squashed, Out first, Out cell, Index seq, Index batch, Index I, Index H,
         Index D, bool reverse) {
  const Index states = batch * H;
  for (Index d = 0; d < D; ++d) {
    if (initial_h) KERNEL_AS(gates, start, initial_h + d * states, first, states);
    if (!initial_h) KERNEL_AS(gates, start_at_zero, first, states);
    if (initial_c) KERNEL_AS(gates, start, initial_c + d * states, cell, states);
    if (!initial_c) KERNEL_AS(gates, start_at_zero, cell, states);
    KERNEL(input_gemm, X, W + d * 4 * H * I, from_input, seq * batch, I, 4 * H);
    In state = first;
    for (Index step = 0; step < seq; ++step) {
      const Index t = reverse || d == 1 ? seq - 1 - step : step;
      In products = from_input + t * batch * 4 * H;
      Out next = Y + (t * D + d) * states;
      KERNEL(recurrent_gemm, state, R + d * 4 * H * H, from_state, batch, H, 4 * H);
      if (B) KERNEL_AS(gates, biased_sums, products, from_state, B + d * 8 * H, gates, batch, 4 * H);
      if (!B) KERNEL_AS(gates, sums, products, from_state, gates, batch, 4 * H);
      if (P) KERNEL_AS(gates, peephole, gates, cell, P + d * 3 * H, batch, H);
      KERNEL_AS(activation, sigmoid, gates, batch, 4 * H, 0, H);
      KERNEL_AS(activation, sigmoid, gates, batch, 4 * H, 2 * H, H);
      KERNEL_AS(activation, hyperbolic, gates, batch, 4 * H, 3 * H, H);
      KERNEL_AS(gates, update_cell, gates, cell, cell, batch, H);
      if (P) KERNEL_AS(gates, peephole_output, gates, cell, P + d * 3 * H, batch, H);
      KERNEL_AS(activation, sigmoid, gates, batch, 4 * H, H, H);
      KERNEL_AS(activation, squash, cell, squashed, states);
      KERNEL_AS(gates, give_out, gates, squashed, next, batch, H);
      state = next;
      if (step == seq - 1) {
        KERNEL_AS(gates, finish, next, Y_h + d * states, states);
        KERNEL_AS(gates, finish, cell, Y_c + d * states, states);
      }
    }
  }
}
