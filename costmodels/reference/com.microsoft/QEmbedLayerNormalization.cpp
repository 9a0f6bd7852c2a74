// Quantised word, position and segment embeddings, their sum, and its layer normalisation.
#include "../reference.hpp"
#include "../templates/layer_norm.hpp"

/// Rows of three quantised tables, dequantised and added.
void gather(InIndices32 input_ids, InIndices32 segment_ids, InCodes word, InCodes position, InCodes segment,
            In word_scale, In position_scale, In segment_scale, InCodes word_zero, InCodes position_zero,
            InCodes segment_zero, Out sum, Index b, Index s, Index H) {
  for (Index n = 0; n < b; ++n) {
    for (Index i = 0; i < s; ++i) {
      const Index w = input_ids[n * s + i];
      const Index g = segment_ids[n * s + i];
      for (Index e = 0; e < H; ++e) {
        const integer x = integer(word[w * H + e]) - integer(word_zero[0]);
        const integer y = integer(position[i * H + e]) - integer(position_zero[0]);
        const integer z = integer(segment[g * H + e]) - integer(segment_zero[0]);
        sum[(n * s + i) * H + e] = real(x) * word_scale[0] + real(y) * position_scale[0] + real(z) * segment_scale[0];
      }
    }
  }
}

void dequantize(InCodes gamma, InCodes beta, In gamma_scale, In beta_scale, InCodes gamma_zero, InCodes beta_zero,
                Out scale, Out shift, Index H) {
  for (Index e = 0; e < H; ++e) {
    const integer g = integer(gamma[e]) - integer(gamma_zero[0]);
    const integer b = integer(beta[e]) - integer(beta_zero[0]);
    scale[e] = real(g) * gamma_scale[0];
    shift[e] = real(b) * beta_scale[0];
  }
}

void run(InIndices32 input_ids, InIndices32 segment_ids, InCodes word, InCodes position, InCodes segment, InCodes gamma,
         InCodes beta, In word_scale, In position_scale, In segment_scale, In gamma_scale, In beta_scale,
         InCodes word_zero, InCodes position_zero, InCodes segment_zero, InCodes gamma_zero, InCodes beta_zero,
         Out output, Out sum, Out scale, Out shift, Out mean, Out variance, Out inverse, Out normalized, Index b,
         Index s, Index H, real epsilon) {
  KERNEL(gather, input_ids, segment_ids, word, position, segment, word_scale, position_scale, segment_scale, word_zero,
         position_zero, segment_zero, sum, b, s, H);
  KERNEL(dequantize, gamma, beta, gamma_scale, beta_scale, gamma_zero, beta_zero, scale, shift, H);
  KERNEL(var_mean, sum, mean, variance, b * s, H);
  KERNEL(rsqrt, variance, inverse, b * s, epsilon);
  KERNEL(normalize, sum, mean, inverse, normalized, b * s, H);
  KERNEL(affine, normalized, scale, shift, output, b * s, H);
}
