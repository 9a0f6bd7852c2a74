// Attention over sequences packed without padding. No include guard: each operator's namespace has its own copy.
#include "../reference.hpp"
#include "../templates/attention.hpp"

/// Where each sequence begins, and where each token stood before packing.
void read_positions(InIndices32 token_offset, InIndices32 cumulative_sequence_length, HeldIndices starts, Index slots,
                    Index sequences) {
  for (Index i = 0; i < slots; ++i) starts[0] = token_offset[i];
  for (Index i = 0; i <= sequences; ++i) starts[i] = cumulative_sequence_length[i];
}

/// Each sequence by itself; tokens lie packed, [s, h, d].
void attend(In Q, In K, In V, Out output, HeldIndices starts, Out scores, Out maximum, Out exponentials, Out sums,
            Out shares, Index sequences, Index h, Index dk, Index dv, real factor) {
  for (Index n = 0; n < sequences; ++n) {
    const Index first = starts[n];
    const Index s = starts[n + 1] - starts[n];
    KERNEL(qk, Q + first * h * dk, K + first * h * dk, scores, 1, h, h, s, s, dk, true, true);
    KERNEL(scale, scores, h * s * s, factor);
    KERNEL(row_max, scores, maximum, h * s, s);
    KERNEL(exp_sum, scores, maximum, exponentials, sums, h * s, s);
    KERNEL(divide, exponentials, sums, shares, h * s, s);
    KERNEL(pv, shares, V + first * h * dv, output + first * h * dv, 1, h, h, s, s, dv, true, true);
  }
}
