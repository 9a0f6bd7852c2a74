// expect: long_float_accumulation line 7
// dim: h=1080
// dim: w=1920
float total(const float* image, int h, int w) {
  float s = 0;
  for (int y = 0; y < h; ++y)
    for (int x = 0; x < w; ++x) s += image[y * w + x];
  return s;
}
