// Switches on symbols and indices, with more cases than conditions can be multiplied out.
#include <cmath>

float many(const float* x, int op, int n) {
  float r = 0;
  for (int i = 0; i < n; ++i) {
    switch (op) {
      case 0: r += x[i]; break;
      case 1: r += x[i] * x[i]; break;
      case 2: r += std::fabs(x[i]); break;
      case 3: r += std::sqrt(x[i]); break;
      case 4: r += std::log(x[i]); break;
      case 5: r += std::exp(x[i]); break;
      case 6: r += x[i] * x[i] * x[i]; break;
      case 7: r -= x[i]; break;
      case 8:
      case 9: r *= x[i]; break;
      case 10: {
        const float t = x[i];
        r += t + t;
        break;
      }
      case 11: r += 1.0f; break;
      default: break;
    }
  }
  return r;
}

void phases(const float* x, float* y, int n) {
  for (int i = 0; i < n; ++i) {
    switch (i % 4) {
      case 0: y[i] = x[i]; break;
      case 1: y[i] = x[i] * 2; break;
      case 2: y[i] = x[i] * x[i] + 1; break;
      default: y[i] = std::sqrt(x[i]); break;
    }
  }
}

// The rest of an unrolled loop: each case falls into the next.
void tail(const float* x, float* y, int n) {
  int i = 0;
  for (; i + 4 <= n; i += 4) {
    y[i] = 2 * x[i];
    y[i + 1] = 2 * x[i + 1];
    y[i + 2] = 2 * x[i + 2];
    y[i + 3] = 2 * x[i + 3];
  }
  switch (n - i) {
    case 3: y[i + 2] = 2 * x[i + 2]; [[fallthrough]];
    case 2: y[i + 1] = 2 * x[i + 1]; [[fallthrough]];
    case 1: y[i] = 2 * x[i]; break;
    default: break;
  }
}
