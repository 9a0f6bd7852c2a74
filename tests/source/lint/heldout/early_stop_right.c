// expect: none
float converge(const float* a, float x, int most) {
  float residual = 0;
  for (int i = 0; i < most; ++i) {
    float next = a[0] + a[1] * x;
    residual = next - x;
    x = next;
    if (residual < 1e-6f) break;
  }
  return residual;
}
