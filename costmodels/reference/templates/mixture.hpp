// What experts of a mixture share: routing of tokens, and the weighed sum of results. No include guard: each operator's
// namespace has its own copy.
#include "../reference.hpp"

/// Softmax over the experts, and the best of them; one expert for each token.
void route(In router_probs, Held exponentials, OutIndices chosen, Out share, Index tokens, Index experts) {
  for (Index t = 0; t < tokens; ++t) {
    real best = lowest;
    for (Index e = 0; e < experts; ++e) best = fmax(best, router_probs[t * experts + e]);
    real sum = 0.0F;
    for (Index e = 0; e < experts; ++e) {
      const real x = exp(router_probs[t * experts + e] - best);
      exponentials[e] = x;
      sum += x;
    }
    real most = lowest;
    Index at = 0;
    for (Index e = 0; e < experts; ++e) {
      const real p = exponentials[e] / sum;
      if (p > most) {
        most = p;
        at = e;
      }
    }
    chosen[t] = at;
    share[t] = most;
  }
}

void store(Held values, Out to, Index n) {
  for (Index i = 0; i < n; ++i) to[i] = values[i];
}

/// One expert for each token: its result, weighed, added to nothing else.
void combine(In X, In share, Out output, Index tokens, Index H) {
  for (Index t = 0; t < tokens; ++t) {
    const real weight = share[t];
    for (Index h = 0; h < H; ++h) {
      real sum = 0.0F;
      sum += weight * X[t * H + h];
      output[t * H + h] = sum;
    }
  }
}
