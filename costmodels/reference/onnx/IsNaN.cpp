// Which elements are NaN.
#include "../reference.hpp"

void is_na_n(In X, OutFlags Y, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real x = X[i];
    Y[i] = x != x;
  }
}

void run(In X, OutFlags Y, Index n) { KERNEL(is_na_n, X, Y, n); }
