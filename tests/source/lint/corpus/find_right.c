// expect: none
int find(const float* x, int n, float key) {
  int at = -1;
  for (int i = 0; i < n; ++i) {
    if (x[i] == key) {
      at = i;
      break;
    }
  }
  return at;
}
