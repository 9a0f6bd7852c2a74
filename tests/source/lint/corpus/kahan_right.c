// expect: none
// dim: n=100000
float kahan(const float* x, int n) {
  float s = 0, c = 0;
  for (int i = 0; i < n; ++i) {
    float y = x[i] - c;
    float t = s + y;
    c = (t - s) - y;
    s = t;
  }
  return s;
}
