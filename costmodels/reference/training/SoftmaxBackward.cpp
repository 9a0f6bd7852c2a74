// Gradient of a softmax over the last axis, from its result and the gradient of that.
#include "../reference.hpp"

/// Carries the sum of each row on; rows [first, first + rows), columns [left, left + columns).
void add_products(In dY, In Y, Held sums, Index first, Index rows, Index features, Index left, Index columns) {
  for (Index r = first; r < first + rows; ++r) {
    for (Index j = left; j < left + columns; ++j) {
      sums[r] = sums[r] + dY[r * features + j] * Y[r * features + j];
    }
  }
}

/// Of rows that are still in fast memory.
void input_gradient(HeldIn dY, HeldIn Y, Held sums, Out dX, Index first, Index rows, Index features, Index left,
                    Index columns) {
  for (Index r = first; r < first + rows; ++r) {
    for (Index j = left; j < left + columns; ++j) {
      dX[r * features + j] = Y[r * features + j] * (dY[r * features + j] - sums[r]);
    }
  }
}

/// Of rows that are read again.
void input_gradient_again(In dY, In Y, Held sums, Out dX, Index first, Index rows, Index features, Index left,
                          Index columns) {
  for (Index r = first; r < first + rows; ++r) {
    for (Index j = left; j < left + columns; ++j) {
      dX[r * features + j] = Y[r * features + j] * (dY[r * features + j] - sums[r]);
    }
  }
}

void clear(Held sum, Index n) {
  for (Index i = 0; i < n; ++i) sum[i] = 0.0F;
}

void run(In dY, In Y, Out dX, Held sums, Index rows, Index features, Index tile_rows, Index block, bool in_blocks) {
  KERNEL_AS(row_dot, clear, sums, rows);
  if (!in_blocks) {
    KERNEL_AS(row_dot, add_products, dY, Y, sums, 0, rows, features, 0, features);
    KERNEL_AS(dx, input_gradient, dY, Y, sums, dX, 0, rows, features, 0, features);
    return;
  }
  for (Index first = 0; first < rows; first += tile_rows) {
    const Index tile = rows - first < tile_rows ? rows - first : tile_rows;
    for (Index left = 0; left < features; left += block) {
      const Index width = features - left < block ? features - left : block;
      KERNEL_AS(row_dot, add_products, dY, Y, sums, first, tile, features, left, width);
    }
    for (Index left = 0; left < features; left += block) {
      const Index width = features - left < block ? features - left : block;
      KERNEL_AS(dx, input_gradient_again, dY, Y, sums, dX, first, tile, features, left, width);
    }
  }
}
