#include <complex.h>

void spin(double complex *z, double angle, int n) {
  for (int i = 0; i < n; ++i) z[i] = ~z[i] * cexp(angle * I) + __real__ z[i];
}
