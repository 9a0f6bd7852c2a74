// expect: none
void spmv(const int* row, const int* col, const float* v, const float* x, float* y, int n) {
  for (int i = 0; i < n; ++i) {
    float s = 0;
    for (int j = row[i]; j < row[i + 1]; ++j) s += v[j] * x[col[j]];
    y[i] = s;
  }
}
