// Lambdas are functions that get what they capture in front.
template <class F>
void each(int n, F f) {
  for (int i = 0; i < n; ++i) f(i);
}
void captures(float* x, int n, float a) {
  auto by_value = [=](float v) { return v * a; };
  each(n, [&](int i) { x[i] = by_value(x[i]); });
  [&] { x[0] = 1; }();
  auto with_init = [half = n / 2, x](int i) { x[i] = half; };
  with_init(3);
  auto generic = [](auto v) { return v * v; };
  x[1] = generic(x[2]) + generic(3);
}
void nested(float* x) {
  auto outer = [&](int i) {
    auto inner = [&](int j) { x[j] += i; };
    inner(i + 1);
  };
  outer(2);
}
struct Owner {
  float k;
  void run(float* x, int n) {
    each(n, [this, x](int i) { x[i] *= k; });
  }
};
