// Regression by support vectors.
#include "../reference.hpp"
#include "../templates/svm_kernel.hpp"

void combine(In products, In weights, In rho, Out Y, Index rows, Index supports) {
  for (Index r = 0; r < rows; ++r) {
    real sum = 0.0F;
    for (Index v = 0; v < supports; ++v) sum += products[r * supports + v] * weights[v];
    Y[r] = sum + rho[0];
  }
}

void run(In X, In vectors, In weights, In rho_values, Out Y, Out products, Index rows, Index supports, Index F,
         Index kind, real gamma, real minus_gamma, real shift, real degree) {
  kernel_function(X, vectors, products, kind, rows, supports, F, gamma, minus_gamma, shift, degree);
  KERNEL(combine, products, weights, rho_values, Y, rows, supports);
}
