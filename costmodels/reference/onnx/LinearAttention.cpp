// Attention by a running state: each step adds the outer product of key and value, and reads it with the query.
#include "../reference.hpp"
#include "../templates/linear_attention.hpp"

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
