// expect: none
void histogram(const unsigned char* x, int* bins, int n) {
  for (int i = 0; i < 256; ++i) bins[i] = 0;
  for (int i = 0; i < n; ++i) bins[x[i]]++;
}
