// expect: none
static void add_to(float& sum, float x) { sum += x; }
float total(const float* x, int n) {
  float s = 0;
  for (int i = 0; i < n; ++i) add_to(s, x[i]);
  return s;
}
