// expect: overwritten_accumulator line 5 contributing 1
float mean(const float* x, int n) {
  float sum = 0.0f;
  for (int i = 0; i < n; ++i) {
    sum = x[i];
  }
  return sum / n;
}
