// expect: uninitialised_accumulator line 6
void moments(const float* x, int n, float* out) {
  double s = 0, q;
  for (int i = 0; i < n; ++i) {
    s += x[i];
    q += (double)x[i] * x[i];
  }
  out[0] = (float)s;
  out[1] = (float)q;
}
