// expect: none
float ring(const float* x, int n) {
  float window[16];
  for (int i = 0; i < n; ++i) window[i % 16] = x[i] * x[i];
  float s = 0;
  for (int j = 0; j < 16; ++j) s += window[j];
  return s;
}
