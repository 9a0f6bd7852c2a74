// expect: none
void jacobi(float* a, float* b, int n, int steps) {
  float* current = a;
  float* next = b;
  for (int t = 0; t < steps; ++t) {
    for (int i = 1; i < n - 1; ++i) next[i] = 0.5f * (current[i - 1] + current[i + 1]);
    float* swap = current;
    current = next;
    next = swap;
  }
}
