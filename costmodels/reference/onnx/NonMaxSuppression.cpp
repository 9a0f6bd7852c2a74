// Chooses boxes by score, dropping those that overlap a better one.
#include "../reference.hpp"
#include "../templates/merge_sort.hpp"

/// Scores that do not exceed the threshold become the lowest number.
void filter(In scores, Out filtered, Index n, real score_threshold) {
  for (Index i = 0; i < n; ++i) {
    const real score = scores[i];
    filtered[i] = score > score_threshold ? score : real(lowest);
  }
}

void load(In scores, Held keys, Index n) {
  for (Index i = 0; i < n; ++i) keys[i] = scores[i];
}

void store(Held keys, HeldIndices order, Out sorted, Index n) {
  for (Index i = 0; i < n; ++i) sorted[i] = keys[order[i]];
}

/// Intersection over union of two boxes, [y1, x1, y2, x2] with ordered corners, against the threshold: 19 operations.
bool overlaps(In boxes, Index a, Index b, real iou_threshold) {
  const real top = fmax(boxes[4 * a], boxes[4 * b]);
  const real left = fmax(boxes[4 * a + 1], boxes[4 * b + 1]);
  const real bottom = fmin(boxes[4 * a + 2], boxes[4 * b + 2]);
  const real right = fmin(boxes[4 * a + 3], boxes[4 * b + 3]);
  const real common = fmax(bottom - top, 0.0F) * fmax(right - left, 0.0F);
  const real one = (boxes[4 * a + 2] - boxes[4 * a]) * (boxes[4 * a + 3] - boxes[4 * a + 1]);
  const real other = (boxes[4 * b + 2] - boxes[4 * b]) * (boxes[4 * b + 3] - boxes[4 * b + 1]);
  return common / (one + other - common) > iou_threshold;
}

/// One class of one image: candidates in order of their scores, each against those chosen so far. chosen[0] counts all
/// rows of the result, `first` of them before this class; filtered boxes are the last of the order.
void suppress(In boxes, HeldIndices order, HeldIndices chosen, OutIndices rows, Index image, Index group, Index most,
              real iou_threshold, Index candidates) {
  const Index first = chosen[0];
  Index count = first;
  for (Index i = 0; i < candidates; ++i) {
    if (count - first < most) {
      bool free = true;
      for (Index j = first; j < count; ++j) {
        if (overlaps(boxes, order[i], chosen[j + 1], iou_threshold)) {
          free = false;
          break;
        }
      }
      if (free) {
        chosen[count + 1] = order[i];
        rows[3 * count] = image;
        rows[3 * count + 1] = group;
        rows[3 * count + 2] = order[i];
        ++count;
      }
    }
  }
  chosen[0] = count;
}

void run(In boxes, In scores, OutIndices selected_indices, Out filtered, Out sorted, Held keys, HeldIndices order,
         HeldIndices merged, HeldIndices chosen, HeldIndices candidates, Index images, Index groups, Index n,
         Index most, real iou_threshold, real score_threshold) {
  chosen[0] = 0;
  KERNEL(filter, scores, filtered, images * groups * n, score_threshold);
  for (Index image = 0; image < images; ++image) {
    for (Index group = 0; group < groups; ++group) {
      const Index at = (image * groups + group) * n;
      KERNEL_AS(sort, load, filtered + at, keys, n);
      KERNEL_AS(sort, merge_sort_descending, keys, order, merged, n);
      KERNEL_AS(sort, store, keys, order, sorted + at, n);
      KERNEL(suppress, boxes + 4 * image * n, order, chosen, selected_indices, image, group, most, iou_threshold,
             candidates[image * groups + group]);
    }
  }
}
