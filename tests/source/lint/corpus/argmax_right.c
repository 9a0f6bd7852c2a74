// expect: none
int argmax(const float* x, int n) {
  int best = 0;
  float top = x[0];
  for (int i = 1; i < n; ++i) {
    if (x[i] > top) {
      top = x[i];
      best = i;
    }
  }
  return best;
}
