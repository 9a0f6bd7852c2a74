// Textbook kernels whose operations are known in closed form.
#include <algorithm>
#include <cmath>

void cholesky(double* a, int n) {
  for (int j = 0; j < n; ++j) {
    for (int k = 0; k < j; ++k) a[j * n + j] -= a[j * n + k] * a[j * n + k];
    a[j * n + j] = std::sqrt(a[j * n + j]);
    for (int i = j + 1; i < n; ++i) {
      for (int k = 0; k < j; ++k) a[i * n + j] -= a[i * n + k] * a[j * n + k];
      a[i * n + j] /= a[j * n + j];
    }
  }
}

void eliminate(double* a, int n) {
  for (int k = 0; k < n; ++k) {
    for (int i = k + 1; i < n; ++i) {
      const double factor = a[i * n + k] / a[k * n + k];
      a[i * n + k] = factor;
      for (int j = k + 1; j < n; ++j) a[i * n + j] -= factor * a[k * n + j];
    }
  }
}

void every_other_above(const float* a, float* b, int n) {
  for (int i = 0; i < n; ++i) {
    for (int j = i; j < n; j += 2) b[i] += a[i * n + j];
  }
}

void tiled_transpose(const float* a, float* b, int n) {
  for (int ii = 0; ii < n; ii += 32) {
    for (int jj = 0; jj < n; jj += 32) {
      for (int i = ii; i < std::min(ii + 32, n); ++i) {
        for (int j = jj; j < std::min(jj + 32, n); ++j) b[j * n + i] = a[i * n + j] * 2.0F;
      }
    }
  }
}

void padded_convolution(const float* in, const float* w, float* out, int H, int W) {
  for (int y = 0; y < H; ++y) {
    for (int x = 0; x < W; ++x) {
      float sum = 0;
      for (int i = 0; i < 3; ++i) {
        for (int j = 0; j < 3; ++j) {
          const int from_y = y + i - 1;
          const int from_x = x + j - 1;
          if (from_y >= 0 && from_y < H && from_x >= 0 && from_x < W) sum += in[from_y * W + from_x] * w[i * 3 + j];
        }
      }
      out[y * W + x] = sum;
    }
  }
}

void tree_sum(float* x, int n) {
  for (int half = n / 2; half > 0; half >>= 1) {
    for (int i = 0; i < half; ++i) x[i] += x[i + half];
  }
}

void tetrahedron(const float* a, float* b, int n) {
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j <= i; ++j) {
      for (int k = j; k <= i; ++k) b[i] += a[j] * a[k];
    }
  }
}
