// Conditions on indices are exact; conditions on data are bounds, from the cheaper to the dearer way.
void diagonal(float* a, int n) {
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) {
      if (i == j) a[i * n + j] += 1.0f;
    }
}
void below(const float* a, float* s, int n) {
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j)
      if (j <= i) s[0] += a[i * n + j];
}
void every_third(float* x, int n) {
  for (int i = 0; i < n; ++i)
    if (i % 3 == 0) x[i] *= 2.0f;
}
void padded(const float* x, const float* w, float* y, int h) {
  for (int o = 0; o < h; ++o) {
    float sum = 0.0f;
    for (int k = 0; k < 3; ++k) {
      const int i = o + k - 1;
      if (i >= 0 && i < h) sum += x[i] * w[k];
    }
    y[o] = sum;
  }
}
void padded_by_continue(const float* x, const float* w, float* y, int h) {
  for (int o = 0; o < h; ++o) {
    float sum = 0.0f;
    for (int k = 0; k < 3; ++k) {
      const int i = o + k - 1;
      if (i < 0 || i >= h) continue;
      sum += x[i] * w[k];
    }
    y[o] = sum;
  }
}
void relu(float* x, int n) {
  for (int i = 0; i < n; ++i)
    if (x[i] < 0.0f) x[i] = 0.0f;
}
void relu_either_way(const float* x, float* y, int n) {
  for (int i = 0; i < n; ++i) {
    if (x[i] > 0.0f)
      y[i] = x[i];
    else
      y[i] = 0.0f;
  }
}
void same_cost(const float* x, float* y, int n) {
  for (int i = 0; i < n; ++i) y[i] = x[i] > 0.0f ? x[i] * 2.0f : x[i] * 3.0f;
}
int find(const float* x, int n, float value) {
  for (int i = 0; i < n; ++i)
    if (x[i] == value) return i;
  return -1;
}
void until(float* x, int n) {
  for (int i = 0; i < n; ++i) {
    if (x[i] == 0.0f) break;
    x[i] += 1.0f;
  }
}
float newton(float a) {
  float x = a;
  while (x * x - a > 1e-6f) x = 0.5f * (x + a / x);
  return x;
}
void guarded(float* x, int n) {
  if (n == 0) return;
  for (int i = 0; i < n; ++i) x[i] += 1.0f;
}
void switched(float* x, int n, int mode) {
  for (int i = 0; i < n; ++i) {
    switch (mode) {
      case 0: x[i] += 1.0f; break;
      case 1: x[i] = x[i] * 2.0f + 1.0f; break;
      default: break;
    }
  }
}
void twice(float* x, int n, bool again) {
  for (int i = 0; i < n; ++i) {
    x[i] += 1.0f;
    if (again) x[i] += 1.0f;
  }
}
void first_ten(float* x, int n) {
  for (int i = 0; i < n; ++i) {
    if (i == 10) break;
    x[i] += 1.0f;
  }
}
void both_hold(const float* x, const float* y, float* s, int n) {
  for (int i = 0; i < n; ++i)
    if (i > 0 && x[i] > y[i]) s[0] += 1.0f;
}
void without_end(float* x, int n) {
  int i = 0;
  while (i < n) x[i] += 1.0f;
}
void either_decides(const float* x, float* y, int n) {
  for (int i = 0; i < n; ++i)
    if (i == 0 || x[i] > 0.0f) y[i] = 1.0f;
}
void compacted(const float* x, float* y, int n) {
  int kept = 0;
  for (int i = 0; i < n; ++i)
    if (x[i] > 0.0f) y[kept++] = x[i];
  for (int i = 0; i < kept; ++i) y[i] *= 2.0f;
}
int sorted_position(const float* x, int n, float value) {
  int low = 0;
  int high = n;
  while (low < high) {
    const int middle = (low + high) / 2;
    if (x[middle] < value)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}
