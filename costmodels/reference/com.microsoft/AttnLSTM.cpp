// Long short-term memory whose input at each step holds a context by additive attention over a memory. One direction.
#include "../reference.hpp"
#include "../templates/lstm.hpp"
#include "../templates/softmax.hpp"

/// Keys of the memory [batch, T, depth]: rows times the memory layer [depth, U].
void memory_keys(In M, In MW, Out keys, Index rows, Index depth, Index U) {
  for (Index r = 0; r < rows; ++r) {
    for (Index u = 0; u < U; ++u) {
      real sum = 0.0F;
      for (Index e = 0; e < depth; ++e) sum += M[r * depth + e] * MW[e * U + u];
      keys[r * U + u] = sum;
    }
  }
}

/// One step: the input of I elements joined with the attention state of A, times the transposed weights [N, I + A].
void joined_gemm(In X, In attended, In W, Out products, Index batch, Index I, Index A, Index N) {
  for (Index b = 0; b < batch; ++b) {
    for (Index n = 0; n < N; ++n) {
      real sum = 0.0F;
      for (Index k = 0; k < I; ++k) sum += X[b * I + k] * W[n * (I + A) + k];
      for (Index k = 0; k < A; ++k) sum += attended[b * A + k] * W[n * (I + A) + I + k];
      products[b * N + n] = sum;
    }
  }
}

void query(In state, In QW, Out asked, Index batch, Index H, Index U) {
  for (Index b = 0; b < batch; ++b) {
    for (Index u = 0; u < U; ++u) {
      real sum = 0.0F;
      for (Index k = 0; k < H; ++k) sum += state[b * H + k] * QW[k * U + u];
      asked[b * U + u] = sum;
    }
  }
}

/// Hyperbolic tangent of the sum of key and query, times the attention vector.
void align(In keys, In asked, In V, Out scores, Index batch, Index T, Index U) {
  for (Index b = 0; b < batch; ++b) {
    for (Index t = 0; t < T; ++t) {
      real sum = 0.0F;
      for (Index u = 0; u < U; ++u) sum += V[u] * tanh(keys[(b * T + t) * U + u] + asked[b * U + u]);
      scores[b * T + t] = sum;
    }
  }
}

void context(In weights, In M, Out gathered, Index batch, Index T, Index depth) {
  for (Index b = 0; b < batch; ++b) {
    for (Index e = 0; e < depth; ++e) {
      real sum = 0.0F;
      for (Index t = 0; t < T; ++t) sum += weights[b * T + t] * M[(b * T + t) * depth + e];
      gathered[b * depth + e] = sum;
    }
  }
}

/// State and context, one after the other, times the attention layer [H + depth, A].
void attention_layer(In state, In gathered, In AW, Out attended, Index batch, Index H, Index depth, Index A) {
  for (Index b = 0; b < batch; ++b) {
    for (Index a = 0; a < A; ++a) {
      real sum = 0.0F;
      for (Index k = 0; k < H; ++k) sum += state[b * H + k] * AW[k * A + a];
      for (Index k = 0; k < depth; ++k) sum += gathered[b * depth + k] * AW[(H + k) * A + a];
      attended[b * A + a] = sum;
    }
  }
}

void run(In X, In W, In R, In B, In QW, In MW, In V, In M, In AW, Out Y, Out Y_h, Out Y_c, Out keys, Out from_input,
         Out from_state, Held gates, Held squashed, Out first, Out cell, Out attended, Out asked, Out scores,
         Out maximum, Out exponentials, Out sums, Out shares, Out gathered, Index seq, Index batch, Index I, Index H,
         Index T, Index depth, Index U, Index A) {
  const Index states = batch * H;
  KERNEL_AS(gates, start_at_zero, first, states);
  KERNEL_AS(gates, start_at_zero, cell, states);
  KERNEL_AS(gates, start_at_zero, attended, batch * A);
  KERNEL(memory_keys, M, MW, keys, batch * T, depth, U);
  In state = first;
  for (Index step = 0; step < seq; ++step) {
    Out next = Y + step * states;
    KERNEL_AS(input_gemm, joined_gemm, X + step * batch * I, attended, W, from_input, batch, I, A, 4 * H);
    KERNEL(recurrent_gemm, state, R, from_state, batch, H, 4 * H);
    KERNEL_AS(gates, biased_sums, from_input, from_state, B, gates, batch, 4 * H);
    KERNEL_AS(activation, sigmoid, gates, batch, 4 * H, 0, H);
    KERNEL_AS(activation, sigmoid, gates, batch, 4 * H, 2 * H, H);
    KERNEL_AS(activation, hyperbolic, gates, batch, 4 * H, 3 * H, H);
    KERNEL_AS(gates, update_cell, gates, cell, cell, batch, H);
    KERNEL_AS(activation, sigmoid, gates, batch, 4 * H, H, H);
    KERNEL_AS(activation, squash, cell, squashed, states);
    KERNEL_AS(gates, give_out, gates, squashed, next, batch, H);
    KERNEL(query, next, QW, asked, batch, H, U);
    KERNEL(align, keys, asked, V, scores, batch, T, U);
    KERNEL(row_max, scores, maximum, batch, T, 1);
    KERNEL(exp_sum, scores, maximum, exponentials, sums, batch, T, 1);
    KERNEL(divide, exponentials, sums, shares, batch, T, 1);
    KERNEL(context, shares, M, gathered, batch, T, depth);
    KERNEL(attention_layer, next, gathered, AW, attended, batch, H, depth, A);
    state = next;
    if (step == seq - 1) {
      KERNEL_AS(gates, finish, next, Y_h, states);
      KERNEL_AS(gates, finish, cell, Y_c, states);
    }
  }
}
