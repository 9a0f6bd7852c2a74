// expect: none
void gather(const float* table, const int* ids, float* out, int n, int width) {
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < width; ++j) out[i * width + j] = table[ids[i] * width + j];
}
