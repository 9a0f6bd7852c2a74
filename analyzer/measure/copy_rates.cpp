#include "measure/copy_rates.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <limits>
#include <system_error>
#include <thread>

#include "measure/caches.hpp"
#include "measure/weight_store.hpp"

namespace costscan {
namespace {

using Clock = std::chrono::steady_clock;

struct Buffers {
  AnonymousMemory source;
  AnonymousMemory target;
};

/// Seconds of `repeats` copies of `bytes` by each thread, all at once, each within its own part of the buffers.
double copy_seconds(const Buffers& buffers, std::size_t bytes, std::int32_t threads, int repeats) {
  const std::size_t part = buffers.source.bytes.size() / static_cast<std::size_t>(threads);
  const auto copy = [&](std::int32_t thread) {
    const std::size_t from = part * static_cast<std::size_t>(thread);
    for (int i = 0; i < repeats; ++i) {
      std::memcpy(buffers.target.bytes.data() + from, buffers.source.bytes.data() + from, bytes);
      asm volatile("" : : "r"(buffers.target.bytes.data() + from) : "memory");  // every copy counts as read
    }
  };
  std::vector<std::jthread> others;
  for (std::int32_t t = 1; t < threads; ++t) others.emplace_back(copy, t);
  const auto began = Clock::now();
  copy(0);
  others.clear();  // joins
  return std::chrono::duration<double>(Clock::now() - began).count();
}

/// Best of several batches, each long enough that clock and thread start do not count.
double copy_rate(const Buffers& buffers, std::size_t bytes, std::int32_t threads) {
  constexpr double batch_seconds = 4e-3;
  constexpr int batches = 4;
  constexpr int most_repeats = 1 << 16;
  int repeats = 1;
  double seconds = copy_seconds(buffers, bytes, threads, repeats);  // the first touch of this size in the caches
  while (seconds < batch_seconds && repeats < most_repeats) {
    repeats *= 4;
    seconds = copy_seconds(buffers, bytes, threads, repeats);
  }
  double best = std::numeric_limits<double>::infinity();
  for (int batch = 0; batch < batches; ++batch) {
    best = std::min(best, copy_seconds(buffers, bytes, threads, repeats));
  }
  return 2.0 * static_cast<double>(bytes) * threads * repeats / best;
}

}  // namespace

Result<std::vector<CopyRate>> measure_copies(std::int32_t threads) {
  threads = std::max(threads, 1);
  const std::int64_t last_level = std::clamp<std::int64_t>(read_cache_sizes().l3, 8LL << 20U, 128LL << 20U);
  const auto largest = std::max<std::int64_t>(4 * last_level, 64LL << 20U);
  auto source = anonymous_memory(largest);
  if (!source) return tl::unexpected(source.error());
  auto target = anonymous_memory(largest);
  if (!target) return tl::unexpected(target.error());
  const Buffers buffers{*std::move(source), *std::move(target)};
  std::memset(buffers.source.bytes.data(), 1, buffers.source.bytes.size());  // pages exist before the clock runs
  std::memset(buffers.target.bytes.data(), 2, buffers.target.bytes.size());
  constexpr std::int64_t smallest_footprint = 16 << 10;
  std::vector<CopyRate> rates;
  try {
    for (std::int64_t footprint = smallest_footprint; footprint / 2 <= largest; footprint *= 4) {
      const auto each = static_cast<std::size_t>(footprint / 2 / threads);
      rates.push_back({footprint, copy_rate(buffers, each, threads)});
    }
    if (rates.back().footprint_bytes < 2 * largest) {
      rates.push_back({2 * largest, copy_rate(buffers, static_cast<std::size_t>(largest / threads), threads)});
    }
  } catch (const std::system_error& error) {  // no thread to be had
    return fail(ErrorKind::measurement, error.what());
  }
  return rates;
}

}  // namespace costscan
