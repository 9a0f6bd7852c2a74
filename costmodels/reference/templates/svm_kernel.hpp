// The kernel functions of ../../templates/svm_kernel.yaml. No include guard: each operator's namespace has its own
// copy.
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

void kernel_polynomial(In X, In vectors, Out products, Index rows, Index supports, Index F, real gamma, real shift,
                       real degree) {
  for (Index r = 0; r < rows; ++r) {
    for (Index v = 0; v < supports; ++v) {
      real sum = 0.0F;
      for (Index f = 0; f < F; ++f) sum += X[r * F + f] * vectors[v * F + f];
      products[r * supports + v] = pow(gamma * sum + shift, degree);
    }
  }
}

void kernel_sigmoid(In X, In vectors, Out products, Index rows, Index supports, Index F, real gamma, real shift) {
  for (Index r = 0; r < rows; ++r) {
    for (Index v = 0; v < supports; ++v) {
      real sum = 0.0F;
      for (Index f = 0; f < F; ++f) sum += X[r * F + f] * vectors[v * F + f];
      products[r * supports + v] = tanh(gamma * sum + shift);
    }
  }
}

enum SvmKernel { linear_kernel, polynomial_kernel, rbf_kernel, sigmoid_kernel };

void kernel_function(In X, In vectors, Out products, Index kind, Index rows, Index supports, Index F, real gamma,
                     real minus_gamma, real shift, real degree) {
  if (kind == linear_kernel) KERNEL_AS(kernel, kernel_linear, X, vectors, products, rows, supports, F);
  if (kind == rbf_kernel) KERNEL_AS(kernel, kernel_rbf, X, vectors, products, rows, supports, F, minus_gamma);
  if (kind == polynomial_kernel) {
    KERNEL_AS(kernel, kernel_polynomial, X, vectors, products, rows, supports, F, gamma, shift, degree);
  }
  if (kind == sigmoid_kernel) KERNEL_AS(kernel, kernel_sigmoid, X, vectors, products, rows, supports, F, gamma, shift);
}
