// expect: overwritten_accumulator line 5 contributing 1
template <class T>
T dot(const T* x, const T* y, int n) {
  T s = 0;
  for (int i = 0; i < n; ++i) s = x[i] * y[i];
  return s;
}
double use(const double* x, const double* y, int n) { return dot(x, y, n); }
