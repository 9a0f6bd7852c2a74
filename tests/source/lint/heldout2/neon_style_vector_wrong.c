// expect: overwritten_accumulator line 5 contributing 1
typedef float v4 __attribute__((vector_size(16)));
float dot(const v4* x, const v4* y, int n) {
  v4 acc = {0, 0, 0, 0};
  for (int i = 0; i < n; ++i) acc = x[i] * y[i];
  return acc[0] + acc[1] + acc[2] + acc[3];
}
