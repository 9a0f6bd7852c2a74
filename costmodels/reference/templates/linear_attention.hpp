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

void run(In query, In key, In value, In past_state, In decay, In beta, Out output, Out present_state, Held state,
         Held loaded, Held correction, Index b, Index t, Index g, Index h, Index dk, Index dv, real factor) {
  for (Index n = 0; n < b; ++n) {
    for (Index head = 0; head < g; ++head) {
      KERNEL_AS(update, start, past_state + (n * g + head) * dk * dv, state, dk * dv);
      for (Index step = 0; step < t; ++step) {
        const Index at = (n * t + step) * g + head;
        KERNEL_AS(update, load_value, value + at * dv, loaded, dv);
        if (decay) KERNEL_AS(decay, decay_state, decay + at, state, dk, dv);
        if (beta) KERNEL(retrieve, key + at * dk, loaded, beta + at, state, correction, dk, dv);
        if (beta) KERNEL(update, key + at * dk, correction, state, dk, dv);
        if (!beta) KERNEL(update, key + at * dk, loaded, state, dk, dv);
        for (Index q = head * (h / g); q < (head + 1) * (h / g); ++q) {
          const Index to = (n * t + step) * h + q;
          KERNEL(read_out, query + to * dk, state, output + to * dv, dk, dv, factor);
        }
      }
      KERNEL_AS(update, keep, state, present_state + (n * g + head) * dk * dv, dk * dv);
    }
  }
}
