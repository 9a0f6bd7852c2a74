// Members become variables of their own; records in memory stay records.
struct Shape {
  int rows, cols;
};
struct Params {
  Shape shape;
  float eps = 1e-5f;
  const float* gamma;
};
struct Point {
  float x, y;
};
void by_reference(float* x, const Params& p) {
  for (int i = 0; i < p.shape.rows * p.shape.cols; ++i) x[i] *= p.eps + p.gamma[i];
}
void by_pointer(float* x, const Params* p, Shape s) { x[p->shape.cols] = s.rows + (*p).eps; }
void calls(float* x, int n) {
  Params p{{n, 4}, 1e-3f, x};
  Shape s = {.rows = 2, .cols = n};
  Params copy = p;
  Params* alias = &copy;
  alias->eps = 2;
  copy.shape = s;
  by_reference(x, copy);
  by_pointer(x, &p, copy.shape);
  by_pointer(x, alias, s);
}
float in_memory(Point* points, int n) {
  float sum = 0;
  for (int i = 0; i < n; ++i) {
    const Point& p = points[i];
    sum += p.x + points[i].y + (points + i)->x;
  }
  auto [a, b] = points[0];
  auto& [c, d] = points[1];
  c = a + b + d;
  return sum;
}
Point add(Point a, const Point& b) { return {a.x + b.x, a.y + b.y}; }
Point returns(Point* points) {
  Point sum = add(points[0], points[1]);
  sum = add(sum, sum);
  points[2] = sum;
  return sum;
}
float parts(Point (&points)[3]) {
  float sum = 0;
  for (auto [x, y] : points) sum += x * y;
  for (auto& [x, y] : points) x += y;
  return sum;
}
