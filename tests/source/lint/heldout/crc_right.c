// expect: none
unsigned crc(const unsigned char* x, int n) {
  unsigned c = 0xffffffffu;
  for (int i = 0; i < n; ++i) {
    c ^= x[i];
    for (int k = 0; k < 8; ++k) c = (c >> 1) ^ (0xedb88320u & (0u - (c & 1u)));
  }
  return ~c;
}
