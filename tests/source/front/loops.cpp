// Every form of loop, with the parts that libclang leaves out when they are empty.
void counted(float* x, int n) {
  for (int i = 0; i < n; ++i) x[i] = 0;
  for (int i = n - 1; i >= 0; i--) x[i] = 1;
  for (int i = 0, j = n; i < j; i += 2, --j) x[i] = x[j];
}
void parts(float* x, int n) {
  int i = 0;
  for (; i < n; ++i) x[i] = 0;
  for (i = 0; i < n;) x[i++] = 0;
  for (;;) {
    if (n-- == 0) break;
  }
  for (int k = 0;; k += 3) {
    if (k > n) return;
    if (k == 2) continue;
    x[k] = 2;
  }
}
void whiles(float* x, int n) {
  while (n > 0) {
    n -= 4;
    x[n] = 0;
  }
  while (n--) x[n] = 1;
  do
    ++n;
  while (n < 10);
  do {
    n *= 2;
  } while (x[n] > 0);
}
void pointers(const float* x, float* y, int n) {
  const float* end = x + n;
  while (x != end) *y++ = *x++ * 2;
  for (float* p = y; p < y + n; ++p) *p += p[-1] + *(p + 1);
}
void hinted(float* x, int n) {
#pragma omp parallel for collapse(2)
#pragma unroll 4
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) x[i * n + j] = 0;
  if (int half = n / 2; half > 3) x[half] = 1;
}
#define EACH(i, n) for (int i = 0; i < n; ++i)
void from_macro(float* x, int n) {
  EACH(i, n) { x[i] *= 2; }
}
