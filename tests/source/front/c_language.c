// What C has and C++ has not.
#include <math.h>
#include <tgmath.h>
struct config {
  int n, m;
  float eps;
};
void product(int n, int m, const float a[n][m], const float b[m], float* restrict c) {
  for (int i = 0; i < n; ++i) {
    float s = 0;
    for (int j = 0; j < m; ++j) s += a[i][j] * b[j];
    c[i] = s;
  }
  float scratch[n][m];
  scratch[0][1] = c[0];
}
void designated(float* x) {
  struct config k = {.m = 3, .n = 2};
  struct config copy = k;
  for (int i = 0; i < copy.n * k.m; i++) x[i] = expf(x[i]) + k.eps;
  copy = k;
  product(2, 3, (const float(*)[3])x, (float[]){1, 2, 3}, x);
  x[k.n] = sizeof(struct config);
}
void update(struct config* k, float* x) {
  k->n = 3;
  for (int i = 0; i < k->n; i++) x[i] = 'a';
}
float generic(float x) { return exp(x) + fabs(x) + _Generic(x, float: 1.0f, double: 2.0); }
extern float elsewhere(float*, int);
float external(float* x) { return elsewhere(x + 1, 2); }
