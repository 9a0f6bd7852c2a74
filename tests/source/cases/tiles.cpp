// Tiled loops: the tiles together cover each element once, also where the last tile is short.
#include <algorithm>
void tiled_sum(const float* x, float* s, int n) {
  for (int t = 0; t < n; t += 32)
    for (int i = t; i < std::min(t + 32, n); ++i) s[0] += x[i];
}
void tiled_by_symbol(const float* x, float* s, int n, int tile) {
  for (int t = 0; t < n; t += tile) {
    const int end = t + tile < n ? t + tile : n;
    for (int i = t; i < end; ++i) s[0] += x[i];
  }
}
void tiled_clamped(const float* x, float* s, int n, int tile) {
  for (int t = 0; t < n; t += tile) {
    int end = t + tile;
    if (end > n) end = n;
    for (int i = t; i < end; ++i) s[0] += x[i];
  }
}
void tiled_matmul(const float* a, const float* b, float* c, int m, int n, int k, int tile) {
  for (int ii = 0; ii < m; ii += tile)
    for (int jj = 0; jj < n; jj += tile)
      for (int kk = 0; kk < k; kk += tile)
        for (int i = ii; i < std::min(ii + tile, m); ++i)
          for (int j = jj; j < std::min(jj + tile, n); ++j)
            for (int p = kk; p < std::min(kk + tile, k); ++p) c[i * n + j] += a[i * k + p] * b[p * n + j];
}
void counted_tiles(const float* x, float* y, int n) {
  const int tiles = (n + 15) / 16;
  for (int t = 0; t < tiles; ++t) {
    float sum = 0.0f;
    for (int i = 0; i < 16; ++i)
      if (t * 16 + i < n) sum += x[t * 16 + i];
    y[t] = sum;
  }
}
void staged(const float* x, float* y, int n) {
  float buffer[16];
  for (int t = 0; t < n; t += 16) {
    for (int i = 0; i < 16; ++i) buffer[i] = x[t + i] * 2.0f;
    for (int i = 0; i < 16; ++i) y[t + i] = buffer[15 - i];
  }
}
void last_tile_apart(float* x, int tiles) {
  for (int t = 0; t < tiles; ++t) {
    if (t == tiles - 1) {
      x[t] = x[t] * 2.0f + 1.0f;
    } else {
      x[t] *= 2.0f;
    }
  }
}
