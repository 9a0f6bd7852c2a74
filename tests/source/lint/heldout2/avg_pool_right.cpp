// expect: none
void avg_pool(const float* x, float* y, int h, int w, int k, int stride) {
  for (int oy = 0; oy * stride + k <= h; ++oy)
    for (int ox = 0; ox * stride + k <= w; ++ox) {
      float s = 0;
      int count = 0;
      for (int ky = 0; ky < k; ++ky)
        for (int kx = 0; kx < k; ++kx) {
          s += x[(oy * stride + ky) * w + ox * stride + kx];
          ++count;
        }
      y[oy * ((w - k) / stride + 1) + ox] = s / count;
    }
}
