// expect: none
float dot(const float* x, const float* y, int n) {
  float s = 0;
  auto add = [&](float v) { s += v; };
  for (int i = 0; i < n; ++i) add(x[i] * y[i]);
  return s;
}
