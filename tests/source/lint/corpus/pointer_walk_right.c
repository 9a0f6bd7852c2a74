// expect: none
float sum(const float* p, int n) {
  const float* end = p + n;
  float s = 0;
  while (p != end) s += *p++;
  return s;
}
