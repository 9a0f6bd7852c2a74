// Kernels of networks as they are written.
#include <algorithm>
#include <cmath>
void matmul(const float* a, const float* b, float* c, int m, int n, int k) {
  for (int i = 0; i < m; ++i)
    for (int j = 0; j < n; ++j) {
      float sum = 0.0f;
      for (int p = 0; p < k; ++p) sum += a[i * k + p] * b[p * n + j];
      c[i * n + j] = sum;
    }
}
void quantised_matmul(const signed char* a, const signed char* b, int* c, int m, int n, int k) {
  for (int i = 0; i < m; ++i)
    for (int j = 0; j < n; ++j) {
      int sum = 0;
      for (int p = 0; p < k; ++p) sum += static_cast<int>(a[i * k + p]) * static_cast<int>(b[p * n + j]);
      c[i * n + j] = sum;
    }
}
void softmax(const float* x, float* y, int rows, int cols) {
  for (int r = 0; r < rows; ++r) {
    float largest = x[r * cols];
    for (int c = 1; c < cols; ++c) largest = std::max(largest, x[r * cols + c]);
    float sum = 0.0f;
    for (int c = 0; c < cols; ++c) {
      y[r * cols + c] = std::exp(x[r * cols + c] - largest);
      sum += y[r * cols + c];
    }
    for (int c = 0; c < cols; ++c) y[r * cols + c] /= sum;
  }
}
void layer_norm(const float* x, const float* scale, const float* bias, float* y, int rows, int width, float eps) {
  for (int r = 0; r < rows; ++r) {
    const float* in = x + static_cast<long>(r) * width;
    float* out = y + static_cast<long>(r) * width;
    float mean = 0.0f;
    for (int i = 0; i < width; ++i) mean += in[i];
    mean /= static_cast<float>(width);
    float variance = 0.0f;
    for (int i = 0; i < width; ++i) {
      const float d = in[i] - mean;
      variance += d * d;
    }
    variance /= static_cast<float>(width);
    const float inverse = 1.0f / std::sqrt(variance + eps);
    for (int i = 0; i < width; ++i) out[i] = (in[i] - mean) * inverse * scale[i] + bias[i];
  }
}
void convolution(const float* x, const float* w, float* y, int channels, int filters, int height, int width) {
  for (int f = 0; f < filters; ++f)
    for (int i = 0; i < height - 2; ++i)
      for (int j = 0; j < width - 2; ++j) {
        float sum = 0.0f;
        for (int c = 0; c < channels; ++c)
          for (int a = 0; a < 3; ++a)
            for (int b = 0; b < 3; ++b)
              sum += x[(c * height + i + a) * width + j + b] * w[((f * channels + c) * 3 + a) * 3 + b];
        y[(f * (height - 2) + i) * (width - 2) + j] = sum;
      }
}
void causal_scores(const float* q, const float* k, float* s, int length, int depth) {
  for (int i = 0; i < length; ++i)
    for (int j = 0; j <= i; ++j) {
      float sum = 0.0f;
      for (int d = 0; d < depth; ++d) sum += q[i * depth + d] * k[j * depth + d];
      s[i * length + j] = sum;
    }
}
void stencil(const float* x, float* y, int m, int n) {
  for (int i = 1; i < m - 1; ++i)
    for (int j = 1; j < n - 1; ++j)
      y[i * n + j] =
          0.2f * (x[i * n + j] + x[(i - 1) * n + j] + x[(i + 1) * n + j] + x[i * n + j - 1] + x[i * n + j + 1]);
}
void transpose(const float* x, float* y, int m, int n) {
  for (int i = 0; i < m; ++i)
    for (int j = 0; j < n; ++j) y[j * m + i] = x[i * n + j];
}
void histogram(const unsigned char* x, int* counts, int n) {
  for (int i = 0; i < n; ++i) counts[x[i]]++;
}
void gather(const float* table, const int* rows, float* y, int n, int width) {
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < width; ++j) y[i * width + j] = table[rows[i] * width + j];
}
