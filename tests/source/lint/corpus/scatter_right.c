// expect: none
void scatter(const float* x, const int* at, float* out, int n) {
  for (int i = 0; i < n; ++i) out[at[i]] = 2 * x[i];
}
