// expect: uninitialised_accumulator line 5
void histogram_of_lanes(const float* x, float* out, int n) {
  float lanes[8];
  for (int i = 0; i + 8 <= n; i += 8)
    for (int j = 0; j < 8; ++j) lanes[j] += x[i + j];
  for (int j = 0; j < 8; ++j) out[j] = lanes[j];
}
