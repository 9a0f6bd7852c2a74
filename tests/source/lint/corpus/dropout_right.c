// expect: none
void dropout(const float* x, const unsigned char* mask, float* y, int n, float scale) {
  for (int i = 0; i < n; ++i) {
    if (mask[i])
      y[i] = x[i] * scale;
    else
      y[i] = 0;
  }
}
