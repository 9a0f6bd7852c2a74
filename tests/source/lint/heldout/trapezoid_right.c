// expect: none
double integrate(const double* y, int n, double h) {
  double area = 0, previous = y[0];
  for (int i = 1; i < n; ++i) {
    area += 0.5 * h * (previous + y[i]);
    previous = y[i];
  }
  return area;
}
