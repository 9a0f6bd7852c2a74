// The same batch at several times: a slow minute of the machine must not become a rate.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "predict/calibration.hpp"

namespace costscan::calibrate {

/// Points of one batch, each round measured apart in time from the others.
using Rounds = std::vector<std::vector<CalibrationPoint>>;

/// Step of a batch's later rounds: the batch's id and the round's number, from 2.
[[nodiscard]] std::string step_of(std::string_view batch_id, std::int32_t round);

/// The batch's id of any round's step.
[[nodiscard]] std::string_view batch_of(std::string_view step) noexcept;

/// One point for each that any round has, with the median of its rounds: what a model's own latency, a median over time
/// too, is compared with. What differs between rounds counts as spread.
[[nodiscard]] std::vector<CalibrationPoint> agreed_points(const Rounds& rounds);

/// Of each point in two rounds or more, the second fastest time over the fastest. Points below 5 us are left out: the
/// profile's whole microseconds would tell of rounding.
[[nodiscard]] std::vector<double> round_ratios(const Rounds& rounds);

/// Whether another round is worth its time: more than a twentieth of the points have not been confirmed within a tenth.
[[nodiscard]] bool wants_another_round(const Rounds& rounds);

}  // namespace costscan::calibrate
