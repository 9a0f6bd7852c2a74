// Scales a relative position bias by a gate computed from the query.
#include "../reference.hpp"

/// The query, [batch, seq, heads, size], gets its bias and heads before positions.
void add_bias(In query_layer, In query_bias, Out query, Index batch, Index heads, Index seq, Index size) {
  for (Index b = 0; b < batch; ++b) {
    for (Index h = 0; h < heads; ++h) {
      for (Index i = 0; i < seq; ++i) {
        for (Index e = 0; e < size; ++e) {
          query[((b * heads + h) * seq + i) * size + e] =
              query_layer[((b * seq + i) * heads + h) * size + e] + query_bias[h * size + e];
        }
      }
    }
  }
}

void gate_gemm(In query, In weight, Out gates, Index rows, Index size, Index D) {
  for (Index r = 0; r < rows; ++r) {
    for (Index n = 0; n < D; ++n) {
      real sum = 0.0F;
      for (Index e = 0; e < size; ++e) sum += query[r * size + e] * weight[e * D + n];
      gates[r * D + n] = sum;
    }
  }
}

/// Halves of each row, with their biases, are summed; sigmoids of both give gate_u*(gate_r*eco_a - 1) + 2.
void gate(In gates, In bias, In eco_a, Out factors, Index batch, Index heads, Index seq, Index D) {
  for (Index b = 0; b < batch; ++b) {
    for (Index h = 0; h < heads; ++h) {
      for (Index i = 0; i < seq; ++i) {
        const Index r = (b * heads + h) * seq + i;
        real one = gates[r * D] + bias[0];
        for (Index n = 1; n < D / 2; ++n) one += gates[r * D + n] + bias[n];
        real other = gates[r * D + D / 2] + bias[D / 2];
        for (Index n = D / 2 + 1; n < D; ++n) other += gates[r * D + n] + bias[n];
        const real gate_u = 1.0F / (1.0F + exp(-one));
        const real gate_r = 1.0F / (1.0F + exp(-other));
        factors[r] = gate_u * (gate_r * eco_a[h] - 1.0F) + 2.0F;
      }
    }
  }
}

void scale(In factors, In rel_pos, Out output, Index batch, Index heads, Index seq) {
  for (Index b = 0; b < batch; ++b) {
    for (Index h = 0; h < heads; ++h) {
      for (Index i = 0; i < seq; ++i) {
        for (Index j = 0; j < seq; ++j) {
          output[((b * heads + h) * seq + i) * seq + j] =
              factors[(b * heads + h) * seq + i] * rel_pos[(h * seq + i) * seq + j];
        }
      }
    }
  }
}

void run(In query_layer, In query_bias, In rel_pos, In weight, In bias, In eco_a, Out output, Out query, Out gates,
         Out factors, Index batch, Index heads, Index seq, Index size, Index D) {
  KERNEL(add_bias, query_layer, query_bias, query, batch, heads, seq, size);
  KERNEL(gate_gemm, query, weight, gates, batch * heads * seq, size, D);
  KERNEL(gate, gates, bias, eco_a, factors, batch, heads, seq, D);
  KERNEL(scale, factors, rel_pos, output, batch, heads, seq);
}
