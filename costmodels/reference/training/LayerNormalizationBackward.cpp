// Gradients of a layer normalisation with respect to its input, its scale and its shift.
#include "../reference.hpp"

/// Rows [first, first + rows) and columns [left, left + columns) of a matrix of `features` columns; xhat and dxhat are
/// kept in registers at the same places.
void normalize(In X, In Mean, In InvStdDev, Held xhat, Index first, Index rows, Index features, Index left,
               Index columns) {
  for (Index r = first; r < first + rows; ++r) {
    for (Index j = left; j < left + columns; ++j) {
      xhat[r * features + j] = (X[r * features + j] - Mean[r]) * InvStdDev[r];
    }
  }
}

/// The same with statistics that are in registers already.
void normalize_again(In X, HeldIn Mean, HeldIn InvStdDev, Held xhat, Index first, Index rows, Index features,
                     Index left, Index columns) {
  for (Index r = first; r < first + rows; ++r) {
    for (Index j = left; j < left + columns; ++j) {
      xhat[r * features + j] = (X[r * features + j] - Mean[r]) * InvStdDev[r];
    }
  }
}

void scale_gradient(In dY, In Scale, Held dxhat, Index first, Index rows, Index features, Index left, Index columns) {
  for (Index r = first; r < first + rows; ++r) {
    for (Index j = left; j < left + columns; ++j) dxhat[r * features + j] = dY[r * features + j] * Scale[j];
  }
}

/// Carries both sums of each row on.
void add_means(Held xhat, Held dxhat, Held sums, Held products, Index first, Index rows, Index features, Index left,
               Index columns) {
  for (Index r = first; r < first + rows; ++r) {
    for (Index j = left; j < left + columns; ++j) {
      sums[r] = sums[r] + dxhat[r * features + j];
      products[r] = products[r] + dxhat[r * features + j] * xhat[r * features + j];
    }
  }
}

void divide_means(Held sums, Held products, Index first, Index rows, Index features) {
  for (Index r = first; r < first + rows; ++r) {
    sums[r] = sums[r] / real(features);
    products[r] = products[r] / real(features);
  }
}

void input_gradient(Held xhat, Held dxhat, Held sums, Held products, HeldIn InvStdDev, Out dX, Index first, Index rows,
                    Index features, Index left, Index columns) {
  for (Index r = first; r < first + rows; ++r) {
    for (Index j = left; j < left + columns; ++j) {
      const Index at = r * features + j;
      dX[at] = InvStdDev[r] * (dxhat[at] - sums[r] - xhat[at] * products[r]);
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

void add_shift_gradient(HeldIn dY, Held sum, Index first, Index rows, Index features, Index left, Index columns) {
  for (Index r = first; r < first + rows; ++r) {
    for (Index j = left; j < left + columns; ++j) sum[j] = sum[j] + dY[r * features + j];
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

/// All rows at once.
void fits(In dY, In X, In Scale, In Mean, In InvStdDev, Out dX, Out dScale, Out dShift, Held xhat, Held dxhat,
          Held sums, Held products, Held scale_sum, Held shift_sum, Index rows, Index features) {
  KERNEL_AS(row_means, clear, sums, rows);
  KERNEL_AS(row_means, clear, products, rows);
  KERNEL_AS(dscale, clear, scale_sum, features);
  KERNEL_AS(dshift, clear, shift_sum, features);
  KERNEL_AS(xhat, normalize, X, Mean, InvStdDev, xhat, 0, rows, features, 0, features);
  KERNEL_AS(dxhat, scale_gradient, dY, Scale, dxhat, 0, rows, features, 0, features);
  KERNEL_AS(row_means, add_means, xhat, dxhat, sums, products, 0, rows, features, 0, features);
  KERNEL_AS(row_means, divide_means, sums, products, 0, rows, features);
  KERNEL_AS(dx, input_gradient, xhat, dxhat, sums, products, InvStdDev, dX, 0, rows, features, 0, features);
  KERNEL_AS(dscale, add_scale_gradient, dY, xhat, scale_sum, 0, rows, features, 0, features);
  KERNEL_AS(dscale, store, scale_sum, dScale, 0, features);
  KERNEL_AS(dshift, add_shift_gradient, dY, shift_sum, 0, rows, features, 0, features);
  KERNEL_AS(dshift, store, shift_sum, dShift, 0, features);
}

void run(In dY, In X, In Scale, In Mean, In InvStdDev, Out dX, Out dScale, Out dShift, Held xhat, Held dxhat, Held sums,
         Held products, Held scale_sum, Held shift_sum, Index rows, Index features, Index tile_rows, Index block,
         bool in_blocks) {
  if (!in_blocks) {
    fits(dY, X, Scale, Mean, InvStdDev, dX, dScale, dShift, xhat, dxhat, sums, products, scale_sum, shift_sum, rows,
         features);
    return;
  }
  KERNEL_AS(row_means, clear, sums, rows);
  KERNEL_AS(row_means, clear, products, rows);
  for (Index first = 0; first < rows; first += tile_rows) {
    const Index tile = rows - first < tile_rows ? rows - first : tile_rows;
    for (Index left = 0; left < features; left += block) {
      const Index width = features - left < block ? features - left : block;
      if (left == 0) KERNEL_AS(means.xhat, normalize, X, Mean, InvStdDev, xhat, first, tile, features, left, width);
      if (left != 0)
        KERNEL_AS(means.xhat, normalize_again, X, Mean, InvStdDev, xhat, first, tile, features, left, width);
      KERNEL_AS(means.dxhat, scale_gradient, dY, Scale, dxhat, first, tile, features, left, width);
      KERNEL_AS(row_means, add_means, xhat, dxhat, sums, products, first, tile, features, left, width);
    }
    KERNEL_AS(row_means, divide_means, sums, products, first, tile, features);
    for (Index left = 0; left < features; left += block) {
      const Index width = features - left < block ? features - left : block;
      KERNEL_AS(gradients.xhat, normalize_again, X, Mean, InvStdDev, xhat, first, tile, features, left, width);
      KERNEL_AS(gradients.dxhat, scale_gradient, dY, Scale, dxhat, first, tile, features, left, width);
      KERNEL_AS(dx, input_gradient, xhat, dxhat, sums, products, InvStdDev, dX, first, tile, features, left, width);
      if (first == 0) KERNEL_AS(dscale, clear, scale_sum + left, width);
      if (first != 0) KERNEL_AS(dscale, load, dScale, scale_sum, left, width);
      KERNEL_AS(dscale, add_scale_gradient, dY, xhat, scale_sum, first, tile, features, left, width);
      KERNEL_AS(dscale, store, scale_sum, dScale, left, width);
      if (first == 0) KERNEL_AS(dshift, clear, shift_sum + left, width);
      if (first != 0) KERNEL_AS(dshift, load, dShift, shift_sum, left, width);
      KERNEL_AS(dshift, add_shift_gradient, dY, shift_sum, first, tile, features, left, width);
      KERNEL_AS(dshift, store, shift_sum, dShift, left, width);
    }
  }
}
