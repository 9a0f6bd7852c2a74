// QuantizeLinear, in ONNX and in ONNX Runtime's domain. No include guard: each operator's
// namespace has its own copy.
#include "../reference.hpp"

void quantize(In x, In y_scale, InCodes y_zero_point, OutCodes y, Index outer, Index channels, Index inner) {
  for (Index o = 0; o < outer; ++o) {
    for (Index c = 0; c < channels; ++c) {
      for (Index i = 0; i < inner; ++i) {
        const integer rounded = integer(nearbyint(x[(o * channels + c) * inner + i] / y_scale[c]));
        const integer shifted = rounded + integer(y_zero_point[c]);
        y[(o * channels + c) * inner + i] = code(smaller_of(greater_of(shifted, 0), 255));
      }
    }
  }
}

void quantize_plain(In x, In y_scale, OutCodes y, Index outer, Index channels, Index inner) {
  for (Index o = 0; o < outer; ++o) {
    for (Index c = 0; c < channels; ++c) {
      for (Index i = 0; i < inner; ++i) {
        const integer rounded = integer(nearbyint(x[(o * channels + c) * inner + i] / y_scale[c]));
        y[(o * channels + c) * inner + i] = code(smaller_of(greater_of(rounded, 0), 255));
      }
    }
  }
}
