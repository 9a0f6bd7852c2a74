// Discrete Fourier transform along an axis.
#include "../reference.hpp"
#include "../templates/fft.hpp"

void run(In signal, In cosines, In sines, InIndices order, Held re, Held im, Out output, Index transforms, Index n) {
  KERNEL(fft, signal, cosines, sines, order, re, im, output, transforms, n, n);
}
