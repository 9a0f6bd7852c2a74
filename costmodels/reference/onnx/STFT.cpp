// Fourier transforms of overlapping windowed frames.
#include "../reference.hpp"
#include "../templates/fft.hpp"

void apply_window(In signal, In weights, Out framed, Index batch, Index frames, Index n, Index step, Index length) {
  for (Index b = 0; b < batch; ++b) {
    for (Index f = 0; f < frames; ++f) {
      for (Index i = 0; i < n; ++i) framed[(b * frames + f) * n + i] = signal[b * length + f * step + i] * weights[i];
    }
  }
}

void run(In signal, In window, In cosines, In sines, InIndices order, Held re, Held im, Out framed, Out output,
         Index batch, Index frames, Index n, Index step, Index length) {
  KERNEL_AS(window, apply_window, signal, window, framed, batch, frames, n, step, length);
  KERNEL(fft, framed, cosines, sines, order, re, im, output, batch * frames, n, n / 2 + 1);
}
