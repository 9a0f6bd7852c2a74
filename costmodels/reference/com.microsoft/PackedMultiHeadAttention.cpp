// Multi-head attention over sequences packed without padding.
#include "../reference.hpp"
#include "../templates/packed_attention.hpp"

void add_to_rows(In X, In bias, Out Y, Index rows, Index width) {
  for (Index r = 0; r < rows; ++r) {
    for (Index j = 0; j < width; ++j) Y[r * width + j] = X[r * width + j] + bias[j];
  }
}

void run(In query, In key, In value, In bias, InIndices32 token_offset, InIndices32 cumulative_sequence_length,
         Out output, HeldIndices starts, Out Q, Out K, Out V, Out scores, Out maximum, Out exponentials, Out sums,
         Out shares, Index tokens, Index slots, Index sequences, Index h, Index dk, Index dv, real factor) {
  KERNEL_AS(positions, read_positions, token_offset, cumulative_sequence_length, starts, slots, sequences);
  In queries = query;
  In keys = key;
  In values = value;
  if (bias) {
    KERNEL_AS(bias, add_to_rows, query, bias, Q, tokens, h * dk);
    KERNEL_AS(bias, add_to_rows, key, bias + h * dk, K, tokens, h * dk);
    KERNEL_AS(bias, add_to_rows, value, bias + 2 * h * dk, V, tokens, h * dv);
    queries = Q;
    keys = K;
    values = V;
  }
  attend(queries, keys, values, output, starts, scores, maximum, exponentials, sums, shares, sequences, h, dk, dv,
         factor);
}
