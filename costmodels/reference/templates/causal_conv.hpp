// CausalConvWithState, in ONNX and in ONNX Runtime's domain. No include guard: each operator's
// namespace has its own copy.
#include "../reference.hpp"
#include "../templates/activation.hpp"

/// Positions before the first input come from the state, `k - 1` of them.
void conv(In input, In weight, In past_state, Out output, Index batch, Index C, Index L, Index k) {
  for (Index b = 0; b < batch; ++b) {
    for (Index c = 0; c < C; ++c) {
      for (Index i = 0; i < L; ++i) {
        real sum = 0.0F;
        for (Index j = 0; j < k; ++j) {
          const Index at = i + j - (k - 1);
          sum += weight[c * k + j] *
                 (at < 0 ? past_state[(b * C + c) * (k - 1) + at + k - 1] : input[(b * C + c) * L + at]);
        }
        output[(b * C + c) * L + i] = sum;
      }
    }
  }
}

void add_bias(Held output, In bias, Index batch, Index C, Index L) {
  for (Index b = 0; b < batch; ++b) {
    for (Index c = 0; c < C; ++c) {
      for (Index i = 0; i < L; ++i) output[(b * C + c) * L + i] = output[(b * C + c) * L + i] + bias[c];
    }
  }
}

/// The last k - 1 inputs; L is at least that.
void keep(In input, Out present_state, Index rows, Index L, Index k) {
  for (Index r = 0; r < rows; ++r) {
    for (Index i = 0; i < k - 1; ++i) present_state[r * (k - 1) + i] = input[r * L + L - (k - 1) + i];
  }
}
