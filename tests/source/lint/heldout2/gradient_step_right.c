// expect: none
float train(const float* x, const float* y, float* w, int n, int dim, int epochs, float rate) {
  float loss = 0;
  for (int e = 0; e < epochs; ++e) {
    loss = 0;
    for (int i = 0; i < n; ++i) {
      float p = 0;
      for (int d = 0; d < dim; ++d) p += w[d] * x[i * dim + d];
      const float error = p - y[i];
      loss += error * error;
      for (int d = 0; d < dim; ++d) w[d] -= rate * error * x[i * dim + d];
    }
  }
  return loss;
}
