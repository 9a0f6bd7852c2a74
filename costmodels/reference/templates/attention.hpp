// The kernels of ../../templates/attention.yaml. Heads lie before positions, [b, h, s, d], or (packed) within them,
// [b, s, h, d]; scores are [b, h, s, t]. No include guard: each operator's namespace has its own copy.
#include "../reference.hpp"

/// g heads of keys serve h heads of queries: consecutive ones share. packed: of the queries; packed_keys: of the keys.
void qk(In Q, In K, Out scores, Index b, Index h, Index g, Index s, Index t, Index dk, bool packed, bool packed_keys) {
  for (Index n = 0; n < b; ++n) {
    for (Index head = 0; head < h; ++head) {
      for (Index i = 0; i < s; ++i) {
        for (Index j = 0; j < t; ++j) {
          const Index shared = head / (h / g);
          const Index query = packed ? (n * s + i) * h + head : (n * h + head) * s + i;
          const Index key = packed_keys ? (n * t + j) * g + shared : (n * g + shared) * t + j;
          real sum = 0.0F;
          for (Index e = 0; e < dk; ++e) sum += Q[query * dk + e] * K[key * dk + e];
          scores[((n * h + head) * s + i) * t + j] = sum;
        }
      }
    }
  }
}

void scale(Held scores, Index n, real factor) {
  for (Index i = 0; i < n; ++i) scores[i] = factor * scores[i];
}

/// The causal mask: a position sees keys up to its own, `past` of which precede the queries.
void hide(Held scores, Index rows, Index s, Index t, Index past) {
  for (Index r = 0; r < rows; ++r) {
    for (Index i = 0; i < s; ++i) {
      for (Index j = i + past + 1; j < t; ++j) scores[(r * s + i) * t + j] = lowest;
    }
  }
}

void softcap(In scores, Out capped, Index n, real cap) {
  for (Index i = 0; i < n; ++i) capped[i] = cap * tanh(scores[i] / cap);
}

/// The mask is [s, t] for each of mask_b batches and mask_h heads; 1 of them serves all.
void mask(In scores, In bias, Out masked, Index b, Index h, Index mask_b, Index mask_h, Index s, Index t) {
  for (Index n = 0; n < b; ++n) {
    for (Index head = 0; head < h; ++head) {
      for (Index i = 0; i < s * t; ++i) {
        const Index own = (mask_b == 1 ? 0 : n) * mask_h + (mask_h == 1 ? 0 : head);
        const Index at = (n * h + head) * s * t + i;
        masked[at] = scores[at] + bias[own * s * t + i];
      }
    }
  }
}

void row_max(In scores, Out maximum, Index rows, Index t) {
  for (Index r = 0; r < rows; ++r) {
    real best = lowest;
    for (Index j = 0; j < t; ++j) best = fmax(best, scores[r * t + j]);
    maximum[r] = best;
  }
}

void exp_sum(In scores, In maximum, Out exponentials, Out sums, Index rows, Index t) {
  for (Index r = 0; r < rows; ++r) {
    real sum = 0.0F;
    for (Index j = 0; j < t; ++j) {
      const real e = exp(scores[r * t + j] - maximum[r]);
      exponentials[r * t + j] = e;
      sum += e;
    }
    sums[r] = sum;
  }
}

void divide(In exponentials, In sums, Out weights, Index rows, Index t) {
  for (Index r = 0; r < rows; ++r) {
    for (Index j = 0; j < t; ++j) weights[r * t + j] = exponentials[r * t + j] / sums[r];
  }
}

void pv(In weights, In V, Out Y, Index b, Index h, Index g, Index s, Index t, Index dv, bool packed, bool packed_keys) {
  for (Index n = 0; n < b; ++n) {
    for (Index head = 0; head < h; ++head) {
      for (Index i = 0; i < s; ++i) {
        for (Index e = 0; e < dv; ++e) {
          const Index shared = head / (h / g);
          real sum = 0.0F;
          for (Index j = 0; j < t; ++j) {
            const Index value = packed_keys ? (n * t + j) * g + shared : (n * g + shared) * t + j;
            sum += weights[((n * h + head) * s + i) * t + j] * V[value * dv + e];
          }
          const Index result = packed ? (n * s + i) * h + head : (n * h + head) * s + i;
          Y[result * dv + e] = sum;
        }
      }
    }
  }
}

/// Past and new positions, one after another, of heads-first caches; new ones may come packed.
void append(In past, In added, Out present, Index b, Index g, Index before, Index now, Index d, bool packed) {
  for (Index n = 0; n < b; ++n) {
    for (Index head = 0; head < g; ++head) {
      for (Index j = 0; j < before + now; ++j) {
        for (Index e = 0; e < d; ++e) {
          const Index at = j - before;
          const Index from = packed ? (n * now + at) * g + head : (n * g + head) * now + at;
          present[((n * g + head) * (before + now) + j) * d + e] =
              j < before ? past[((n * g + head) * before + j) * d + e] : added[from * d + e];
        }
      }
    }
  }
}
