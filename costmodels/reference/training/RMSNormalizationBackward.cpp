// Gradients of a root-mean-square normalisation with respect to its input and its scale.
#include "../reference.hpp"

/// Rows [first, first + rows) and columns [left, left + columns) of a matrix of `features` columns; xhat and dxhat are
/// kept in registers at the same places.
void normalize(In X, In InvRms, Held xhat, Index first, Index rows, Index features, Index left, Index columns) {
  for (Index r = first; r < first + rows; ++r) {
    for (Index j = left; j < left + columns; ++j) {
      xhat[r * features + j] = X[r * features + j] * InvRms[r];
    }
  }
}

/// The same with statistics that are in registers already.
void normalize_again(In X, HeldIn InvRms, Held xhat, Index first, Index rows, Index features, Index left,
                     Index columns) {
  for (Index r = first; r < first + rows; ++r) {
    for (Index j = left; j < left + columns; ++j) {
      xhat[r * features + j] = X[r * features + j] * InvRms[r];
    }
  }
}

void scale_gradient(In dY, In Scale, Held dxhat, Index first, Index rows, Index features, Index left, Index columns) {
  for (Index r = first; r < first + rows; ++r) {
    for (Index j = left; j < left + columns; ++j) dxhat[r * features + j] = dY[r * features + j] * Scale[j];
  }
}

/// Carries the sum of each row on.
void add_mean(Held xhat, Held dxhat, Held products, Index first, Index rows, Index features, Index left,
              Index columns) {
  for (Index r = first; r < first + rows; ++r) {
    for (Index j = left; j < left + columns; ++j) {
      products[r] = products[r] + dxhat[r * features + j] * xhat[r * features + j];
    }
  }
}

void divide_mean(Held products, Index first, Index rows, Index features) {
  for (Index r = first; r < first + rows; ++r) {
    products[r] = products[r] / real(features);
  }
}

void input_gradient(Held xhat, Held dxhat, Held products, HeldIn InvRms, Out dX, Index first, Index rows,
                    Index features, Index left, Index columns) {
  for (Index r = first; r < first + rows; ++r) {
    for (Index j = left; j < left + columns; ++j) {
      const Index at = r * features + j;
      dX[at] = InvRms[r] * (dxhat[at] - xhat[at] * products[r]);
    }
  }
}

/// Adds to what earlier rows left: in registers, or read back from memory where there is a `from`.
void add_scale_gradient(HeldIn dY, Held xhat, Held sum, Index first, Index rows, Index features, Index left,
                        Index columns) {
  for (Index r = first; r < first + rows; ++r) {
    for (Index j = left; j < left + columns; ++j) sum[j] = sum[j] + dY[r * features + j] * xhat[r * features + j];
  }
}

void clear(Held sum, Index n) {
  for (Index i = 0; i < n; ++i) sum[i] = 0.0F;
}

void load(In from, Held sum, Index left, Index columns) {
  for (Index j = left; j < left + columns; ++j) sum[j] = from[j];
}

void store(Held sum, Out to, Index left, Index columns) {
  for (Index j = left; j < left + columns; ++j) to[j] = sum[j];
}

void run(In dY, In X, In Scale, In InvRms, Out dX, Out dScale, Held xhat, Held dxhat, Held products, Held scale_sum,
         Index rows, Index features, Index tile_rows, Index block, bool in_blocks) {
  KERNEL_AS(row_mean, clear, products, rows);
  if (!in_blocks) {
    KERNEL_AS(dscale, clear, scale_sum, features);
    KERNEL_AS(xhat, normalize, X, InvRms, xhat, 0, rows, features, 0, features);
    KERNEL_AS(dxhat, scale_gradient, dY, Scale, dxhat, 0, rows, features, 0, features);
    KERNEL_AS(row_mean, add_mean, xhat, dxhat, products, 0, rows, features, 0, features);
    KERNEL_AS(row_mean, divide_mean, products, 0, rows, features);
    KERNEL_AS(dx, input_gradient, xhat, dxhat, products, InvRms, dX, 0, rows, features, 0, features);
    KERNEL_AS(dscale, add_scale_gradient, dY, xhat, scale_sum, 0, rows, features, 0, features);
    KERNEL_AS(dscale, store, scale_sum, dScale, 0, features);
    return;
  }
  for (Index first = 0; first < rows; first += tile_rows) {
    const Index tile = rows - first < tile_rows ? rows - first : tile_rows;
    for (Index left = 0; left < features; left += block) {
      const Index width = features - left < block ? features - left : block;
      if (left == 0) KERNEL_AS(mean.xhat, normalize, X, InvRms, xhat, first, tile, features, left, width);
      if (left != 0) KERNEL_AS(mean.xhat, normalize_again, X, InvRms, xhat, first, tile, features, left, width);
      KERNEL_AS(mean.dxhat, scale_gradient, dY, Scale, dxhat, first, tile, features, left, width);
      KERNEL_AS(row_mean, add_mean, xhat, dxhat, products, first, tile, features, left, width);
    }
    KERNEL_AS(row_mean, divide_mean, products, first, tile, features);
    for (Index left = 0; left < features; left += block) {
      const Index width = features - left < block ? features - left : block;
      KERNEL_AS(gradients.xhat, normalize_again, X, InvRms, xhat, first, tile, features, left, width);
      KERNEL_AS(gradients.dxhat, scale_gradient, dY, Scale, dxhat, first, tile, features, left, width);
      KERNEL_AS(dx, input_gradient, xhat, dxhat, products, InvRms, dX, first, tile, features, left, width);
      if (first == 0) KERNEL_AS(dscale, clear, scale_sum + left, width);
      if (first != 0) KERNEL_AS(dscale, load, dScale, scale_sum, left, width);
      KERNEL_AS(dscale, add_scale_gradient, dY, xhat, scale_sum, first, tile, features, left, width);
      KERNEL_AS(dscale, store, scale_sum, dScale, left, width);
    }
  }
}
