// expect: none
void depthwise(const float* x, const float* w, float* y, int c, int n, int k) {
  for (int ch = 0; ch < c; ++ch)
    for (int o = 0; o + k <= n; ++o) {
      float acc = w[ch * (k + 1) + k];
      for (int i = 0; i < k; ++i) acc += x[ch * n + o + i] * w[ch * (k + 1) + i];
      y[ch * n + o] = acc > 0 ? acc : 0;
    }
}
