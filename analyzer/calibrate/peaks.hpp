// What the hardware can do, measured by loops of our own without any runtime: the roof that a runtime's efficiency is
// told from.
#pragma once

#include <cstdint>
#include <vector>

#include "measure/caches.hpp"
#include "model/measurement.hpp"
#include "predict/calibration.hpp"

namespace costscan::calibrate {

/// Multiply-adds per second of all `threads` together, by element type, with the widest instructions that this CPU has.
[[nodiscard]] std::vector<ComputePeak> measure_compute_peaks(std::int32_t threads);

/// Copies within each level of cache and in memory, bytes read plus written, all `threads` together. Levels whose size
/// the system does not tell are left out.
/// Error (measurement) where memory is short.
[[nodiscard]] Result<std::vector<CopyBandwidth>> measure_copy_bandwidth(std::int32_t threads);

/// The rate of each level among copies of growing footprints.
[[nodiscard]] std::vector<CopyBandwidth> copy_levels(const std::vector<CopyRate>& rates, std::int32_t threads,
                                                     const CacheSizes& caches);

}  // namespace costscan::calibrate
