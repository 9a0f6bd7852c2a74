// expect: none
void column_sums(const float* x, float* out, int rows, int cols) {
  for (int c = 0; c < cols; ++c) out[c] = 0;
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < cols; ++c) out[c] += x[r * cols + c];
}
