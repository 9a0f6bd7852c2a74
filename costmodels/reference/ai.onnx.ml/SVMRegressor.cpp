// Regression by support vectors.
#include "../reference.hpp"

void kernel_linear(In X, In vectors, Out products, Index rows, Index supports, Index F) {
  for (Index r = 0; r < rows; ++r) {
    for (Index v = 0; v < supports; ++v) {
      real sum = 0.0F;
      for (Index f = 0; f < F; ++f) sum += X[r * F + f] * vectors[v * F + f];
      products[r * supports + v] = sum;
    }
  }
}

void kernel_rbf(In X, In vectors, Out products, Index rows, Index supports, Index F, real minus_gamma) {
  for (Index r = 0; r < rows; ++r) {
    for (Index v = 0; v < supports; ++v) {
      real sum = 0.0F;
      for (Index f = 0; f < F; ++f) {
        const real difference = X[r * F + f] - vectors[v * F + f];
        sum += difference * difference;
      }
      products[r * supports + v] = exp(minus_gamma * sum);
    }
  }
}

void combine(In products, In weights, In rho, Out Y, Index rows, Index supports) {
  for (Index r = 0; r < rows; ++r) {
    real sum = 0.0F;
    for (Index v = 0; v < supports; ++v) sum += products[r * supports + v] * weights[v];
    Y[r] = sum + rho[0];
  }
}

void run(In X, In vectors, In weights, In shift, Out Y, Out products, Index rows, Index supports, Index F, bool linear,
         real minus_gamma) {
  if (linear) KERNEL_AS(kernel, kernel_linear, X, vectors, products, rows, supports, F);
  if (!linear) KERNEL_AS(kernel, kernel_rbf, X, vectors, products, rows, supports, F, minus_gamma);
  KERNEL(combine, products, weights, shift, Y, rows, supports);
}
