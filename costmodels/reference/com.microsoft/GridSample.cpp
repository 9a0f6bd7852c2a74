// Samples a tensor at given positions.
#include "../reference.hpp"
#include "../templates/grid_sample.hpp"

void run(In X, In grid, Out Y, Out pixels, Index N, Index C, Index H, Index W, Index OH, Index OW, real scale_x,
         real shift_x, real scale_y, real shift_y) {
  KERNEL(positions, grid, pixels, N * OH * OW, scale_x, shift_x, scale_y, shift_y);
  KERNEL(sample, X, pixels, Y, N, C, H, W, OH, OW);
}
