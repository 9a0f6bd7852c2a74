// expect: none
int nearest(const float* points, const float* q, int n, int dim) {
  int best = -1;
  float best_distance = 1e30f;
  for (int i = 0; i < n; ++i) {
    float d = 0;
    for (int j = 0; j < dim; ++j) {
      float delta = points[i * dim + j] - q[j];
      d += delta * delta;
    }
    if (d < best_distance) {
      best_distance = d;
      best = i;
    }
  }
  return best;
}
