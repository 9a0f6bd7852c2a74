// Methods get the members of their object; accessors that name an element are that element.
class Filter {
 public:
  Filter(int taps, const float* weights) : taps_(taps), weights_(weights) {}
  void run(const float* x, float* y) const {
    for (int i = 0; i < taps_; ++i) y[i] = weights_[i] * x[i] + bias();
  }
  static float twice(float v) { return 2 * v; }

 private:
  float bias() const { return this->bias_; }
  int taps_;
  const float* weights_;
  float bias_ = 0;
};
void use(const float* x, float* y, int taps) {
  Filter filter(taps, x);
  filter.run(x, y);
  y[0] = Filter::twice(y[1]);
}
template <class T>
struct View {
  T* data;
  int stride;
  T& operator()(int i, int j) { return data[i * stride + j]; }
  const T& operator[](int i) const { return data[i]; }
  T sum(int n) const {
    T total = T();
    for (int i = 0; i < n; ++i) total += (*this)[i];
    return total;
  }
};
float views(View<float> a, View<double>& b, int n) {
  a(1, n) = b(n, 2);
  return a[3] + a.sum(n);
}
struct Vec2 {
  float x, y;
  Vec2 operator+(const Vec2& other) const { return {x + other.x, y + other.y}; }
  Vec2& operator+=(const Vec2& other) {
    x += other.x;
    y += other.y;
    return *this;
  }
};
void vectors(Vec2* v, int n) {
  Vec2 sum{};
  for (int i = 0; i < n; ++i) sum += v[i];
  v[0] = sum + v[1];
}
struct Base {
  virtual float f(float x) { return x; }
};
struct Derived : Base {
  float k;
  float f(float x) override { return x * k; }
};
float virtuals(Base& base, Derived derived) { return base.f(1) + derived.f(2); }
