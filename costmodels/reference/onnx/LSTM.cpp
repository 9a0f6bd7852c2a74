// ONNX LSTM-22: gates in the order input, output, forget, cell; sigmoid for the gates, tanh for cell and output.
#include "../reference.hpp"
#include "../templates/recurrent.hpp"

/// Adds the previous cell's share to the input and the forget gate; P holds the weights of input, output and forget
/// gate.
void peephole(Held gates, Held cell, In P, Index batch, Index H) {
  for (Index b = 0; b < batch; ++b) {
    for (Index k = 0; k < H; ++k) {
      const real c = cell[b * H + k];
      gates[b * 4 * H + k] = gates[b * 4 * H + k] + P[k] * c;
      gates[b * 4 * H + 2 * H + k] = gates[b * 4 * H + 2 * H + k] + P[2 * H + k] * c;
    }
  }
}

void peephole_output(Held gates, Held cell, In P, Index batch, Index H) {
  for (Index b = 0; b < batch; ++b) {
    for (Index k = 0; k < H; ++k) {
      gates[b * 4 * H + H + k] = gates[b * 4 * H + H + k] + P[H + k] * cell[b * H + k];
    }
  }
}

void update_cell(Held gates, In previous, Out cell, Index batch, Index H) {
  for (Index b = 0; b < batch; ++b) {
    for (Index k = 0; k < H; ++k) {
      cell[b * H + k] =
          gates[b * 4 * H + 2 * H + k] * previous[b * H + k] + gates[b * 4 * H + k] * gates[b * 4 * H + 3 * H + k];
    }
  }
}

void squash(Held cell, Held squashed, Index n) {
  for (Index i = 0; i < n; ++i) squashed[i] = tanh(cell[i]);
}

void give_out(Held gates, Held squashed, Out Y, Index batch, Index H) {
  for (Index b = 0; b < batch; ++b) {
    for (Index k = 0; k < H; ++k) Y[b * H + k] = gates[b * 4 * H + H + k] * squashed[b * H + k];
  }
}

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
