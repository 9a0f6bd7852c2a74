// Machines as their YAML files describe them (costmodels/machines/NAME.yaml, built in): rates with their sources.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/analysis.hpp"
#include "model/dtype.hpp"
#include "model/result.hpp"

namespace costscan {

/// One number of a machine's file.
struct MachineNumber {
  std::string what;             ///< an element type ("float32", "int8", ...), "memory", "dispatch" or "fast memory"
  std::string written;          ///< as the file has it: "96.0e9", "1MiB"
  std::optional<double> value;  ///< in `unit`; nullopt for fast memory, whose size the cost language reads
  std::string unit;             ///< "op/s", "B/s" or "us"
  std::string source;
};

/// Whether the device computes an operator by itself, or only through others that it has.
struct NativeOperator {
  std::string op_type;
  bool native = false;
  std::string source;
};

struct MachineListing {
  std::string name;
  std::string summary;
  std::string source;
  std::vector<MachineNumber> numbers;
  std::vector<NativeOperator> operators;
};

/// Rates of a named machine. Error (usage) for a name that no file has, naming those that there are.
[[nodiscard]] Result<MachineRates> machine_rates(std::string_view name);

/// All machines, by name. Error (defect) names the file that cannot be read.
[[nodiscard]] Result<std::vector<MachineListing>> list_machines();

/// What the machine's file states about `op_type`; nullopt where it states nothing: for a rewrite that pays only on a
/// device which lacks an operator. Error (usage) as machine_rates.
[[nodiscard]] Result<std::optional<NativeOperator>> native_operator(std::string_view machine, std::string_view op_type);

/// The rates for this analysis: the named machine; with an empty name measured roofs where there are any, else the
/// generic machine. Error (usage) for a name that no file has.
[[nodiscard]] Result<MachineRates> choose_rates(const Measurement& measurement, std::string_view machine_name);

/// Operations per second on elements of `dtype`: the documented rate of that type, else the fp32 one. Unsigned 8- and
/// 4-bit integers run as signed ones.
[[nodiscard]] double operations_per_second(const MachineRates& rates, DType dtype) noexcept;

/// The element types that a node computes on.
struct ComputeTypes {
  DType floating = DType::float32;
  DType integer = DType::int32;
};

/// Of operands in their order: the first floating type among outputs, else inputs; the first integer type among inputs.
/// Float32 and int32 where there is none.
[[nodiscard]] ComputeTypes compute_types(const std::vector<DType>& inputs, const std::vector<DType>& outputs) noexcept;
[[nodiscard]] ComputeTypes compute_types(const NodeRow& row);
/// Of an executed node, by the shaped optimised graph (or, where that is missing, the types that the profile saw).
[[nodiscard]] ComputeTypes compute_types(const Analysis& analysis, std::size_t runtime_index);

/// Seconds that the FLOPs and integer operations of `work` take at the machine's rates for these types.
[[nodiscard]] double compute_seconds(const Work& work, const MachineRates& rates, const ComputeTypes& types) noexcept;

}  // namespace costscan
