// Narrow floating types keep their width.
void convert(_Float16* h, __bf16* b, float* f, long double* l, int n) {
  for (int i = 0; i < n; ++i) {
    h[i] = h[i] * (_Float16)2 + (_Float16)f[i];
    f[i] = b[i];
    l[i] += f[i];
  }
}
