// Which elements are infinite, of the signs asked for.
#include "../reference.hpp"

void is_inf(In X, OutFlags Y, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real x = X[i];
    const bool above = x == highest;
    const bool below = x == lowest;
    Y[i] = above || below;
  }
}

void run(In X, OutFlags Y, Index n) { KERNEL(is_inf, X, Y, n); }
