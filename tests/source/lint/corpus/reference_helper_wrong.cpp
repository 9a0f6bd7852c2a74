// expect: overwritten_accumulator line 3 contributing 1
static void add_to(float& sum, float x, float w) {
  sum = w * x;
}
float total(const float* x, const float* w, int n) {
  float s = 0;
  for (int i = 0; i < n; ++i) add_to(s, x[i], w[i]);
  return s;
}
