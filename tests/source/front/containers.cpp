// Containers are arrays with a size; iterators are pointers.
#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>
#include <memory>
#include <numeric>
#include <span>
#include <vector>
float reads(const std::vector<float>& v, std::span<const double> s, std::array<float, 8>& a) {
  float m = v.front() + v.back() + v.at(2);
  for (float x : v) m = std::max(m, x);
  for (const auto& x : s) m += x;
  for (auto& x : a) x = 0;
  for (std::size_t i = 0; i < v.size(); ++i) m += v[i];
  for (auto it = v.begin(); it != v.end(); ++it) m += *it;
  for (auto it = v.cbegin(); it < v.cend(); it += 2) m += it[1];
  for (std::size_t i = 0; i < std::size(a); ++i) a[i] = m;
  for (int i : {1, 2, 3}) m += i;
  if (v.empty()) m = std::accumulate(s.begin(), s.end(), 0.0);
  std::memset(a.data(), 0, sizeof(float) * a.size());
  return m + std::distance(v.begin(), v.end());
}
void makes(std::vector<std::vector<float>>& rows, int n) {
  std::vector<float> zeros(n), ones(n, 1.f), none;
  auto owned = std::make_unique<float[]>(n);
  float c[4] = {1};
  for (auto& row : rows)
    for (float& x : row) x += zeros[0] + ones[1] + owned[2] + c[3];
  std::copy(zeros.begin(), zeros.end(), rows[0].begin());
  none.push_back(2);
  for (float x : c) rows[1][2] = x;
}
