// expect: none
// dim: h=1080
// dim: w=1920
float total(const float* image, int h, int w) {
  float s = 0;
  for (int y = 0; y < h; ++y) {
    float row = 0;
    for (int x = 0; x < w; ++x) row += image[y * w + x];
    s += row;
  }
  return s;
}
