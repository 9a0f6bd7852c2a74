// What the interpolation asks: the total at a point, each asked once.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace costscan::closed_forms {

/// One value for each free dimension.
using Point = std::vector<std::int64_t>;

struct Answer {
  std::optional<std::int64_t> total;  ///< nullopt: the model does not take this point
  bool give_up = false;               ///< no further points will be answered: the budget is spent
};

using TotalAt = std::function<Answer(const Point&)>;

class Samples {
 public:
  explicit Samples(TotalAt total_at) : total_at_(std::move(total_at)) {}

  /// The total, or nullopt where there is none.
  std::optional<std::int64_t> at(const Point& point) {
    const auto known = answers_.find(point);
    if (known != answers_.end()) return known->second;
    if (gave_up_) return std::nullopt;
    const Answer answer = total_at_(point);
    gave_up_ = answer.give_up;
    if (!gave_up_) answers_.emplace(point, answer.total);
    return answer.total;
  }

  [[nodiscard]] bool gave_up() const noexcept { return gave_up_; }
  [[nodiscard]] const std::map<Point, std::optional<std::int64_t>>& answers() const noexcept { return answers_; }

 private:
  TotalAt total_at_;
  std::map<Point, std::optional<std::int64_t>> answers_;
  bool gave_up_ = false;
};

}  // namespace costscan::closed_forms
