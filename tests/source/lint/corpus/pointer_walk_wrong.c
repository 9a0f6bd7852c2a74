// expect: overwritten_accumulator line 6 contributing 1
float energy(const float* p, int n) {
  const float* end = p + n;
  float s = 0;
  while (p != end) {
    s = *p * *p;
    ++p;
  }
  return s;
}
