// expect: none
#include <cstring>
void lanes(const float* x, float* out, int n) {
  float sums[8];
  memset(sums, 0, sizeof(sums));
  for (int i = 0; i + 8 <= n; i += 8)
    for (int j = 0; j < 8; ++j) sums[j] += x[i + j];
  for (int j = 0; j < 8; ++j) out[j] = sums[j];
}
