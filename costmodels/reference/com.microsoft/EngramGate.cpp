// Gates a value by the normalised dot product of key and query, for each hyper-connection.
#include "../reference.hpp"

/// Root mean square norm of each row, by a scale for each connection; the result stays in registers.
void norms(In X, In scales, Held normed, Index rows, Index C, Index H, real epsilon) {
  for (Index r = 0; r < rows; ++r) {
    for (Index c = 0; c < C; ++c) {
      const Index base = (r * C + c) * H;
      real squares = X[base] * X[base];
      for (Index h = 1; h < H; ++h) squares += X[base + h] * X[base + h];
      const real inverse = rsqrt(squares / real(H) + epsilon);
      for (Index h = 0; h < H; ++h) normed[base + h] = X[base + h] * inverse * scales[c * H + h];
    }
  }
}

void dot(Held key, Held query, Held dots, Index rows, Index H, real inverse_root) {
  for (Index r = 0; r < rows; ++r) {
    real sum = 0.0F;
    for (Index h = 0; h < H; ++h) sum += key[r * H + h] * query[r * H + h];
    dots[r] = sum * inverse_root;
  }
}

void gate(Held dots, Index rows) {
  for (Index r = 0; r < rows; ++r) {
    const real x = dots[r];
    const real root = sqrt(fmax(fabs(x), 1e-6F));
    const real negated = -root;
    dots[r] = 1.0F / (1.0F + exp(x < 0.0F ? root : negated));
  }
}

void apply(Held gates, In value, Out output, Index rows, Index C, Index H) {
  for (Index r = 0; r < rows; ++r) {
    for (Index c = 0; c < C; ++c) {
      for (Index h = 0; h < H; ++h) output[(r * C + c) * H + h] = gates[r * C + c] * value[r * H + h];
    }
  }
}

void run(In key, In query, In value, In key_norm_scale, In query_norm_scale, Out output, Held keys, Held queries,
         Held dots, Index rows, Index C, Index H, real epsilon, real inverse_root) {
  KERNEL(norms, key, key_norm_scale, keys, rows, C, H, epsilon);
  KERNEL(norms, query, query_norm_scale, queries, rows, C, H, epsilon);
  KERNEL(dot, keys, queries, dots, rows * C, H, inverse_root);
  KERNEL(gate, dots, rows * C);
  KERNEL(apply, dots, value, output, rows, C, H);
}
