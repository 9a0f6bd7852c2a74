// One step of the Adagrad optimiser on any number of tensors.
#include "../reference.hpp"

void decayed_rate(In R, InIndices T, Held rate, real decay_factor) {
  rate[0] = R[0] / (1.0F + decay_factor * real(T[0]));
}

void update(In X, In G, In H, Held rate, Out X_new, Out H_new, Index n, real norm_coefficient, real epsilon) {
  for (Index i = 0; i < n; ++i) {
    const real x = X[i];
    const real g = G[i] + norm_coefficient * x;
    const real squares = H[i] + g * g;
    H_new[i] = squares;
    X_new[i] = x - rate[0] * g / (sqrt(squares) + epsilon);
  }
}

void run(In R, InIndices T, In X, In G, In H, Out X_new, Out H_new, Held rate, Index n, real norm_coefficient,
         real epsilon, real decay_factor) {
  KERNEL_AS(learning_rate, decayed_rate, R, T, rate, decay_factor);
  KERNEL(update, X, G, H, rate, X_new, H_new, n, norm_coefficient, epsilon);
}
