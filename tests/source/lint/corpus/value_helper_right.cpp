// expect: none
static float mac(float a, float b, float c) { return a * b + c; }
float dot(const float* x, const float* y, int n) {
  float s = 0;
  for (int i = 0; i < n; ++i) s = mac(x[i], y[i], s);
  return s;
}
