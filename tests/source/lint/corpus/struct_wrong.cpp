// expect: overwritten_accumulator line 11 contributing 1 of 20
// dim: n=20
struct Moments {
  float sum = 0;
  float squares = 0;
};
float variance(const float* x, int n) {
  Moments m;
  for (int i = 0; i < n; ++i) {
    m.sum += x[i];
    m.squares = x[i] * x[i];
  }
  return m.squares / n - (m.sum / n) * (m.sum / n);
}
