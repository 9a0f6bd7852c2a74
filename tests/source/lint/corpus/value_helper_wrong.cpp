// expect: overwritten_accumulator line 5 contributing 1
static float product(float a, float b) { return a * b; }
float dot(const float* x, const float* y, int n) {
  float s = 0;
  for (int i = 0; i < n; ++i) s = product(x[i], y[i]);
  return s;
}
