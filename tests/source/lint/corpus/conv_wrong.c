// expect: overwritten_accumulator line 9
void conv(const float* x, const float* w, float* y, int height, int width, int k, int pad) {
  for (int oy = 0; oy < height; ++oy)
    for (int ox = 0; ox < width; ++ox) {
      float s = 0;
      for (int ky = 0; ky < k; ++ky)
        for (int kx = 0; kx < k; ++kx) {
          int iy = oy + ky - pad, ix = ox + kx - pad;
          if (iy >= 0 && iy < height && ix >= 0 && ix < width) s = x[iy * width + ix] * w[ky * k + kx];
        }
      y[oy * width + ox] = s;
    }
}
