// The features of a fingerprint: one table of names, and their values for one model.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace costscan {

/// How a feature enters the distance between models.
enum class FeatureScale {
  apart,      ///< not compared: sizes, and what depends on the machine
  plain,      ///< a share or a ratio near 0 to 1
  logarithm,  ///< a count: log(1 + x)
};

struct FeatureSpec {
  std::string name;     ///< column of the CSV
  std::string summary;  ///< one line
  FeatureScale scale = FeatureScale::apart;
};

/// All features, in the order of the columns. Those of patterns are named pattern_NAME, one for each detector.
[[nodiscard]] std::span<const FeatureSpec> feature_specs();
[[nodiscard]] std::optional<std::size_t> feature_index(std::string_view name);

/// Values by feature; nullopt: not known.
class FeatureSet {
 public:
  FeatureSet() : values_(feature_specs().size()) {}

  /// `name` is in feature_specs(); anything else is a defect that the tests find.
  void set(std::string_view name, double value);
  [[nodiscard]] std::optional<double> get(std::string_view name) const;
  [[nodiscard]] std::optional<double> at(std::size_t index) const { return values_[index]; }
  [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }

 private:
  std::vector<std::optional<double>> values_;
};

/// The value as distances see it: 0 where it is not known.
[[nodiscard]] double compared_value(const FeatureSpec& spec, std::optional<double> value);

}  // namespace costscan
