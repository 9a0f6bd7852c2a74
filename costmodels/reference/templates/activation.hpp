// The activations of ../../templates/activation.yaml, on results still in registers. No include guard: each operator's
// namespace has its own copy.
#include "../reference.hpp"

void relu(Held Y, Index n) {
  for (Index i = 0; i < n; ++i) Y[i] = fmax(Y[i], 0.0F);
}

void sigmoid(Held Y, Index n) {
  for (Index i = 0; i < n; ++i) Y[i] = 1.0F / (1.0F + exp(-Y[i]));
}

void hyperbolic(Held Y, Index n) {
  for (Index i = 0; i < n; ++i) Y[i] = tanh(Y[i]);
}

void leaky_relu(Held Y, Index n, real alpha) {
  for (Index i = 0; i < n; ++i) {
    const real x = Y[i];
    const real below = alpha * x;
    Y[i] = x < 0.0F ? below : x;
  }
}

void clip(Held Y, Index n, real lower, real upper) {
  for (Index i = 0; i < n; ++i) Y[i] = fmin(fmax(Y[i], lower), upper);
}

void hard_sigmoid(Held Y, Index n, real alpha, real beta) {
  for (Index i = 0; i < n; ++i) Y[i] = fmax(0.0F, fmin(1.0F, alpha * Y[i] + beta));
}

void silu(Held Y, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real x = Y[i];
    Y[i] = x * (1.0F / (1.0F + exp(-x)));
  }
}

enum Activation { no_activation, with_relu, with_sigmoid, with_tanh, with_leaky_relu, with_clip, with_hard_sigmoid };

void activate(Held Y, Index n, Index kind, real first, real second) {
  if (kind == with_relu) KERNEL_AS(activation, relu, Y, n);
  if (kind == with_sigmoid) KERNEL_AS(activation, sigmoid, Y, n);
  if (kind == with_tanh) KERNEL_AS(activation, hyperbolic, Y, n);
  if (kind == with_leaky_relu) KERNEL_AS(activation, leaky_relu, Y, n, first);
  if (kind == with_clip) KERNEL_AS(activation, clip, Y, n, first, second);
  if (kind == with_hard_sigmoid) KERNEL_AS(activation, hard_sigmoid, Y, n, first, second);
}
