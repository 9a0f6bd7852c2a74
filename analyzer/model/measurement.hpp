// What one measuring session of ONNX Runtime saw. Times are microseconds.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/graph.hpp"

namespace costscan {

/// Raw samples are kept; the statistics are functions of them.
struct Samples {
  std::vector<double> us;
  double median = 0;
  double mad = 0;  ///< median absolute deviation from the median, unscaled
};

/// One node that the runtime executed, as its profile and its saved optimised graph describe it.
struct RuntimeNode {
  std::string name;  ///< as in the profile
  std::string op_type;
  std::string domain;
  std::string provider;              ///< "CPUExecutionProvider"
  std::int32_t optimized_node = -1;  ///< index into Measurement::optimized->graph.nodes; -1 where no node was found
  std::vector<Shape> input_shapes;   ///< from the profile, run-time truth; prepacked weights are missing there
  std::vector<Shape> output_shapes;
  std::vector<DType> output_dtypes;
  Samples time;
};

enum class MeasureStatus {
  ok,
  skipped,     ///< --static
  planned,     ///< --plan: optimised, nothing executed
  no_runtime,  ///< the shared library was not found
  refused,     ///< the runtime cannot run this model
  crashed,
  timed_out,
  out_of_memory,
  failed,
};

struct MachineInfo {
  std::string cpu;
  std::int32_t logical_cpus = 0;
  std::int64_t memory_bytes = 0;
  std::vector<std::string> caches;  ///< "L2 1 MiB"
  std::string governor;             ///< empty where unreadable
  double load_before = 0;           ///< 1-minute load average before measuring
  double steal_fraction = 0;        ///< share of CPU time stolen by the hypervisor while measuring
  std::string os;
  std::optional<double> load_after = {};            ///< 1-minute load average after measuring
  std::optional<double> temperature_before_c = {};  ///< of the hottest CPU sensor; nullopt where none is readable
  std::optional<double> temperature_after_c = {};
  std::optional<double> clock_before_mhz = {};  ///< mean current clock of the CPUs as the kernel reports it
  std::optional<double> clock_after_mhz = {};
};

/// A stretch of runs of one of the two sessions, in the order in which they were made.
struct RunBlock {
  bool profiled = false;
  std::int32_t warmup_runs = 0;  ///< its first runs, kept apart: the other session had used the caches
  std::int32_t runs = 0;         ///< counted ones
  double started_s = 0;          ///< seconds after the worker started

  friend bool operator==(const RunBlock&, const RunBlock&) = default;
};

/// What the operating system did to the worker while it ran the counted runs.
struct Disturbance {
  std::int64_t involuntary_switches = 0;  ///< times that it was taken off its CPU
  std::int64_t major_faults = 0;          ///< pages that had to come from disk
  double throttled_us = 0;                ///< held back by the container's CPU quota, summed over its threads
};

/// Copy bandwidth where source and target together take so many bytes: what the level of memory that holds them gives.
struct CopyRate {
  std::int64_t footprint_bytes = 0;
  double bytes_per_second = 0;  ///< read plus written

  friend bool operator==(const CopyRate&, const CopyRate&) = default;
};

/// Roofs measured in the same run, for the roofline and the bound column; absent without a measurement.
struct MeasuredRoofs {
  double flops_per_second = 0;        ///< fp32 matrix multiply under this runtime, best of several
  double bytes_per_second = 0;        ///< large copy
  double dispatch_us = 0;             ///< per node: chain of tiny ops
  std::vector<CopyRate> copies = {};  ///< smallest footprint first, up to what no cache holds
};

struct Measurement {
  MeasureStatus status = MeasureStatus::skipped;
  std::string reason;           ///< one line for every status but ok
  std::string advice;           ///< what the user can do about it
  std::string runtime_library;  ///< file name of the shared library
  std::string runtime_version;
  std::int32_t threads = 1;
  std::string optimization_level;          ///< disabled, basic, extended, all
  Samples latency;                         ///< end to end, profiling off
  Samples profiled_latency;                ///< end to end of the profiled runs
  std::vector<RuntimeNode> nodes;          ///< in execution order
  std::shared_ptr<const Model> optimized;  ///< the graph that the profiled session itself saved
  std::optional<MeasuredRoofs> roofs;
  MachineInfo machine;
  std::int32_t warmup_runs = 0;            ///< of the unprofiled session before its first counted run
  std::vector<double> warmup_us;           ///< every run of the unprofiled session that is not in `latency`, in order
  std::vector<double> profiled_warmup_us;  ///< likewise of the profiled one
  std::vector<RunBlock> blocks;            ///< in the order in which they ran; empty for a foreign measurement
  std::optional<Disturbance> disturbance;
  std::int64_t synthesized_weights = 0;  ///< bytes of weights that the file lacks and that were made up
  std::vector<std::string> input_notes;  ///< how each input was made: "input_ids: ids below 30522"
  std::vector<std::string> warnings;     ///< the machine's own conditions, truncated profile, ...
};

}  // namespace costscan
