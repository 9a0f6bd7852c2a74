// expect: none
void scan(const float* x, float* y, int n) {
  float carry = 0.0f;
  for (int i = 0; i < n; ++i) {
    y[i] = carry;
    carry = carry + x[i];
  }
}
