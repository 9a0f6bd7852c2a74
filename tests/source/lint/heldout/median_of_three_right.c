// expect: none
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
void median(const float* x, float* y, int n) {
  for (int i = 1; i + 1 < n; ++i) {
    float a = x[i - 1], b = x[i], c = x[i + 1];
    y[i] = MAX(MIN(a, b), MIN(MAX(a, b), c));
  }
}
