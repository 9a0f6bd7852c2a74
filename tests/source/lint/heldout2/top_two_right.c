// expect: none
void top_two(const float* x, int n, float* out) {
  float first = -1e30f, second = -1e30f;
  for (int i = 0; i < n; ++i) {
    if (x[i] > first) {
      second = first;
      first = x[i];
    } else if (x[i] > second) {
      second = x[i];
    }
  }
  out[0] = first;
  out[1] = second;
}
