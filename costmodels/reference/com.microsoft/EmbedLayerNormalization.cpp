// Word, position and segment embeddings, their sum, and its layer normalisation.
#include "../reference.hpp"
#include "../templates/layer_norm.hpp"

/// Word, position and segment of each token, summed.
void gather(InIndices32 input_ids, InIndices32 segment_ids, In word_embedding, In position_embedding,
            In segment_embedding, Out sum, Index b, Index s, Index H) {
  for (Index n = 0; n < b; ++n) {
    for (Index i = 0; i < s; ++i) {
      const Index word = input_ids[n * s + i];
      const Index segment = segment_ids[n * s + i];
      for (Index e = 0; e < H; ++e) {
        sum[(n * s + i) * H + e] =
            word_embedding[word * H + e] + position_embedding[i * H + e] + segment_embedding[segment * H + e];
      }
    }
  }
}

void gather_without_segments(InIndices32 input_ids, In word_embedding, In position_embedding, Out sum, Index b, Index s,
                             Index H) {
  for (Index n = 0; n < b; ++n) {
    for (Index i = 0; i < s; ++i) {
      const Index word = input_ids[n * s + i];
      for (Index e = 0; e < H; ++e) {
        sum[(n * s + i) * H + e] = word_embedding[word * H + e] + position_embedding[i * H + e];
      }
    }
  }
}

void run(InIndices32 input_ids, InIndices32 segment_ids, In word_embedding, In position_embedding, In segment_embedding,
         In gamma, In beta, Out output, Out sum, Out mean, Out variance, Out inverse, Out normalized, Index b, Index s,
         Index H, real epsilon) {
  if (segment_ids) {
    KERNEL(gather, input_ids, segment_ids, word_embedding, position_embedding, segment_embedding, sum, b, s, H);
  } else {
    KERNEL_AS(gather, gather_without_segments, input_ids, word_embedding, position_embedding, sum, b, s, H);
  }
  KERNEL(var_mean, sum, mean, variance, b * s, H);
  KERNEL(rsqrt, variance, inverse, b * s, epsilon);
  KERNEL(normalize, sum, mean, inverse, normalized, b * s, H);
  KERNEL(affine, normalized, gamma, beta, output, b * s, H);
}
