// expect: none
void wave(float* y, int n, float dt) {
  float t = 0;
  for (int i = 0; i < n; ++i) {
    y[i] = t * t;
    t += dt;
  }
}
