// Embeds each word by a convolution over its characters and the maximum over positions.
#include "../reference.hpp"

void embed(InIndices32 Sequence, In C, Out embedded, Index characters, Index depth) {
  for (Index i = 0; i < characters; ++i) {
    const Index row = Sequence[i];
    for (Index e = 0; e < depth; ++e) embedded[i * depth + e] = C[row * depth + e];
  }
}

void conv(In embedded, In W, Out convolved, Index words, Index length, Index depth, Index filters, Index width) {
  const Index positions = length - width + 1;
  for (Index w = 0; w < words; ++w) {
    for (Index p = 0; p < positions; ++p) {
      for (Index f = 0; f < filters; ++f) {
        real sum = 0.0F;
        for (Index i = 0; i < width; ++i) {
          for (Index e = 0; e < depth; ++e) {
            sum += embedded[(w * length + p + i) * depth + e] * W[(f * width + i) * depth + e];
          }
        }
        convolved[(w * positions + p) * filters + f] = sum;
      }
    }
  }
}

void bias_tanh(In convolved, In B, Out squashed, Index rows, Index filters) {
  for (Index r = 0; r < rows; ++r) {
    for (Index f = 0; f < filters; ++f) squashed[r * filters + f] = tanh(convolved[r * filters + f] + B[f]);
  }
}

void greatest(In squashed, Out Y, Index words, Index positions, Index filters) {
  for (Index w = 0; w < words; ++w) {
    for (Index f = 0; f < filters; ++f) {
      real best = lowest;
      for (Index p = 0; p < positions; ++p) best = fmax(best, squashed[(w * positions + p) * filters + f]);
      Y[w * filters + f] = best;
    }
  }
}

void run(InIndices32 Sequence, In W, In B, In C, Out Y, Out embedded, Out convolved, Out squashed, Index words,
         Index length, Index depth, Index filters, Index width) {
  const Index positions = length - width + 1;
  KERNEL(embed, Sequence, C, embedded, words * length, depth);
  KERNEL(conv, embedded, W, convolved, words, length, depth, filters, width);
  KERNEL(bias_tanh, convolved, B, squashed, words * positions, filters);
  KERNEL_AS(max, greatest, squashed, Y, words, positions, filters);
}
