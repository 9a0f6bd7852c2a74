// Loops of independent multiply-adds in registers, one per instruction set; chosen at run time.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace costscan::calibrate {

struct PeakKernel {
  std::string_view dtype;         ///< "float32", "float64", "int8", "bfloat16"
  std::string_view instructions;  ///< "AVX-512 FMA"
  double operations_per_round = 0;
  void (*run)(std::int64_t rounds) = nullptr;
};

/// The widest kernel of each element type that this CPU can execute.
[[nodiscard]] std::vector<PeakKernel> usable_peak_kernels();

}  // namespace costscan::calibrate
