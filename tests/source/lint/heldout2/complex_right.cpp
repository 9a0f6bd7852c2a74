// expect: none
struct Complex {
  float re, im;
};
Complex dot(const Complex* a, const Complex* b, int n) {
  Complex s{0, 0};
  for (int i = 0; i < n; ++i) {
    s.re += a[i].re * b[i].re - a[i].im * b[i].im;
    s.im += a[i].re * b[i].im + a[i].im * b[i].re;
  }
  return s;
}
