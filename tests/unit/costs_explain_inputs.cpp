// What a worksheet is asked for: operators by name, sizes of fast memory; and files that cannot be explained.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "costs/cost_library.hpp"
#include "costs/explain.hpp"
#include "costs/fast_memory.hpp"
#include "unit/costs_fixture.hpp"

namespace costscan {
namespace {

using costs_test::CostFolder;
using testing::HasSubstr;

struct BadFile {
  std::string path;
  std::string text;
  std::string message;
};
class BadFiles : public testing::TestWithParam<BadFile> {};
TEST_P(BadFiles, AreNamedWithTheirLine) {
  const CostFolder folder(
      {{GetParam().path, GetParam().text},
       {"templates/a.yaml",
        "template: a\nsummary: s\nsource: s\nparameters: {n: count}\nkernels: [{use: b, with: {n: [n, "
        "w]}}]\n"},
       {"templates/b.yaml",
        "template: b\nsummary: s\nsource: s\nparameters: {n: count}\nkernels: [{use: a, with: {n: [n, "
        "w]}}]\n"},
       {"templates/own.yaml",
        "template: own\nsummary: s\nsource: s\nparameters: {n: count}\nkernels: [{use: own, with: {n: "
        "[n, w]}}]\n"}});
  const auto text = explain_op(folder.library(), "toys.Toy");
  ASSERT_FALSE(text.has_value());
  EXPECT_EQ(text.error().kind, ErrorKind::input);
  EXPECT_THAT(text.error().message, HasSubstr(GetParam().message));
  EXPECT_THAT(text.error().message, testing::Not(HasSubstr("\n")));
}
const std::string kernel_k = "{name: k, why: w, flops: 1}";
INSTANTIATE_TEST_SUITE_P(
    Table, BadFiles,
    testing::Values(
        BadFile{"toys/Toy.yaml", "op: [", "toys/Toy.yaml:1: YAML"},
        BadFile{"toys/Toy.yaml", costs_test::toy_file("kernels: [{name: k, why: w, flops: 2*n}]\n"),
                "toys/Toy.yaml:5: kernels[0].flops: unknown symbol 'n'"},
        BadFile{"toys/Toy.yaml", costs_test::toy_file("kernels: [{use: own, with: {n: [1, w]}}]\n"),
                "template 'own' uses itself (own -> own)"},
        BadFile{"toys/Toy.yaml", costs_test::toy_file("kernels: [{use: a, with: {n: [1, w]}}]\n"),
                "template 'a' uses itself (a -> b -> a)"},
        BadFile{"toys/Toy.yaml",
                costs_test::toy_file("paths: [{name: one, why: w, working_set: 1, kernels: [" + kernel_k + "]}]\n"),
                "toys/Toy.yaml:5: paths must be a list of at least two paths"},
        BadFile{"toys/Toy.yaml",
                costs_test::toy_file("paths:\n  - {name: one, why: w, working_set: 1, kernels: [" + kernel_k +
                                     "]}\n  - {name: one, why: w, working_set: 1, kernels: [" + kernel_k + "]}\n"),
                "toys/Toy.yaml:7: paths[1]: two paths are called 'one'"},
        BadFile{"toys/Toy.yaml",
                costs_test::toy_file("paths:\n  - {name: one, why: w, kernels: [" + kernel_k +
                                     "]}\n  - {name: two, why: w, working_set: 1, kernels: [" + kernel_k + "]}\n"),
                "toys/Toy.yaml:6: paths[0] has no working_set"},
        BadFile{"toys/Toy.yaml", costs_test::toy_file("dims: {n: 3}\nkernels: [{name: k, why: w, flops: n}]\n"),
                "toys/Toy.yaml:5: dims.n must be [expression, meaning]"},
        BadFile{"toys/Toy.yaml",
                costs_test::toy_file("dims: {n: [3, number]}\nlet: {n: 4}\nkernels: [{name: k, why: w, flops: n}]\n"),
                "toys/Toy.yaml:6: let.n is a dim already"}));

TEST(FindOp, TakesNamesAsPeopleWriteThem) {
  const CostLibrary library = CostLibrary::builtin();
  for (const char* name : {"LayerNormalizationBackward", "training.LayerNormalizationBackward",
                           "training/layernormalizationbackward", "ai.onnx.Relu", "relu@13", "ai.onnx/Conv"}) {
    EXPECT_TRUE(find_op(library, name).has_value()) << name;
  }
  for (const char* name : {"", "Rellu", "Relu@2", "onnx.", ".", "x@", "nowhere.Relu"}) {
    const auto found = find_op(library, name);
    ASSERT_FALSE(found.has_value()) << name;
    EXPECT_EQ(found.error().kind, ErrorKind::usage) << name;
  }
}

struct SizeCase {
  const char* text;
  std::int64_t bytes;  ///< 0: no size
};
class Sizes : public testing::TestWithParam<SizeCase> {};
TEST_P(Sizes, AreRead) {
  const auto bytes = parse_size(GetParam().text);
  ASSERT_EQ(bytes.has_value(), GetParam().bytes > 0) << GetParam().text;
  if (bytes) {
    EXPECT_EQ(*bytes, GetParam().bytes);
  } else {
    EXPECT_EQ(bytes.error().kind, ErrorKind::usage);
  }
}
INSTANTIATE_TEST_SUITE_P(Table, Sizes,
                         testing::Values(SizeCase{"1048576", 1 << 20}, SizeCase{"512KiB", 512 << 10},
                                         SizeCase{"1MiB", 1 << 20}, SizeCase{"1 MiB", 1 << 20},
                                         SizeCase{"96KB", 96'000}, SizeCase{"96kb", 96'000},
                                         SizeCase{"1.5GiB", 3LL << 29}, SizeCase{"2k", 2'000}, SizeCase{"7 bytes", 7},
                                         SizeCase{"0.5KiB", 512}, SizeCase{"", 0}, SizeCase{"0", 0}, SizeCase{"-1", 0},
                                         SizeCase{"MiB", 0}, SizeCase{"1XB", 0}, SizeCase{"1.2.3", 0},
                                         SizeCase{"0.3", 0}, SizeCase{"1MiB1", 0}, SizeCase{"99999999999999999999", 0},
                                         SizeCase{"9999999999GiB", 0}, SizeCase{"1e6", 0}, SizeCase{"\n", 0}));

TEST(FastMemory, EveryMachineStatesIt) {
  const auto generic = machine_fast_memory(generic_machine);
  ASSERT_TRUE(generic.has_value()) << generic.error().message;
  EXPECT_EQ(generic->bytes, 1 << 20);
  EXPECT_THAT(generic->origin, HasSubstr("generic-cpu"));
  EXPECT_EQ(machine_fast_memory("nvidia-h100-sxm")->bytes, 227 << 10);
  const auto unknown = machine_fast_memory("abacus");
  ASSERT_FALSE(unknown.has_value());
  EXPECT_THAT(unknown.error().message, HasSubstr("generic-cpu"));
}

TEST(SizeText, IsShortAndExact) {
  EXPECT_EQ(size_text(1 << 20), "1 MiB");
  EXPECT_EQ(size_text(5 << 18), "1.25 MiB");
  EXPECT_EQ(size_text(3LL << 29), "1.5 GiB");
  EXPECT_EQ(size_text(1000), "1000 bytes");
  EXPECT_EQ(size_text((1 << 20) + 1), "1048577 bytes");
}

}  // namespace
}  // namespace costscan
