// What the operating system does to this process while it measures.
#pragma once

#include <cstdint>

#include "model/measurement.hpp"

namespace costscan {

/// Counts from its construction on.
class DisturbanceMeter {
 public:
  DisturbanceMeter();
  [[nodiscard]] Disturbance since() const;

 private:
  Disturbance start_;
};

}  // namespace costscan
