// The fast Fourier transform. No include guard: each operator's
// namespace has its own copy.
#include "../reference.hpp"

/// Radix 2 of n = 2^bits points: ten operations for each of n/2 bits butterflies. cosines and sines hold the first half
/// of the circle; `order` the positions with their bits reversed; the first `kept` of the results are written.
void fft(In signal, In cosines, In sines, InIndices order, Held re, Held im, Out output, Index transforms, Index n,
         Index kept) {
  for (Index r = 0; r < transforms; ++r) {
    for (Index i = 0; i < n; ++i) {
      re[i] = signal[r * n + order[i]];
      im[i] = 0.0F;
    }
    for (Index half = 1; half < n; half *= 2) {
      for (Index block = 0; block < n; block += 2 * half) {
        for (Index k = 0; k < half; ++k) {
          const real c = cosines[k * (n / (2 * half))];
          const real s = sines[k * (n / (2 * half))];
          const Index a = block + k;
          const Index b = block + k + half;
          const real x = c * re[b] + s * im[b];
          const real y = c * im[b] - s * re[b];
          const real u = re[a];
          const real v = im[a];
          re[b] = u - x;
          im[b] = v - y;
          re[a] = u + x;
          im[a] = v + y;
        }
      }
    }
    for (Index i = 0; i < kept; ++i) {
      output[(r * kept + i) * 2] = re[i];
      output[(r * kept + i) * 2 + 1] = im[i];
    }
  }
}
