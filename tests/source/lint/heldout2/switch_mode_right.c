// expect: none
float reduce(const float* x, int n, int mode) {
  float s = mode == 1 ? 1.0f : 0.0f;
  for (int i = 0; i < n; ++i) {
    switch (mode) {
      case 0:
        s += x[i];
        break;
      case 1:
        s *= x[i];
        break;
      default:
        if (x[i] > s) s = x[i];
        break;
    }
  }
  return s;
}
