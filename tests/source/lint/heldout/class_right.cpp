// expect: none
class Meter {
 public:
  void add(float v) {
    sum_ += v;
    ++count_;
  }
  float mean() const { return count_ ? sum_ / count_ : 0; }

 private:
  float sum_ = 0;
  int count_ = 0;
};
float mean(const float* x, int n) {
  Meter meter;
  for (int i = 0; i < n; ++i) meter.add(x[i]);
  return meter.mean();
}
