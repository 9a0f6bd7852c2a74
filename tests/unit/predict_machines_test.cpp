// The machine files: each says where its numbers come from, and the right one is chosen.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <optional>
#include <vector>

#include "predict/predict.hpp"

namespace costscan {
namespace {

TEST(Machines, AreAllListedAndUsable) {
  const auto listed = list_machines();
  ASSERT_TRUE(listed) << listed.error().message;
  std::size_t files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(COSTSCAN_SOURCE_DIR) / "costmodels/machines")) {
    files += entry.path().extension() == ".yaml" ? 1U : 0U;
  }
  EXPECT_EQ(listed->size(), files);
  for (const MachineListing& machine : *listed) {
    EXPECT_FALSE(machine.summary.empty()) << machine.name;
    EXPECT_FALSE(machine.source.empty()) << machine.name;
    const auto rates = machine_rates(machine.name);
    ASSERT_TRUE(rates) << rates.error().message;
    EXPECT_EQ(rates->name, machine.name);
    // Between a microcontroller and a rack: a slipped unit leaves this range.
    EXPECT_GT(rates->flops_per_second, 1e9) << machine.name;
    EXPECT_LT(rates->flops_per_second, 1e16) << machine.name;
    EXPECT_GT(rates->bytes_per_second, 1e9) << machine.name;
    EXPECT_LT(rates->bytes_per_second, 1e14) << machine.name;
    EXPECT_GT(rates->dispatch_us, 0.01) << machine.name;
    EXPECT_LT(rates->dispatch_us, 100) << machine.name;
    for (const TypeRate& type : rates->type_rates) {
      EXPECT_GT(type.operations_per_second, 1e9) << machine.name << ' ' << to_string(type.dtype);
      EXPECT_LT(type.operations_per_second, 1e16) << machine.name << ' ' << to_string(type.dtype);
    }
    for (const MachineNumber& number : machine.numbers) {
      // A source is a datasheet's figure, arithmetic on such, a measurement, or says that it is none.
      EXPECT_GT(number.source.size(), 20U) << machine.name << ' ' << number.what;
      EXPECT_FALSE(number.written.empty()) << machine.name << ' ' << number.what;
    }
    EXPECT_EQ(machine.numbers.size(), 4 + rates->type_rates.size()) << machine.name;
  }
}

TEST(Machines, EveryKindOfDeviceIsThere) {
  for (const char* name :
       {"intel-i7-1185g7", "amd-epyc-9654", "nvidia-h100-sxm", "snapdragon-8-gen-2", "apple-m2-neural-engine"}) {
    EXPECT_TRUE(machine_rates(name)) << name;
  }
}

TEST(Machines, SayWhichOperatorsTheyLack) {
  struct Case {
    const char* machine;
    const char* op_type;
    std::optional<bool> native;
  };
  const Case cases[] = {{"apple-m2-neural-engine", "LayerNormalization", true},
                        {"apple-m2-neural-engine", "RMSNormalization", false},
                        {"apple-m2-neural-engine", "SimplifiedLayerNormalization", false},
                        {"apple-m2-neural-engine", "Relu", std::nullopt},
                        {"generic-cpu", "RMSNormalization", std::nullopt},
                        {"nvidia-h100-sxm", "RMSNormalization", std::nullopt}};
  for (const Case& one : cases) {
    const auto found = native_operator(one.machine, one.op_type);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->has_value(), one.native.has_value()) << one.machine << ' ' << one.op_type;
    if (*found && one.native) {
      EXPECT_EQ((*found)->native, *one.native) << one.machine << ' ' << one.op_type;
      EXPECT_FALSE((*found)->source.empty());
    }
  }
  EXPECT_FALSE(native_operator("no-such-machine", "Relu"));
}

TEST(ComputeTypes, TheOutputDecidesFloatsAndTheInputsIntegers) {
  struct Case {
    const char* op;
    std::vector<DType> inputs;
    std::vector<DType> outputs;
    DType floating;
    DType integer;
  };
  constexpr auto none = DType::undefined;
  const Case cases[] = {
      {"Add", {DType::float16, DType::float16}, {DType::float16}, DType::float16, DType::int32},
      {"Cast", {DType::float16}, {DType::float32}, DType::float32, DType::int32},
      {"ArgMax", {DType::float16}, {DType::int64}, DType::float16, DType::int32},
      {"QLinearConv", {DType::uint8, DType::float32, DType::uint8}, {DType::uint8}, DType::float32, DType::uint8},
      {"MatMulInteger", {DType::uint8, DType::int8}, {DType::int32}, DType::float32, DType::uint8},
      {"DynamicQuantizeMatMul", {DType::float32, DType::int8}, {DType::float32}, DType::float32, DType::int8},
      {"Clip without bounds", {DType::bfloat16, none, none}, {DType::bfloat16}, DType::bfloat16, DType::int32},
      {"Add of indices", {DType::int64, DType::int64}, {DType::int64}, DType::float32, DType::int64}};
  for (const Case& one : cases) {
    const ComputeTypes types = compute_types(one.inputs, one.outputs);
    EXPECT_EQ(types.floating, one.floating) << one.op;
    EXPECT_EQ(types.integer, one.integer) << one.op;
  }
}

TEST(ComputeTypes, EachTypeRunsAtItsDocumentedRateElseAtFp32) {
  MachineRates rates{"machine", "by hand", 1e9, 1e9, 0, {}, true};
  rates.type_rates = {{DType::float16, 2e9, "by hand"}, {DType::int8, 4e9, "by hand"}};
  struct Case {
    DType dtype;
    double rate;
  };
  for (const Case& one :
       {Case{DType::float32, 1e9}, Case{DType::float16, 2e9}, Case{DType::bfloat16, 1e9}, Case{DType::int8, 4e9},
        Case{DType::uint8, 4e9}, Case{DType::int64, 1e9}, Case{DType::undefined, 1e9}}) {
    EXPECT_DOUBLE_EQ(operations_per_second(rates, one.dtype), one.rate) << to_string(one.dtype);
  }
  Work work;
  work.flops = 2000;
  work.int_ops = 8000;
  EXPECT_DOUBLE_EQ(compute_seconds(work, rates, {DType::float16, DType::uint8}), 3e-6);
  EXPECT_DOUBLE_EQ(compute_seconds(work, rates, {}), 10e-6);
}

TEST(Predict, ANamedMachineComputesEachNodeAtItsTypesRate) {
  Analysis analysis;
  analysis.rates = {"machine", "by hand", 1e9, 1e12, 0, {{DType::float16, 1e10, "by hand"}}, true};
  for (const DType dtype : {DType::float32, DType::float16}) {
    NodeRow& row = analysis.nodes.emplace_back();
    row.cost.trust = Trust::exact;
    row.cost.work.flops = 50'000;
    row.cost.compulsory_bytes = 8;
    row.outputs = {{"y", true, dtype, Shape{2}, false}};
  }
  predict(analysis);
  EXPECT_DOUBLE_EQ(analysis.nodes[0].predicted_us.value(), 50);
  EXPECT_DOUBLE_EQ(analysis.nodes[1].predicted_us.value(), 5);
}

TEST(Machines, AnUnknownNameIsAUsageErrorThatNamesTheKnownOnes) {
  for (const char* name : {"no-such-machine", "", "../onnx/Conv", "generic-cpu.yaml"}) {
    const auto rates = machine_rates(name);
    ASSERT_FALSE(rates) << name;
    EXPECT_EQ(rates.error().kind, ErrorKind::usage);
    EXPECT_NE(rates.error().message.find("generic-cpu"), std::string::npos);
    EXPECT_EQ(rates.error().message.find('\n'), std::string::npos);
  }
}

Measurement with_roofs(double flops, double bytes, double dispatch) {
  Measurement measurement;
  measurement.runtime_version = "1.31.1";
  measurement.roofs = MeasuredRoofs{flops, bytes, dispatch};
  return measurement;
}

TEST(ChooseRates, PrefersTheNamedThenTheMeasuredThenTheGenericMachine) {
  EXPECT_EQ(choose_rates({}, "").value().name, "generic-cpu");
  EXPECT_EQ(choose_rates(with_roofs(5e10, 1e10, 1.5), "nvidia-h100-sxm").value().name, "nvidia-h100-sxm");
  const MachineRates measured = choose_rates(with_roofs(5e10, 1e10, 1.5), "").value();
  EXPECT_EQ(measured.name, "measured here");
  EXPECT_DOUBLE_EQ(measured.flops_per_second, 5e10);
  EXPECT_DOUBLE_EQ(measured.bytes_per_second, 1e10);
  EXPECT_DOUBLE_EQ(measured.dispatch_us, 1.5);
  EXPECT_NE(measured.source.find("1.31.1"), std::string::npos);
}

TEST(ChooseRates, DoesNotUseRoofsThatAreNoRates) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (const auto& roofs :
       {with_roofs(0, 1e10, 1), with_roofs(1e10, -1, 1), with_roofs(nan, 1e10, 1), with_roofs(1e10, infinity, 1)}) {
    EXPECT_EQ(choose_rates(roofs, "").value().name, "generic-cpu");
  }
  EXPECT_EQ(choose_rates(with_roofs(1e10, 1e10, nan), "").value().dispatch_us, 0);
}

TEST(ChooseRates, RefusesAnUnknownNameEvenWithRoofs) {
  EXPECT_FALSE(choose_rates(with_roofs(5e10, 1e10, 1.5), "no-such-machine"));
}

}  // namespace
}  // namespace costscan
