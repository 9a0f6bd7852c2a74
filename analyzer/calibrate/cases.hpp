// What calibration measures: families of micro-graph cases, one table each.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "calibrate/graph_builder.hpp"

namespace costscan::calibrate {

/// One operator (with its operands' producers) in one setting.
struct Case {
  std::string id;  ///< unique: "gemm/128x768x768"
  CacheContext context = CacheContext::warm;
  int rank = 0;      ///< 0 matters most: the order in which a box of time is filled (see last_rank)
  double flops = 0;  ///< about; decides how many cases share a graph and how often it runs
  std::function<void(GraphBuilder&)> build{};  ///< adds the operator to a graph
  std::int64_t opset = 17;
  bool after_gemm = false;    ///< see GraphOptions
  bool plain_layout = false;  ///< see GraphOptions
};

/// Cases whose times mean the same, e.g. all matrix products with constant weights.
struct Family {
  std::string_view name;
  std::vector<Case> (*cases)();
};

/// The one table to extend.
[[nodiscard]] std::span<const Family> families() noexcept;

// One table per file or per group of operators.
[[nodiscard]] std::vector<Case> gemm_cases();
[[nodiscard]] std::vector<Case> bmm_cases();
[[nodiscard]] std::vector<Case> conv_cases();
[[nodiscard]] std::vector<Case> depthwise_cases();
[[nodiscard]] std::vector<Case> other_conv_cases();
[[nodiscard]] std::vector<Case> plain_conv_cases();
[[nodiscard]] std::vector<Case> activation_cases();
[[nodiscard]] std::vector<Case> elementwise_cases();
[[nodiscard]] std::vector<Case> row_cases();
[[nodiscard]] std::vector<Case> integer_cases();
[[nodiscard]] std::vector<Case> transpose_cases();
[[nodiscard]] std::vector<Case> movement_cases();
[[nodiscard]] std::vector<Case> pool_cases();
[[nodiscard]] std::vector<Case> attention_cases();
[[nodiscard]] std::vector<Case> quantized_cases();
[[nodiscard]] std::vector<Case> quantized_conv_cases();
[[nodiscard]] std::vector<Case> half_cases();
[[nodiscard]] std::vector<Case> recurrent_cases();
[[nodiscard]] std::vector<Case> rare_cases();

}  // namespace costscan::calibrate
