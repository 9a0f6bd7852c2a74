// expect: none
void biquad(const float* x, float* y, int n, float b0, float b1, float b2, float a1, float a2) {
  float z1 = 0, z2 = 0;
  for (int i = 0; i < n; ++i) {
    float in = x[i];
    float out = b0 * in + z1;
    z1 = b1 * in - a1 * out + z2;
    z2 = b2 * in - a2 * out;
    y[i] = out;
  }
}
