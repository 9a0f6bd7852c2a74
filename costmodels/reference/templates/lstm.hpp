// The kernels of one step of LSTMs: gates in the order input, output, forget, cell. No include guard: each operator's
// namespace has its own copy.
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
