// expect: uninitialised_accumulator line 6
#include <stdlib.h>
void column_means(const float* x, float* out, int rows, int cols) {
  float* sums = (float*)malloc(sizeof(float) * cols);
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < cols; ++c) sums[c] += x[r * cols + c];
  for (int c = 0; c < cols; ++c) out[c] = sums[c] / rows;
  free(sums);
}
