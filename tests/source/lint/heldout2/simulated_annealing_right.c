// expect: none
float walk(const float* noise, int n, float x) {
  float energy = x * x;
  float best = energy;
  for (int i = 0; i < n; ++i) {
    float y = x + noise[i];
    float e = y * y;
    if (e < energy) {
      x = y;
      energy = e;
    }
    if (energy < best) best = energy;
  }
  return best;
}
