// Named with line and column, and never left out in silence.
#include <complex>
#include <functional>
#include <map>
void jumps(float* x, int n) {
again:
  x[0] += 1;
  if (n-- > 0) goto again;
}
float calls(float (*f)(float), const std::function<float(float)>& g, float x) { return f(x) + g(x); }
float tries(float x) {
  try {
    x += 1;
  } catch (...) {
    throw;
  }
  if (x > 3) throw 3;
  asm("nop");
  return x;
}
void allocates(int n) {
  float* p = new float[n];
  delete[] p;
}
void numbers(std::complex<float>* c, _Complex float d) {
  c[0] = c[1] * c[2];
  d = d * d;
}
struct Pair {
  float a, b;
};
float members(Pair* p, float Pair::*which) { return p->*which; }
float map(std::map<int, float>& m) {
  float s = 0;
  for (auto& [key, value] : m) s += value;
  return s;
}
