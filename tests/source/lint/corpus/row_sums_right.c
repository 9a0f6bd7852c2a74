// expect: none
void row_sums(const float* x, float* out, int rows, int cols) {
  for (int r = 0; r < rows; ++r) {
    float s = 0;
    for (int c = 0; c < cols; ++c) s += x[r * cols + c];
    out[r] = s;
  }
}
