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

// Weights that a graph may hold so that they stay in a cache of the usual size from one run to the next. Activations
// are made just before they are used: they need less of it.
constexpr std::int64_t most_warm_weights = std::int64_t{4} << 20U;
constexpr std::int64_t most_warm_bytes = std::int64_t{32} << 20U;
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
  bool plain_layout = false;
  bool compute = false;

  auto operator<=>(const Key&) const = default;
};

struct Sized {
  Case one;
  std::int64_t bytes = 0;
  std::int64_t weight_bytes = 0;
};

Sized sized(Case one) {
  GraphBuilder dry({one.context, one.opset, one.after_gemm, one.plain_layout});
  one.build(dry);
  return {std::move(one), dry.bytes(), dry.weight_bytes()};
}

bool is_full(const Batch& batch, const Sized& next, bool compute) {
  if (batch.cases.empty()) return false;
  if (batch.flops + next.one.flops > most_flops || batch.cases.size() >= most_cases) return true;
  if (batch.options.context != CacheContext::warm || compute) return batch.bytes + next.bytes > most_bytes;
  return batch.bytes + next.bytes > most_warm_bytes || batch.weight_bytes + next.weight_bytes > most_warm_weights;
}

std::string name_of(const Batch& batch, int rank) {
  std::string ids;
  for (const Case& one : batch.cases) ids += one.id + '\n';
  return fmt::format("{}/{}/{}{}/{:016x}", rank, batch.family, costscan::to_string(batch.options.context),
                     batch.options.after_gemm     ? "+gemm"
                     : batch.options.plain_layout ? "+plain"
                                                  : "",
                     seed_of(ids));
}

void split(std::vector<Batch>& out, const Key& key, std::string_view family, std::vector<Sized> cases) {
  Batch batch;
  const auto close = [&] {
    if (batch.cases.empty()) return;
    batch.id = name_of(batch, key.rank);
    out.push_back(std::exchange(batch, {}));
  };
  for (Sized& next : cases) {
    if (is_full(batch, next, key.compute)) close();
    batch.family = std::string(family);
    batch.options = {key.context, key.opset, key.after_gemm, key.plain_layout};
    batch.flops += next.one.flops;
    batch.bytes += next.bytes;
    batch.weight_bytes += next.weight_bytes;
    batch.cases.push_back(std::move(next.one));
  }
  close();
}

}  // namespace

int last_rank(Mode mode) noexcept { return mode == Mode::quick ? 0 : 2; }

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
      Family{"plain convolutions", plain_conv_cases},
      Family{"integers and booleans", integer_cases},
      Family{"recurrent", recurrent_cases},
      Family{"float16", half_cases},
      Family{"rare kernels", rare_cases},
  };
  return table;
}

std::vector<Case> cases_of(const Family& family) {
  std::vector<Case> all = family.cases();
  std::map<std::pair<std::string, CacheContext>, int> ranks;
  for (const Case& one : all) {
    const auto [at, is_new] = ranks.try_emplace({one.id, one.context}, one.rank);
    if (!is_new) at->second = std::min(at->second, one.rank);
  }
  // The rank is taken out with the case that has it: what comes later is a repetition.
  std::erase_if(all, [&](const Case& one) {
    const auto found = ranks.find({one.id, one.context});
    if (found == ranks.end() || found->second != one.rank) return true;
    ranks.erase(found);
    return false;
  });
  return all;
}

std::vector<Batch> plan_batches(Mode mode) {
  std::map<Key, std::vector<Sized>> groups;
  for (std::size_t f = 0; f < families().size(); ++f) {
    for (Case& one : cases_of(families()[f])) {
      if (one.rank > last_rank(mode)) continue;
      Sized next = sized(std::move(one));
      const bool compute = next.one.flops > most_flops_per_warm_byte * static_cast<double>(next.bytes);
      const Key key{next.one.rank,         f,      next.one.context, next.one.opset, next.one.after_gemm,
                    next.one.plain_layout, compute};
      groups[key].push_back(std::move(next));
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
    for (Case& one : cases_of(family)) {
      if (one.context != CacheContext::warm || std::ranges::find(sample, one.id) == sample.end()) continue;
      Sized next = sized(std::move(one));
      batch.flops += next.one.flops;
      batch.bytes += next.bytes;
      batch.cases.push_back(std::move(next.one));
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
