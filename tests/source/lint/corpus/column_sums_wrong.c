// expect: overwritten_accumulator line 6 contributing 1 of 12
// dim: rows=12
// dim: cols=5
void weighted_column_sums(const float* x, const float* w, float* out, int rows, int cols) {
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < cols; ++c) out[c] = w[r] * x[r * cols + c];
}
