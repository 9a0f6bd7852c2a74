// A switch is a chain of branches; what falls through is repeated.
enum class Op { add, mul, neg, none };
float apply(Op op, float a, float b) {
  switch (op) {
    case Op::add: return a + b;
    case Op::mul: {
      float r = a * b;
      return r;
    }
    case Op::neg: a = -a; [[fallthrough]];
    default: break;
  }
  return a;
}
void labels(float* x, int n) {
  for (int i = 0; i < n; ++i) {
    switch (n % 3 + i) {
      case 0:
      case 1: x[0] = 1; break;
      case 2: continue;
      default: x[1] = 2;
    }
  }
  switch (n) {
    case 1:
      if (x[0] > 0) break;
      x[2] = 3;
  }
  switch (n) {
    case 1 ... 3: x[0] = 1;
  }
}
