// Scales groups of each row to unit mean square, then multiplies by a learned scale and an activated gate.
#include "../reference.hpp"
#include "../templates/rms_norm.hpp"

/// The gate's bytes; it is activated in registers.
void load(In gate, Held loaded, Index n) {
  for (Index i = 0; i < n; ++i) loaded[i] = gate[i];
}

void activate(Held loaded, Index n) {
  for (Index i = 0; i < n; ++i) {
    const real x = loaded[i];
    loaded[i] = x * (1.0F / (1.0F + exp(-x)));
  }
}

void gate_by(In scaled, Held activated, Out Y, Index n) {
  for (Index i = 0; i < n; ++i) Y[i] = scaled[i] * activated[i];
}

void run(In X, In scale, In gate, Out Y, Out square, Out inverse, Out normalized, Out scaled, Held activated,
         Index rows, Index H, real epsilon) {
  KERNEL(mean_square, X, square, rows, H);
  KERNEL(rsqrt, square, inverse, rows, epsilon);
  KERNEL(normalize, X, inverse, normalized, rows, H);
  KERNEL_AS(scale, scale_by, normalized, scale, scaled, rows, H);
  KERNEL_AS(gate, load, gate, activated, rows * H);
  KERNEL_AS(activation, activate, activated, rows * H);
  KERNEL_AS(gate, gate_by, scaled, activated, Y, rows * H);
}
