// expect: none
float last_sample(const float* x, int n) {
  float last = 0.0f;
  for (int i = 0; i < n; ++i) last = x[i];
  return last;
}
