// LinearAttention, which ONNX Runtime had before ONNX did. No include guard: each
// operator's namespace has its own copy.
#include "../reference.hpp"

/// The four kernels work on one step of one key head at a time, on a state of [dk, dv] that stays in registers; what
/// they read of the inputs is theirs.
void start(In past_state, Held state, Index n) {
  for (Index i = 0; i < n; ++i) state[i] = past_state[i];
}

/// One decay for the whole head; its exponential is taken once a step.
void decay_state(In decay, Held state, Index dk, Index dv) {
  const real factor = exp(decay[0]);
  for (Index i = 0; i < dk; ++i) {
    for (Index j = 0; j < dv; ++j) state[i * dv + j] = factor * state[i * dv + j];
  }
}

/// What the state holds for the key, taken from the value and scaled by beta.
void retrieve(HeldIn key, Held value, In beta, Held state, Held correction, Index dk, Index dv) {
  for (Index j = 0; j < dv; ++j) {
    real held = 0.0F;
    for (Index i = 0; i < dk; ++i) held += key[i] * state[i * dv + j];
    correction[j] = beta[0] * (value[j] - held);
  }
}

void update(In key, Held added, Held state, Index dk, Index dv) {
  for (Index i = 0; i < dk; ++i) {
    const real k = key[i];
    for (Index j = 0; j < dv; ++j) state[i * dv + j] = state[i * dv + j] + k * added[j];
  }
}

void load_value(In value, Held loaded, Index dv) {
  for (Index j = 0; j < dv; ++j) loaded[j] = value[j];
}

void read_out(In query, Held state, Out output, Index dk, Index dv, real factor) {
  for (Index j = 0; j < dv; ++j) {
    real sum = 0.0F;
    for (Index i = 0; i < dk; ++i) sum += query[i] * state[i * dv + j];
    output[j] = factor * sum;
  }
}

void keep(Held state, Out present_state, Index n) {
  for (Index i = 0; i < n; ++i) present_state[i] = state[i];
}
