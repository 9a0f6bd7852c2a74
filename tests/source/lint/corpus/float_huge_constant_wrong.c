// expect: long_float_accumulation line 5
static float samples[1 << 28];
float sum(void) {
  float s = 0;
  for (long i = 0; i < (1L << 28); ++i) s += samples[i];
  return s;
}
