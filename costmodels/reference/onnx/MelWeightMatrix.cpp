// Triangular filters on the mel scale.
#include "../reference.hpp"

/// The edges of the filters: mel numbers are equally far apart; hertz are 700*(10^(mel/2595) - 1).
void edges(OutIndices bins, Index count, real low, real step, real factor) {
  for (Index i = 0; i < count; ++i) bins[i] = Index(floor(factor * (pow(10.0F, low + step * real(i)) - 1.0F)));
}

/// Each filter rises from its lower edge to its centre and falls to its upper edge.
void fill(InIndices bins, Out output, Index rows, Index mels) {
  for (Index i = 0; i < rows * mels; ++i) output[i] = 0.0F;
  for (Index m = 0; m < mels; ++m) {
    const Index lower = bins[m];
    const Index center = bins[m + 1];
    const Index upper = bins[m + 2];
    if (center == lower) output[center * mels + m] = 1.0F;
    if (center > lower) {
      for (Index j = lower; j <= center; ++j) {
        output[j * mels + m] = (real(j) - real(lower)) / real(center - lower);
      }
    }
    for (Index j = center + 1; j < upper; ++j) output[j * mels + m] = (real(upper) - real(j)) / real(upper - center);
  }
}

void run(Out output, OutIndices bins, Index rows, Index mels, real low, real step, real factor) {
  KERNEL_AS(bins, edges, bins, mels + 2, low, step, factor);
  KERNEL(fill, bins, output, rows, mels);
}
