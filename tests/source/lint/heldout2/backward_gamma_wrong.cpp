// expect: overwritten_accumulator line 11 contributing 1 of 128
// dim: rows=128
// dim: hidden=16
void layer_norm_backward(const float* dy, const float* xhat, float* dgamma, float* dbeta, int rows, int hidden) {
  for (int i = 0; i < hidden; ++i) {
    dgamma[i] = 0;
    dbeta[i] = 0;
  }
  for (int r = 0; r < rows; ++r) {
    for (int i = 0; i < hidden; ++i) {
      dgamma[i] = dy[r * hidden + i] * xhat[r * hidden + i];
      dbeta[i] += dy[r * hidden + i];
    }
  }
}
