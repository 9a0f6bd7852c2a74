// Self-attention in which tokens see a window around them, and a few global tokens see and are seen by all.
#include "../reference.hpp"
#include "../templates/projection.hpp"

/// Which tokens are global, in order: `globals` of each sequence.
void list_globals(HeldIndices flags, HeldIndices positions, Index b, Index s, Index globals) {
  for (Index n = 0; n < b; ++n) {
    Index count = 0;
    for (Index i = 0; i < s; ++i) {
      if (flags[n * s + i] != 0) {
        positions[n * globals + count] = i;
        ++count;
      }
    }
  }
}

/// Scores of a query: with three blocks of w keys around its own block (fewer at the ends), then with the global
/// tokens. Rows have `seen` places. After all local rows come those of the global tokens, with all s keys.
void qk(In local_Q, In local_K, In global_Q, In global_K, HeldIndices positions, Out scores, Index b, Index s, Index h,
        Index d, Index w, Index seen, Index globals) {
  for (Index n = 0; n < b; ++n) {
    for (Index head = 0; head < h; ++head) {
      for (Index i = 0; i < s; ++i) {
        const Index first = i / w > 0 ? (i / w - 1) * w : 0;
        const Index end = (i / w + 2) * w < s ? (i / w + 2) * w : s;
        Index at = ((n * h + head) * s + i) * seen;
        for (Index place = 0; place < end - first + globals; ++place) {
          const Index j = place < end - first ? first + place : Index(positions[n * globals + place - (end - first)]);
          real sum = 0.0F;
          for (Index e = 0; e < d; ++e) {
            sum += local_Q[((n * s + i) * h + head) * d + e] * local_K[((n * s + j) * h + head) * d + e];
          }
          scores[at] = sum;
          ++at;
        }
      }
      for (Index k = 0; k < globals; ++k) {
        const Index i = positions[n * globals + k];
        for (Index j = 0; j < s; ++j) {
          real sum = 0.0F;
          for (Index e = 0; e < d; ++e) {
            sum += global_Q[((n * s + i) * h + head) * d + e] * global_K[((n * s + j) * h + head) * d + e];
          }
          scores[b * h * s * seen + ((n * h + head) * w + k) * s + j] = sum;
        }
      }
    }
  }
}

/// Scales each score and adds the mask of its key. Keys outside of the window, and global ones among the local keys,
/// which have places of their own, are hidden.
void mask(In scores, In added, InIndices32 global, HeldIndices positions, Out masked, Index b, Index s, Index h,
          Index w, Index seen, Index globals, real factor) {
  for (Index n = 0; n < b; ++n) {
    for (Index head = 0; head < h; ++head) {
      for (Index i = 0; i < s; ++i) {
        const Index first = i / w > 0 ? (i / w - 1) * w : 0;
        const Index end = (i / w + 2) * w < s ? (i / w + 2) * w : s;
        for (Index place = 0; place < end - first + globals; ++place) {
          const bool window = place < end - first;
          const Index j = window ? first + place : Index(positions[n * globals + place - (end - first)]);
          const Index at = ((n * h + head) * s + i) * seen + place;
          const real sum = factor * scores[at] + added[n * s + j];
          const bool hidden = window && (j - i > w || i - j > w || global[n * s + j] != 0);
          masked[at] = hidden ? real(lowest) : sum;
        }
      }
      for (Index k = 0; k < globals; ++k) {
        for (Index j = 0; j < s; ++j) {
          const Index at = b * h * s * seen + ((n * h + head) * w + k) * s + j;
          masked[at] = factor * scores[at] + added[n * s + j];
        }
      }
    }
  }
}

/// One row of scores: maximum, difference, exponential, sum, division.
void share(In masked, Held kept, Out weights, Index first, Index count) {
  real best = lowest;
  for (Index i = 0; i < count; ++i) {
    kept[i] = masked[first + i];
    best = fmax(best, kept[i]);
  }
  real sum = 0.0F;
  for (Index i = 0; i < count; ++i) {
    kept[i] = exp(kept[i] - best);
    sum += kept[i];
  }
  for (Index i = 0; i < count; ++i) weights[first + i] = kept[i] / sum;
}

void softmax(In masked, Held kept, Out weights, Index b, Index s, Index h, Index w, Index seen, Index globals) {
  for (Index n = 0; n < b; ++n) {
    for (Index head = 0; head < h; ++head) {
      for (Index i = 0; i < s; ++i) {
        const Index first = i / w > 0 ? (i / w - 1) * w : 0;
        const Index end = (i / w + 2) * w < s ? (i / w + 2) * w : s;
        share(masked, kept, weights, ((n * h + head) * s + i) * seen, end - first + globals);
      }
      for (Index k = 0; k < globals; ++k) {
        share(masked, kept, weights, b * h * s * seen + ((n * h + head) * w + k) * s, s);
      }
    }
  }
}

/// The results of global tokens replace what their rows were as local ones.
void pv(In weights, In local_V, In global_V, HeldIndices positions, Out output, Index b, Index s, Index h, Index d,
        Index w, Index seen, Index globals) {
  for (Index n = 0; n < b; ++n) {
    for (Index head = 0; head < h; ++head) {
      for (Index i = 0; i < s; ++i) {
        const Index first = i / w > 0 ? (i / w - 1) * w : 0;
        const Index end = (i / w + 2) * w < s ? (i / w + 2) * w : s;
        for (Index e = 0; e < d; ++e) {
          real sum = 0.0F;
          for (Index place = 0; place < end - first + globals; ++place) {
            const Index j = place < end - first ? first + place : Index(positions[n * globals + place - (end - first)]);
            sum += weights[((n * h + head) * s + i) * seen + place] * local_V[((n * s + j) * h + head) * d + e];
          }
          output[((n * s + i) * h + head) * d + e] = sum;
        }
      }
      for (Index k = 0; k < globals; ++k) {
        const Index i = positions[n * globals + k];
        for (Index e = 0; e < d; ++e) {
          real sum = 0.0F;
          for (Index j = 0; j < s; ++j) {
            sum += weights[b * h * s * seen + ((n * h + head) * w + k) * s + j] *
                   global_V[((n * s + j) * h + head) * d + e];
          }
          output[((n * s + i) * h + head) * d + e] = sum;
        }
      }
    }
  }
}

void run(In input, In weight, In bias, In added_mask, In global_weight, In global_bias, InIndices32 global, Out output,
         HeldIndices flags, HeldIndices positions, Out local_qkv, Out global_qkv, Out scores, Out masked, Held kept,
         Out weights, Index b, Index s, Index h, Index d, Index w, Index seen, Index globals, real factor) {
  const Index third = b * s * h * d;
  list_globals(flags, positions, b, s, globals);
  KERNEL(project, input, weight, local_qkv, b * s, h * d, h * d);
  KERNEL(project, input, global_weight, global_qkv, b * s, h * d, h * d);
  KERNEL_AS(bias, add_bias, local_qkv, bias, b * s, h * d);
  KERNEL_AS(bias, add_bias, global_qkv, global_bias, b * s, h * d);
  KERNEL(qk, local_qkv, local_qkv + third, global_qkv, global_qkv + third, positions, scores, b, s, h, d, w, seen,
         globals);
  KERNEL(mask, scores, added_mask, global, positions, masked, b, s, h, w, seen, globals, factor);
  KERNEL(softmax, masked, kept, weights, b, s, h, w, seen, globals);
  KERNEL(pv, weights, local_qkv + 2 * third, global_qkv + 2 * third, positions, output, b, s, h, d, w, seen, globals);
}
