// Depthwise causal convolution over packed sequences, whose last inputs are kept as state for the next call.
#include "../reference.hpp"
#include "../templates/activation.hpp"

void read_starts(InIndices32 cumulative_sequence_length, HeldIndices starts, Index sequences) {
  for (Index i = 0; i <= sequences; ++i) starts[i] = cumulative_sequence_length[i];
}

/// Tokens are rows of C channels; positions before a sequence's first token come from its state, `room` of them.
void conv(In input, In weight, In initial_state, HeldIndices starts, Out output, Index sequences, Index C, Index k,
          Index dilation, Index room) {
  for (Index b = 0; b < sequences; ++b) {
    const Index length = starts[b + 1] - starts[b];
    for (Index t = 0; t < length; ++t) {
      for (Index c = 0; c < C; ++c) {
        real sum = 0.0F;
        for (Index j = 0; j < k; ++j) {
          const Index at = t - (k - 1 - j) * dilation;
          sum += weight[c * k + j] *
                 (at < 0 ? initial_state[(b * C + c) * room + room + at] : input[(starts[b] + at) * C + c]);
        }
        output[(starts[b] + t) * C + c] = sum;
      }
    }
  }
}

void add_bias(Held output, In bias, Index tokens, Index C) {
  for (Index t = 0; t < tokens; ++t) {
    for (Index c = 0; c < C; ++c) output[t * C + c] = output[t * C + c] + bias[c];
  }
}

/// The last inputs of each sequence, `room` of them or more in each; and its first ones, as many as asked for.
void keep(In input, InIndices32 capture_count, HeldIndices starts, Out final_state, Out state_update, Index sequences,
          Index C, Index room, Index capacity) {
  for (Index b = 0; b < sequences; ++b) {
    for (Index c = 0; c < C; ++c) {
      for (Index i = 0; i < room; ++i) final_state[(b * C + c) * room + i] = input[(starts[b + 1] - room + i) * C + c];
    }
    const Index captured = capture_count[b];
    for (Index i = 0; i < capacity; ++i) {
      for (Index c = 0; c < C; ++c) {
        state_update[(b * capacity + i) * C + c] = i < captured ? input[(starts[b] + i) * C + c] : real(0.0F);
      }
    }
  }
}

void run(In input, In weight, InIndices32 cumulative_sequence_length, In bias, In initial_state,
         InIndices32 capture_count, Out output, Out final_state, Out state_update, HeldIndices starts, Index sequences,
         Index tokens, Index C, Index k, Index dilation, Index room, Index capacity) {
  KERNEL_AS(conv, read_starts, cumulative_sequence_length, starts, sequences);
  KERNEL(conv, input, weight, initial_state, starts, output, sequences, C, k, dilation, room);
  KERNEL_AS(bias, add_bias, output, bias, tokens, C);
  KERNEL_AS(activation, silu, output, tokens * C);
  KERNEL_AS(state, keep, input, capture_count, starts, final_state, state_update, sequences, C, room, capacity);
}
