// One step of gradient descent with momentum on any number of tensors.
#include "../reference.hpp"

void update(In R, In X, In G, In V, Out X_new, Out V_new, Index n, real norm_coefficient, real alpha, real beta) {
  for (Index i = 0; i < n; ++i) {
    const real x = X[i];
    const real g = G[i] + norm_coefficient * x;
    const real momentum = alpha * V[i] + beta * g;
    V_new[i] = momentum;
    X_new[i] = x - R[0] * momentum;
  }
}

void update_nesterov(In R, In X, In G, In V, Out X_new, Out V_new, Index n, real norm_coefficient, real alpha,
                     real beta) {
  for (Index i = 0; i < n; ++i) {
    const real x = X[i];
    const real g = G[i] + norm_coefficient * x;
    const real momentum = alpha * V[i] + beta * g;
    V_new[i] = momentum;
    X_new[i] = x - R[0] * (g + alpha * momentum);
  }
}

void run(In R, In X, In G, In V, Out X_new, Out V_new, Index n, real norm_coefficient, real alpha, real beta,
         bool nesterov) {
  if (nesterov) {
    KERNEL_AS(update, update_nesterov, R, X, G, V, X_new, V_new, n, norm_coefficient, alpha, beta);
  } else {
    KERNEL(update, R, X, G, V, X_new, V_new, n, norm_coefficient, alpha, beta);
  }
}
