// Projection to queries, keys and values, and attention, over sequences packed without padding.
#include "../reference.hpp"
#include "../templates/packed_attention.hpp"
#include "../templates/projection.hpp"

void run(In input, In weights, In bias, InIndices32 token_offset, InIndices32 cumulative_sequence_length, Out output,
         HeldIndices starts, Out projected, Out scores, Out maximum, Out exponentials, Out sums, Out shares,
         Index tokens, Index slots, Index sequences, Index h, Index K, Index d, real factor) {
  const Index third = tokens * h * d;
  KERNEL_AS(positions, read_positions, token_offset, cumulative_sequence_length, starts, slots, sequences);
  KERNEL(project, input, weights, projected, tokens, K, h * d);
  KERNEL_AS(bias, add_bias, projected, bias, tokens, h * d);
  attend(projected, projected + third, projected + 2 * third, output, starts, scores, maximum, exponentials, sums,
         shares, sequences, h, d, d, factor);
}
