// DequantizeLinear, in ONNX and in ONNX Runtime's domain. No include guard: each operator's
// namespace has its own copy.
#include "../reference.hpp"

void dequantize(InCodes x, In x_scale, InCodes x_zero_point, Out y, Index outer, Index channels, Index inner) {
  for (Index o = 0; o < outer; ++o) {
    for (Index c = 0; c < channels; ++c) {
      for (Index i = 0; i < inner; ++i) {
        const integer shifted = integer(x[(o * channels + c) * inner + i]) - integer(x_zero_point[c]);
        y[(o * channels + c) * inner + i] = real(shifted) * x_scale[c];
      }
    }
  }
}

void dequantize_plain(InCodes x, In x_scale, Out y, Index outer, Index channels, Index inner) {
  for (Index o = 0; o < outer; ++o) {
    for (Index c = 0; c < channels; ++c) {
      for (Index i = 0; i < inner; ++i) {
        const integer code = integer(x[(o * channels + c) * inner + i]);
        y[(o * channels + c) * inner + i] = real(code) * x_scale[c];
      }
    }
  }
}
