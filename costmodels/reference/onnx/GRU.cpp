// ONNX GRU-22: gates in the order update, reset, hidden. With linear_before_reset the reset gate scales the hidden
// gate's recurrent product, else the state that goes into it.
#include "../reference.hpp"
#include "../templates/recurrent.hpp"

/// Update and reset gate: both products and both biases.
void gate_sums(In from_input, In from_state, Held gates, Index batch, Index H) {
  for (Index b = 0; b < batch; ++b) {
    for (Index k = 0; k < 2 * H; ++k) gates[b * 3 * H + k] = from_input[b * 3 * H + k] + from_state[b * 3 * H + k];
  }
}

void biased_gate_sums(In from_input, In from_state, In B, Held gates, Index batch, Index H) {
  for (Index b = 0; b < batch; ++b) {
    for (Index k = 0; k < 2 * H; ++k) {
      gates[b * 3 * H + k] = from_input[b * 3 * H + k] + from_state[b * 3 * H + k] + B[k] + B[3 * H + k];
    }
  }
}

/// The hidden gate, whose recurrent product the reset gate scales.
void reset(In from_input, In from_state, Held gates, Index batch, Index H) {
  for (Index b = 0; b < batch; ++b) {
    for (Index k = 0; k < H; ++k) {
      const Index at = b * 3 * H + 2 * H + k;
      gates[at] = from_input[at] + gates[b * 3 * H + H + k] * from_state[at];
    }
  }
}

void biased_reset(In from_input, In from_state, In B, Held gates, Index batch, Index H) {
  for (Index b = 0; b < batch; ++b) {
    for (Index k = 0; k < H; ++k) {
      const Index at = b * 3 * H + 2 * H + k;
      const real recurrent = from_state[at] + B[5 * H + k];
      gates[at] = from_input[at] + B[2 * H + k] + gates[b * 3 * H + H + k] * recurrent;
    }
  }
}

/// Of the two forms, the one that scales the state first: its products stand apart, update and reset gate in one [2 H],
/// hidden gate in another [H].
void biased_first_sums(In from_input, In from_state, In B, Held gates, Index batch, Index H) {
  for (Index b = 0; b < batch; ++b) {
    for (Index k = 0; k < 2 * H; ++k) {
      gates[b * 3 * H + k] = from_input[b * 3 * H + k] + from_state[b * 2 * H + k] + B[k] + B[3 * H + k];
    }
  }
}

void scale_state(Held gates, HeldIn state, Held scaled, Index batch, Index H) {
  for (Index b = 0; b < batch; ++b) {
    for (Index k = 0; k < H; ++k) scaled[b * H + k] = gates[b * 3 * H + H + k] * state[b * H + k];
  }
}

void scaled_gemm(HeldIn scaled, In R, Out products, Index batch, Index H) {
  for (Index b = 0; b < batch; ++b) {
    for (Index n = 0; n < H; ++n) {
      real sum = 0.0F;
      for (Index k = 0; k < H; ++k) sum += scaled[b * H + k] * R[n * H + k];
      products[b * H + n] = sum;
    }
  }
}

void biased_hidden(In from_input, In from_state, In B, Held gates, Index batch, Index H) {
  for (Index b = 0; b < batch; ++b) {
    for (Index k = 0; k < H; ++k) {
      const Index at = b * 3 * H + 2 * H + k;
      gates[at] = from_input[at] + from_state[b * H + k] + B[2 * H + k] + B[5 * H + k];
    }
  }
}

void mix(Held gates, In state, Out Y, Index batch, Index H) {
  for (Index b = 0; b < batch; ++b) {
    for (Index k = 0; k < H; ++k) {
      const real z = gates[b * 3 * H + k];
      Y[b * H + k] = (1.0F - z) * gates[b * 3 * H + 2 * H + k] + z * state[b * H + k];
    }
  }
}

void run(In X, In W, In R, In B, In initial_h, Out Y, Out Y_h, Out from_input, Out from_state, Out from_scaled,
         Held gates, Held scaled, Out first, Index seq, Index batch, Index I, Index H, Index D, bool reverse,
         bool linear_before_reset) {
  const Index states = batch * H;
  for (Index d = 0; d < D; ++d) {
    if (initial_h) KERNEL_AS(gates, start, initial_h + d * states, first, states);
    if (!initial_h) KERNEL_AS(gates, start_at_zero, first, states);
    KERNEL(input_gemm, X, W + d * 3 * H * I, from_input, seq * batch, I, 3 * H);
    In state = first;
    for (Index step = 0; step < seq; ++step) {
      const Index t = reverse || d == 1 ? seq - 1 - step : step;
      In products = from_input + t * batch * 3 * H;
      Out next = Y + (t * D + d) * states;
      In weights = R + d * 3 * H * H;
      if (!linear_before_reset) {
        In biases = B + d * 6 * H;
        KERNEL(recurrent_gemm, state, weights, from_state, batch, H, 2 * H);
        KERNEL_AS(gates, biased_first_sums, products, from_state, biases, gates, batch, H);
        KERNEL_AS(activation, sigmoid, gates, batch, 3 * H, 0, 2 * H);
        KERNEL_AS(gates, scale_state, gates, state, scaled, batch, H);
        KERNEL_AS(recurrent_gemm, scaled_gemm, scaled, weights + 2 * H * H, from_scaled, batch, H);
        KERNEL_AS(gates, biased_hidden, products, from_scaled, biases, gates, batch, H);
        KERNEL_AS(activation, hyperbolic, gates, batch, 3 * H, 2 * H, H);
        KERNEL_AS(gates, mix, gates, state, next, batch, H);
        state = next;
        if (step == seq - 1) KERNEL_AS(gates, finish, next, Y_h + d * states, states);
        continue;
      }
      KERNEL(recurrent_gemm, state, weights, from_state, batch, H, 3 * H);
      if (B) KERNEL_AS(gates, biased_gate_sums, products, from_state, B + d * 6 * H, gates, batch, H);
      if (!B) KERNEL_AS(gates, gate_sums, products, from_state, gates, batch, H);
      KERNEL_AS(activation, sigmoid, gates, batch, 3 * H, 0, 2 * H);
      if (B) KERNEL_AS(gates, biased_reset, products, from_state, B + d * 6 * H, gates, batch, H);
      if (!B) KERNEL_AS(gates, reset, products, from_state, gates, batch, H);
      KERNEL_AS(activation, hyperbolic, gates, batch, 3 * H, 2 * H, H);
      KERNEL_AS(gates, mix, gates, state, next, batch, H);
      state = next;
      if (step == seq - 1) KERNEL_AS(gates, finish, next, Y_h + d * states, states);
    }
  }
}
