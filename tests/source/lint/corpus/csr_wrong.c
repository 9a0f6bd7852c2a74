// expect: overwritten_accumulator line 5
void spmv(const int* row, const int* col, const float* v, const float* x, float* y, int n) {
  for (int i = 0; i < n; ++i) {
    y[i] = 0;
    for (int j = row[i]; j < row[i + 1]; ++j) y[i] = v[j] * x[col[j]];
  }
}
