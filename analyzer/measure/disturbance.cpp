#include "measure/disturbance.hpp"

#include <sys/resource.h>

#include "measure/machine.hpp"

namespace costscan {
namespace {

/// Since this process began, all its threads together.
Disturbance total() {
  Disturbance out;
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) {
    out.involuntary_switches = usage.ru_nivcsw;
    out.major_faults = usage.ru_majflt;
  }
  out.throttled_us = throttled_us();
  return out;
}

}  // namespace

DisturbanceMeter::DisturbanceMeter() : start_(total()) {}

Disturbance DisturbanceMeter::since() const {
  const Disturbance now = total();
  return {now.involuntary_switches - start_.involuntary_switches, now.major_faults - start_.major_faults,
          now.throttled_us - start_.throttled_us};
}

}  // namespace costscan
