// One step of the Adam optimiser on any number of tensors.
#include "../reference.hpp"

void corrected_rate(In R, InIndices T, Held rate, real alpha, real beta) {
  const real steps = real(T[0]);
  rate[0] = R[0] * sqrt(1.0F - pow(beta, steps)) / (1.0F - pow(alpha, steps));
}

void update(In X, In G, In V, In H, Held rate, Out X_new, Out V_new, Out H_new, Index n, real norm_coefficient,
            real alpha, real rest_alpha, real beta, real rest_beta, real epsilon, real shrinkage) {
  for (Index i = 0; i < n; ++i) {
    const real x = X[i];
    const real g = G[i] + norm_coefficient * x;
    const real first = alpha * V[i] + rest_alpha * g;
    const real second = beta * H[i] + rest_beta * (g * g);
    V_new[i] = first;
    H_new[i] = second;
    X_new[i] = shrinkage * (x - rate[0] * first / (sqrt(second) + epsilon));
  }
}

void run(In R, InIndices T, In X, In G, In V, In H, Out X_new, Out V_new, Out H_new, Held rate, Index n,
         real norm_coefficient, real alpha, real rest_alpha, real beta, real rest_beta, real epsilon, real shrinkage) {
  KERNEL_AS(learning_rate, corrected_rate, R, T, rate, alpha, beta);
  KERNEL(update, X, G, V, H, rate, X_new, V_new, H_new, n, norm_coefficient, alpha, rest_alpha, beta, rest_beta,
         epsilon, shrinkage);
}
