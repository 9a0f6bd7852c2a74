// The table of library calls: what it says about names, and what it refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "source/functions.hpp"

namespace costscan::source {
namespace {

using ::testing::HasSubstr;

/// "2*lanes", "distance(0,1)-1", "" for absent: an amount as text.
std::string text_of(const Amount& amount) {
  std::string out;
  for (const Factor& factor : amount) {
    if (!out.empty()) out += "*";
    switch (factor.kind) {
      case FactorKind::constant: out += std::to_string(factor.value); break;
      case FactorKind::argument: out += "arg(" + std::to_string(factor.first) + ")"; break;
      case FactorKind::distance:
        out += "distance(" + std::to_string(factor.first) + "," + std::to_string(factor.last) + ")";
        break;
      case FactorKind::lanes:
        out += factor.value == 0 ? std::string("lanes") : "lanes(" + std::to_string(factor.value) + ")";
        break;
      case FactorKind::register_bytes: out += "register"; break;
    }
    if (factor.minus != 0) out += "-" + std::to_string(factor.minus);
  }
  return out;
}

std::string text_of(const FunctionCost& cost) {
  std::string out;
  const auto add = [&](const char* name, const std::optional<Amount>& amount) {
    if (amount) out += std::string(out.empty() ? "" : " ") + name + "=" + text_of(*amount);
  };
  add("flops", cost.flops);
  add("transcendentals", cost.transcendentals);
  add("int_ops", cost.int_ops);
  add("arith", cost.arith);
  const auto traffic = [&](const char* name, const std::vector<Traffic>& all) {
    for (const Traffic& each : all) {
      out += std::string(out.empty() ? "" : " ") + name + std::to_string(each.argument) + "=" + text_of(each.amount) +
             (each.bytes ? " bytes" : "");
    }
  };
  traffic("read", cost.reads);
  traffic("write", cost.writes);
  if (cost.no_return) out += "no_return";
  return out.empty() ? "free" : out;
}

struct Known {
  const char* name;
  std::size_t arguments;
  const char* cost;  ///< "unknown": not in the table
};

TEST(FunctionTable, KnowsTheLibrarysFunctions) {
  const auto table = FunctionTable::builtin();
  ASSERT_TRUE(table) << table.error().message;
  const std::vector<Known> rows{
      {"expf", 1, "flops=1 transcendentals=1"},
      {"std::exp", 1, "flops=1 transcendentals=1"},
      {"sqrt", 1, "flops=1 transcendentals=1"},
      {"std::pow", 2, "flops=1 transcendentals=1"},
      {"erff", 1, "flops=1 transcendentals=1"},
      {"__tg_exp", 1, "flops=1 transcendentals=1"},
      {"fmaf", 3, "flops=2"},
      {"std::fabs", 1, "flops=1"},
      {"fmaxf", 2, "flops=1"},
      {"floor", 1, "flops=1"},
      {"std::max", 2, "arith=1"},
      {"std::max", 1, "unknown"},
      {"std::clamp", 3, "arith=2"},
      {"std::abs", 1, "arith=1"},
      {"std::accumulate", 3, "arith=distance(0,1) read0=distance(0,1)"},
      {"std::accumulate", 4, "unknown"},
      {"std::inner_product", 4, "arith=2*distance(0,1) read0=distance(0,1) read2=distance(0,1)"},
      {"std::max_element", 2, "arith=distance(0,1)-1 read0=distance(0,1)"},
      {"memcpy", 3, "read1=arg(2) bytes write0=arg(2) bytes"},
      {"std::memset", 3, "write0=arg(2) bytes"},
      {"std::fill_n", 3, "write0=arg(1)"},
      {"abort", 0, "no_return"},
      {"malloc", 1, "free"},
      {"printf", 3, "free"},
      {"qsort", 4, "unknown"},
      {"vcopy_rows", 2, "unknown"},
      {"my_mm256_add_ps", 2, "unknown"},
  };
  for (const Known& row : rows) {
    const FunctionCost* found = table->find(row.name, row.arguments);
    EXPECT_EQ(found == nullptr ? "unknown" : text_of(*found), row.cost) << row.name;
  }
}

TEST(FunctionTable, KnowsIntrinsics) {
  const auto table = FunctionTable::builtin();
  ASSERT_TRUE(table) << table.error().message;
  const std::vector<Known> rows{
      {"_mm_add_ps", 2, "flops=lanes"},
      {"_mm256_mul_pd", 2, "flops=lanes"},
      {"_mm512_maskz_max_ps", 3, "flops=lanes"},
      {"_mm256_fmadd_ps", 3, "flops=2*lanes"},
      {"_mm512_mask3_fmadd_ps", 4, "flops=2*lanes"},
      {"_mm_fnmadd_ss", 3, "flops=2"},
      {"_mm_add_ss", 2, "flops=1"},
      {"_mm256_sqrt_ps", 1, "flops=lanes transcendentals=lanes"},
      {"_mm512_reduce_add_ps", 1, "flops=lanes-1"},
      {"_mm_cmplt_ps", 2, "flops=lanes"},
      {"__builtin_ia32_cmpps256", 3, "flops=lanes"},
      {"__builtin_ia32_cmpps512_mask", 5, "flops=lanes"},
      {"__builtin_ia32_roundps256", 2, "flops=lanes"},
      {"_mm256_and_ps", 2, "free"},
      {"_mm256_loadu_ps", 1, "read0=register bytes"},
      {"_mm512_mask_loadu_ps", 3, "read2=register bytes"},
      {"_mm512_maskz_loadu_ps", 2, "read1=register bytes"},
      {"_mm_load_ss", 1, "read0=1"},
      {"_mm256_broadcast_ss", 1, "read0=1"},
      {"_mm_loadl_epi64", 1, "read0=8 bytes"},
      {"_mm256_storeu_ps", 2, "write0=register bytes"},
      {"_mm512_stream_ps", 2, "write0=register bytes"},
      {"_mm256_maskstore_ps", 3, "write0=register bytes"},
      {"_mm256_add_epi32", 2, "int_ops=lanes(32)"},
      {"_mm256_mullo_epi16", 2, "int_ops=lanes(16)"},
      {"_mm512_dpbusd_epi32", 3, "int_ops=8*lanes(32)"},
      {"_mm256_madd_epi16", 2, "int_ops=3*lanes(32)"},
      {"_mm256_set1_ps", 1, "free"},
      {"_mm256_setzero_ps", 0, "free"},
      {"_mm256_castps256_ps128", 1, "free"},
      {"_mm256_cvtepi32_ps", 1, "free"},
      {"_mm_cvtss_f32", 1, "free"},
      {"__builtin_ia32_vextractf128_ps256", 2, "free"},
      {"_mm_movehl_ps", 2, "free"},
      {"_mm256_blendv_ps", 3, "free"},
      {"vaddq_f32", 2, "flops=lanes"},
      {"vfmaq_f32", 3, "flops=2*lanes"},
      {"vmlaq_lane_f32", 4, "flops=2*lanes"},
      {"vaddvq_f32", 1, "flops=lanes-1"},
      {"vld1q_f32", 1, "read0=register bytes"},
      {"__builtin_neon_vld1q_v", 2, "read0=register bytes"},
      {"__builtin_neon_vst1q_v", 3, "write0=register bytes"},
      {"vdupq_n_f32", 1, "free"},
      {"vaddq_s32", 2, "int_ops=lanes"},
      {"vdotq_s32", 3, "int_ops=8*lanes"},
      {"_mm256_i32gather_ps", 3, "unknown"},
      {"__builtin_elementwise_exp", 1, "flops=lanes transcendentals=lanes"},
      {"__builtin_reduce_add", 1, "arith=lanes-1"},
  };
  for (const Known& row : rows) {
    const FunctionCost* found = table->find(row.name, row.arguments);
    EXPECT_EQ(found == nullptr ? "unknown" : text_of(*found), row.cost) << row.name;
  }
}

struct Refused {
  const char* yaml;
  const char* message;
};

TEST(FunctionTable, NamesTheLineThatIsWrong) {
  const std::vector<Refused> rows{
      {"", "f.yaml:1: expected 'functions:'"},
      {"functions: 3", "f.yaml:1: expected 'functions:'"},
      {"functions:\n  - flops: 1\n", "f.yaml:2: an entry needs either names or a pattern"},
      {"functions:\n  - names: [a]\n    pattern: b\n", "f.yaml:2: an entry needs either"},
      {"functions:\n  - names: [a]\n    flop: 1\n", "f.yaml:3: unknown key 'flop'"},
      {"functions:\n  - names: [a]\n    flops: lane\n", "f.yaml:3: 'lane' is no amount"},
      {"functions:\n  - names: [a]\n    flops: 2 * \n", "f.yaml:3: '2 *' is no amount"},
      {"functions:\n  - names: [a]\n    flops: arg(99999999999999999999)\n", "is no amount"},
      {"functions:\n  - names: [a]\n    flops: -1\n", "'-1' is no amount"},
      {"functions:\n  - names: [a]\n    reads: {x: 1}\n", "f.yaml:3: an argument is named by its number"},
      {"functions:\n  - names: [a]\n    reads: [1]\n", "f.yaml:3: reads and writes must map"},
      {"functions:\n  - names: [a]\n  - names: [b, a]\n", "f.yaml:3: 'a' stands in the table twice"},
      {"functions:\n  - pattern: '(a'\n", "f.yaml:2: '(a' is no regular expression"},
      {"functions:\n  - names: [a\n", "f.yaml:"},
      {"functions:\n  - names: []\n", "names must be a list"},
  };
  for (const Refused& row : rows) {
    const auto table = FunctionTable::parse("f.yaml", row.yaml);
    ASSERT_FALSE(table) << row.yaml;
    EXPECT_THAT(table.error().message, HasSubstr(row.message)) << row.yaml;
  }
}

TEST(FunctionTable, PrefersTheEntryForSoManyArguments) {
  const auto table = FunctionTable::parse("f.yaml",
                                          "functions:\n  - {names: [a], flops: 1}\n  - {names: [a], arguments: 2, "
                                          "flops: 2}\n  - {pattern: a.*, flops: 3}\n");
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(text_of(*table->find("a", 1)), "flops=1");
  EXPECT_EQ(text_of(*table->find("a", 2)), "flops=2");
  EXPECT_EQ(text_of(*table->find("ab", 2)), "flops=3");
  EXPECT_EQ(table->find("b", 1), nullptr);
}

}  // namespace
}  // namespace costscan::source
