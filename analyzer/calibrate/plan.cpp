#include "calibrate/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

#include "measure/fill.hpp"

namespace costscan::calibrate {
namespace {

// What a graph may hold so that its operands stay in a cache of the usual size from one run to the next.
constexpr std::int64_t most_warm_bytes = std::int64_t{4} << 20U;
// Beyond the warm ones: bounded by memory and by the time to fill it.
constexpr std::int64_t most_bytes = std::int64_t{160} << 20U;
constexpr double most_flops = 2e9;
constexpr std::size_t most_cases = 40;
// Products of so many rows run at the same speed wherever their weights are: their graphs need not be small.
constexpr double most_flops_per_warm_byte = 64;

struct Key {
  int rank = 0;
  std::size_t family = 0;
  CacheContext context = CacheContext::warm;
  std::int64_t opset = 0;
  bool after_gemm = false;
  bool compute = false;

  auto operator<=>(const Key&) const = default;
};

struct Sized {
  Case one;
  std::int64_t bytes = 0;
};

std::int64_t bytes_of(const Case& one) {
  GraphBuilder dry({one.context, one.opset, one.after_gemm});
  one.build(dry);
  return dry.bytes();
}

bool is_full(const Batch& batch, const Sized& next, bool compute) {
  const bool small = batch.options.context == CacheContext::warm && !compute;
  const std::int64_t limit = small ? most_warm_bytes : most_bytes;
  return !batch.cases.empty() && (batch.bytes + next.bytes > limit || batch.flops + next.one.flops > most_flops ||
                                  batch.cases.size() >= most_cases);
}

std::string name_of(const Batch& batch, int rank) {
  std::string ids;
  for (const Case& one : batch.cases) ids += one.id + '\n';
  return fmt::format("{}/{}/{}{}/{:016x}", rank, batch.family, costscan::to_string(batch.options.context),
                     batch.options.after_gemm ? "+gemm" : "", seed_of(ids));
}

void split(std::vector<Batch>& out, const Key& key, std::string_view family, std::vector<Sized> cases) {
  Batch batch;
  const auto close = [&] {
    if (batch.cases.empty()) return;
    batch.id = name_of(batch, key.rank);
    out.push_back(std::exchange(batch, {}));
  };
  for (Sized& sized : cases) {
    if (is_full(batch, sized, key.compute)) close();
    batch.family = std::string(family);
    batch.options = {key.context, key.opset, key.after_gemm};
    batch.flops += sized.one.flops;
    batch.bytes += sized.bytes;
    batch.cases.push_back(std::move(sized.one));
  }
  close();
}

}  // namespace

std::string_view to_string(Mode mode) noexcept { return mode == Mode::quick ? "quick" : "full"; }

std::span<const Family> families() noexcept {
  static constexpr std::array table{
      Family{"gemm", gemm_cases},
      Family{"conv", conv_cases},
      Family{"bmm", bmm_cases},
      Family{"elementwise", elementwise_cases},
      Family{"rows", row_cases},
      Family{"depthwise", depthwise_cases},
      Family{"transpose", transpose_cases},
      Family{"movement", movement_cases},
      Family{"first and 1-D conv", other_conv_cases},
      Family{"fused activations", activation_cases},
      Family{"pools", pool_cases},
      Family{"attention", attention_cases},
      Family{"int8", quantized_cases},
      Family{"int8 conv", quantized_conv_cases},
      Family{"recurrent", recurrent_cases},
      Family{"float16", half_cases},
  };
  return table;
}

std::vector<Batch> plan_batches(Mode mode) {
  std::map<Key, std::vector<Sized>> groups;
  for (std::size_t f = 0; f < families().size(); ++f) {
    for (Case& one : families()[f].cases()) {
      if (mode == Mode::quick && one.rank > 0) continue;
      const std::int64_t bytes = bytes_of(one);
      const bool compute = one.flops > most_flops_per_warm_byte * static_cast<double>(std::max<std::int64_t>(bytes, 1));
      const Key key{one.rank, f, one.context, one.opset, one.after_gemm, compute};
      groups[key].push_back({std::move(one), bytes});
    }
  }
  std::vector<Batch> out;
  for (auto& [key, cases] : groups) split(out, key, families()[key.family].name, std::move(cases));
  return out;
}

Batch stability_batch() {
  static constexpr std::array sample{"gemm/128x768x768",
                                     "gemm/1x768x768",
                                     "conv/128-128/k3x3/s1/g1/28x28",
                                     "bmm/12x64x64x64",
                                     "Add/same/16384",
                                     "Mul/scalar/150528",
                                     "Softmax/128x512",
                                     "LayerNormalization/128x768",
                                     "com.microsoftGelu/150528",
                                     "Transpose/1x128x12x64/0x2x1x3",
                                     "Concat/2/1x64x1600/1"};
  Batch batch;
  batch.id = batch.family = "stability";
  for (const Family& family : families()) {
    for (Case& one : family.cases()) {
      if (one.context != CacheContext::warm || std::ranges::find(sample, one.id) == sample.end()) continue;
      batch.flops += one.flops;
      batch.bytes += bytes_of(one);
      batch.cases.push_back(std::move(one));
    }
  }
  return batch;
}

double estimated_seconds(const Batch& batch, double flops_per_second) noexcept {
  constexpr double bytes_per_second = 5e9;
  constexpr double per_case = 30e-6;
  return batch.flops / flops_per_second + static_cast<double>(batch.bytes) / bytes_per_second +
         per_case * static_cast<double>(batch.cases.size());
}

std::string plan_id(const std::vector<Batch>& batches) {
  std::string ids;
  for (const Batch& batch : batches) ids += batch.id + '\n';
  return fmt::format("{:016x}", seed_of(ids));
}

}  // namespace costscan::calibrate
