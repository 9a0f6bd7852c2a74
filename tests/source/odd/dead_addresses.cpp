// Addresses that outlive the function whose variable they name.
int* keep() {
  int x = 3;
  return &x;
}

int& pick() {
  int x = 3;
  return x;
}

void add_dead(float* a, int n) {
  int* p = keep();
  int& r = pick();
  for (int i = 0; i < n; ++i) a[i] += static_cast<float>(*p + r);
}
