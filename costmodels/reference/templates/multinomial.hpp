// Random classes by unnormalised log probabilities. Uniform numbers come from an integer generator. No include guard:
// each operator's namespace has its own copy.
#include "../reference.hpp"

/// Running sums of the exponentials, less their maximum.
void cumulate(In input, OutWide sums, Index batch, Index classes) {
  for (Index b = 0; b < batch; ++b) {
    real best = lowest;
    for (Index c = 0; c < classes; ++c) best = fmax(best, input[b * classes + c]);
    real sum = 0.0F;
    for (Index c = 0; c < classes; ++c) {
      sum += exp(input[b * classes + c] - best);
      sums[b * classes + c] = sum;
    }
  }
}

/// The first class whose running sum exceeds a part of the whole: each comparison halves the classes that remain.
void draw(InWide sums, HeldIn uniforms, OutIndices32 output, Index batch, Index classes, Index samples) {
  for (Index b = 0; b < batch; ++b) {
    for (Index i = 0; i < samples; ++i) {
      const real whole = sums[b * classes + classes - 1];
      const real wanted = uniforms[b * samples + i] * whole;
      Index first = 0;
      for (Index remain = classes; remain > 1; remain = (remain + 1) / 2) {
        const Index half = remain / 2;
        const real below = sums[b * classes + first + half - 1];
        if (below <= wanted) first += half;
      }
      output[b * samples + i] = std::int32_t(first);
    }
  }
}
