// Operators, conversions that change the type, and what is a constant.
#include <cstddef>
float arithmetic(float a, double b, int i, unsigned char c) {
  float r = a + b * i - c / 2;
  r = -a * +a;
  r /= 3;
  r += i;
  i = (int)b % 5;
  i <<= 2;
  i ^= ~i | (i & 0xff);
  c += 1;
  bool both = a < b && i != 3 || !i;
  r = both ? a : -1.0f;
  return static_cast<float>(i >> 1) + float(c) + (i, a);
}
void memory(float* x, float** rows, float (*tile)[4][8], int n) {
  float local[3][4] = {{1, 2}, {3}};
  float* p = &x[n];
  *p = local[1][n % 4];
  *(p + 2) = p[-1];
  rows[n][0] = tile[n][1][2];
  3 [x] = sizeof(local) / sizeof(local[0]) + sizeof(float) * n;
  (n > 2 ? x[0] : p[0]) = 1;
  std::ptrdiff_t d = p - x;
  x[d] = *&x[1];
  char* bytes = (char*)x;
  *(double*)(bytes + 8) = 1.0;
}
float& at(float* p, int i) { return p[i]; }
void references(float* x, int n) {
  float& first = x[0];
  const int& count = n;
  at(x, count) += first;
  (void)n;
}
float with_defaults(float* x, int n = 7, float s = 2 * 3.f) { return x[n] * s; }
float defaults(float* x) { return with_defaults(x) + with_defaults(x, 2); }
float statement_expression(float* x) {
  return 2 * ({
           float a = x[0];
           float b = x[1];
           a > b ? a : b;
         });
}
