// expect: none
struct Moments {
  float sum = 0;
  float squares = 0;
};
float variance(const float* x, int n) {
  Moments m;
  for (int i = 0; i < n; ++i) {
    m.sum += x[i];
    m.squares += x[i] * x[i];
  }
  return m.squares / n - (m.sum / n) * (m.sum / n);
}
