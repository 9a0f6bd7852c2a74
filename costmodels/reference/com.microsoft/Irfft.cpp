// Inverse Fourier transform to real signals.
#include "../reference.hpp"

/// Radix 2 of n = 2^bits points: ten operations for each of n/2 bits butterflies. The input holds the first n/2 + 1
/// points, the others are their conjugates. cosines and sines hold the first half of the circle; `order` the positions
/// with their bits reversed.
void fft(In spectrum, HeldIn cosines, HeldIn sines, HeldIndices order, Held re, Held im, Out signal, Index transforms,
         Index n) {
  for (Index r = 0; r < transforms; ++r) {
    for (Index i = 0; i < n; ++i) {
      const Index from = order[i];
      const Index kept = from <= n / 2 ? from : n - from;
      const real x = spectrum[(r * (n / 2 + 1) + kept) * 2];
      const real y = spectrum[(r * (n / 2 + 1) + kept) * 2 + 1];
      re[i] = x;
      im[i] = y;
      if (from > n / 2) im[i] = -y;
    }
    for (Index half = 1; half < n; half *= 2) {
      for (Index block = 0; block < n; block += 2 * half) {
        for (Index k = 0; k < half; ++k) {
          const real c = cosines[k * (n / (2 * half))];
          const real s = sines[k * (n / (2 * half))];
          const Index a = block + k;
          const Index b = block + k + half;
          const real x = c * re[b] - s * im[b];
          const real y = c * im[b] + s * re[b];
          const real u = re[a];
          const real v = im[a];
          re[b] = u - x;
          im[b] = v - y;
          re[a] = u + x;
          im[a] = v + y;
        }
      }
    }
    for (Index i = 0; i < n; ++i) signal[r * n + i] = re[i];
  }
}

void scale(Held signal, Index n, real factor) {
  for (Index i = 0; i < n; ++i) signal[i] = signal[i] * factor;
}

void run(In X, HeldIn cosines, HeldIn sines, HeldIndices order, Held re, Held im, Out Y, Index transforms, Index n,
         real factor) {
  KERNEL(fft, X, cosines, sines, order, re, im, Y, transforms, n);
  KERNEL(scale, Y, transforms * n, factor);
}
