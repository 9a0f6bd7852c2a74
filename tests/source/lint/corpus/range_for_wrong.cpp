// expect: overwritten_accumulator line 7 contributing 1 of 9
// dim: x_size=9
#include <vector>
double energy(const std::vector<double>& x) {
  double e = 0;
  for (double v : x) {
    e = v * v;
  }
  return e;
}
