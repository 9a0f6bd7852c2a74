// Each instantiation is a function of its own; what is never instantiated gets T = float.
template <class T>
T scale(T* x, int n, T a) {
  for (int i = 0; i < n; ++i) x[i] *= a;
  return a;
}
template <int N, class T>
void unrolled(T* x) {
  if constexpr (N > 0) {
    x[N] = N;
    unrolled<N - 1>(x);
  } else {
    x[0] = 1;
  }
}
template <class... A>
float sum(A... a) {
  return (a + ...);
}
template <class T, int Width>
void never(T* x) {
  for (int i = 0; i < Width; ++i) x[i] = T(1);
}
template <class T>
struct Holder {
  T value[4];
  void clear() {
    for (int i = 0; i < 4; ++i) value[i] = T();
  }
};
namespace inner {
template <class T>
T explicitly(const T* x) {
  return x[0] + x[1];
}
template double explicitly<double>(const double*);
}  // namespace inner
template <class T>
T twice(T x) {
  return x + x;
}
template <>
int twice<int>(int x) {
  return x << 1;
}
void abbreviated(auto* x) { x[0] = 2; }
template <class T>
typename T::value_type refused(T x) {
  return x.first();
}
void use(float* x, double* y) {
  scale(x, 3, 2.0f);
  scale<double>(y, 4, 1);
  unrolled<2>(x);
  x[0] = sum(1.0f, 2.0f, x[1]) + twice(x[2]) + twice(3);
}
