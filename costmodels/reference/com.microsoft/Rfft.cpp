// Fourier transform of real signals.
#include "../reference.hpp"
#include "../templates/fft.hpp"

void run(In X, In cosines, In sines, InIndices order, Held re, Held im, Out Y, Index transforms, Index n) {
  KERNEL(fft, X, cosines, sines, order, re, im, Y, transforms, n, n / 2 + 1);
}
