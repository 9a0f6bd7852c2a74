// Hand-derived counts of tests/source/cases, through the front end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "source/count/count.hpp"
#include "source/front.hpp"

namespace costscan::source {
namespace {

namespace fs = std::filesystem;

fs::path cases_folder() { return fs::path(COSTSCAN_SOURCE_DIR) / "tests" / "source" / "cases"; }

struct Parsed {
  Result<Program> program;
  Result<FunctionTable> table;
};

/// Each file is parsed once for all its cases.
const Parsed& parsed(const fs::path& file) {
  static std::map<fs::path, Parsed> files;
  const auto found = files.find(file);
  if (found != files.end()) return found->second;
  FrontOptions options;
  options.search_compile_commands = false;
  return files.emplace(file, Parsed{parse_source(file, options), FunctionTable::builtin()}).first->second;
}

std::int64_t sum_of_products(const YAML::Node& node, const std::map<std::string, std::int64_t>& dims) {
  std::int64_t total = 0;
  for (const YAML::Node& product : node) {
    std::int64_t value = 1;
    for (const YAML::Node& factor : product) {
      const auto text = factor.as<std::string>();
      const auto dim = dims.find(text);
      value *= dim != dims.end() ? dim->second : factor.as<std::int64_t>();
    }
    total += value;
  }
  return total;
}

void expect_count(const Count& count, const YAML::Node& expected, const YAML::Node& entry,
                  const std::map<std::string, std::int64_t>& dims) {
  if (expected.IsScalar()) {
    ASSERT_EQ(expected.as<std::string>(), "unknown");
    EXPECT_FALSE(count.known());
    EXPECT_THAT(count.assumption, testing::HasSubstr(entry["because"].as<std::string>()));
    return;
  }
  const bool bound = expected.IsMap();
  ASSERT_TRUE(count.known()) << count.assumption;
  EXPECT_EQ(*count.lower, sum_of_products(bound ? expected["lower"] : expected, dims));
  EXPECT_EQ(*count.upper, sum_of_products(bound ? expected["upper"] : expected, dims));
  EXPECT_EQ(count.assumption.empty(), !bound) << count.assumption;
  if (bound && expected["because"]) {
    EXPECT_THAT(count.assumption, testing::HasSubstr(expected["because"].as<std::string>()));
  }
}

void expect_case(const fs::path& file, const YAML::Node& entry) {
  const Parsed& source = parsed(file);
  ASSERT_TRUE(source.program.has_value()) << source.program.error().message;
  ASSERT_TRUE(source.table.has_value()) << source.table.error().message;
  CountOptions options;
  options.functions = {entry["function"].as<std::string>()};
  if (entry["dims"]) options.dims = entry["dims"].as<std::map<std::string, std::int64_t>>();
  const auto report = count_costs(*source.program, *source.table, options);
  ASSERT_TRUE(report.has_value()) << report.error().message;
  ASSERT_EQ(report->functions.size(), 1U);
  const FunctionReport& function = report->functions.front();
  for (std::size_t i = 0; i < measure_count; ++i) {
    const std::string name(measure_names[i]);
    SCOPED_TRACE(name);
    if (entry[name]) {
      expect_count(function.counts[i], entry[name], entry, options.dims);
    } else if (entry["all_others"]) {
      expect_count(function.counts[i], YAML::Load("[]"), entry, options.dims);
    }
    if (entry["formulas"] && entry["formulas"][name]) {
      EXPECT_EQ(function.counts[i].formula, entry["formulas"][name].as<std::string>());
    }
  }
}

TEST(SourceCountCases, AreAsDerivedByHand) {
  int cases = 0;
  for (const auto& file : fs::directory_iterator(cases_folder())) {
    if (file.path().extension() != ".cpp" && file.path().extension() != ".c") continue;
    fs::path expected = file.path();
    const YAML::Node entries = YAML::LoadFile(expected.replace_extension(".yaml").string());
    for (const YAML::Node& entry : entries) {
      SCOPED_TRACE(file.path().filename().string() + ": " + entry["function"].as<std::string>());
      expect_case(file.path(), entry);
      ++cases;
    }
  }
  EXPECT_GT(cases, 70);
}

/// A line's counts add up to the function's, array rows to its traffic.
TEST(SourceCountCases, LinesAndArraysAddUp) {
  for (const char* name : {"loops", "tiles", "kernels", "calls"}) {
    const Parsed& source = parsed(cases_folder() / (std::string(name) + ".cpp"));
    ASSERT_TRUE(source.program.has_value()) << source.program.error().message;
    CountOptions options;
    for (const Function& function : source.program->functions) {
      for (const Variable& variable : function.variables) {
        if (!variable.dim_name.empty()) options.dims[variable.dim_name] = 6;
        options.dims[variable.dim_name + "_size"] = 5;
        options.dims[variable.dim_name + "_row_size"] = 4;
      }
    }
    const auto report = count_costs(*source.program, *source.table, options);
    ASSERT_TRUE(report.has_value());
    for (const FunctionReport& function : report->functions) {
      SCOPED_TRACE(function.function);
      for (std::size_t i = 0; i <= static_cast<std::size_t>(Measure::write_bytes); ++i) {
        if (!function.counts[i].exact()) continue;
        std::int64_t lines = 0;
        for (const LineCounts& line : function.lines) lines += line.counts[i].upper.value_or(0);
        EXPECT_EQ(lines, *function.counts[i].upper) << measure_names[i];
      }
      for (const Measure measure : {Measure::read_bytes, Measure::write_bytes}) {
        const Count& total = function.counts[static_cast<std::size_t>(measure)];
        std::int64_t arrays = 0;
        for (const ArrayCounts& array : function.arrays) {
          arrays += array.counts[static_cast<std::size_t>(measure)].upper.value_or(0);
        }
        if (!total.exact()) continue;
        EXPECT_EQ(arrays, *total.upper) << measure_names[static_cast<std::size_t>(measure)];
      }
    }
  }
}

TEST(SourceCountCases, NamesTheFunctionsThereAre) {
  const Parsed& source = parsed(cases_folder() / "kernels.cpp");
  ASSERT_TRUE(source.program.has_value());
  CountOptions options;
  options.functions = {"mat_mul"};
  const auto report = count_costs(*source.program, *source.table, options);
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().kind, ErrorKind::usage);
  EXPECT_THAT(report.error().message, testing::HasSubstr("matmul"));
}

TEST(SourceCountCases, SaysWhichSymbolsItNeeds) {
  const Parsed& source = parsed(cases_folder() / "kernels.cpp");
  ASSERT_TRUE(source.program.has_value());
  CountOptions options;
  options.functions = {"matmul"};
  options.dims = {{"m", 2}, {"n", 3}};
  const auto report = count_costs(*source.program, *source.table, options);
  ASSERT_TRUE(report.has_value());
  const Counts& counts = report->functions.front().counts;
  EXPECT_FALSE(counts[0].known());
  EXPECT_EQ(counts[0].assumption, "needs --dim k=N");
  EXPECT_EQ(counts[0].formula, "2*m*n*k");
  EXPECT_EQ(counts[static_cast<std::size_t>(Measure::write_bytes)].upper, 24);  // 4*m*n needs no k
}

}  // namespace
}  // namespace costscan::source
