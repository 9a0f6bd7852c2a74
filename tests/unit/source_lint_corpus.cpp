// Small right and wrong kernels, tests/source/lint: what the lint says of each against what its first comment expects.
//   // expect: none
//   // expect: overwritten_accumulator line 12 contributing 2 of 265
//   // dim: n=8462          // effects: tiles.yaml          // tolerance: 1e-6
// Precision: findings that are expected, of all findings. Recall: expected findings that are found.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "source/front.hpp"
#include "source/lint/lint.hpp"

namespace costscan::source {
namespace {

namespace fs = std::filesystem;

struct Expected {
  std::string kind;
  int line = 0;
  std::optional<std::int64_t> contributing;
  std::optional<std::int64_t> of;
};

struct Case {
  std::vector<Expected> expected;
  LintOptions options;
  fs::path effects;
  bool stated = false;
};

Case read_case(const fs::path& file) {
  Case out;
  std::ifstream in(file);
  const std::regex finding(R"(expect:\s*(\w+)\s+line\s+(\d+)(?:\s+contributing\s+(\d+)(?:\s+of\s+(\d+))?)?)");
  const std::regex dim(R"(dim:\s*(\w+)=(\d+))");
  const std::regex effects(R"(effects:\s*(\S+))");
  const std::regex tolerance(R"(tolerance:\s*(\S+))");
  for (std::string line; std::getline(in, line);) {
    std::smatch match;
    if (line.find("expect: none") != std::string::npos) out.stated = true;
    if (std::regex_search(line, match, finding)) {
      Expected expected{match[1], std::stoi(match[2]), std::nullopt, std::nullopt};
      if (match[3].matched) expected.contributing = std::stoll(match[3]);
      if (match[4].matched) expected.of = std::stoll(match[4]);
      out.expected.push_back(expected);
      out.stated = true;
    }
    for (std::sregex_iterator at(line.begin(), line.end(), dim), end; at != end; ++at) {
      out.options.dims.emplace((*at)[1], std::stoll((*at)[2]));
    }
    if (line.starts_with("// effects:") && std::regex_search(line, match, effects)) {
      out.effects = file.parent_path() / match[1].str();
    }
    if (line.starts_with("// tolerance:") && std::regex_search(line, match, tolerance)) {
      out.options.tolerance = std::stod(match[1]);
    }
  }
  return out;
}

std::vector<Finding> findings_of(const fs::path& file, const Case& stated, const Effects& effects) {
  auto program = parse_source(file, {});
  if (!program) {
    ADD_FAILURE() << program.error().message;
    return {};
  }
  SourceReport report;
  for (const Function& function : program->functions) {
    if (!function.listed) continue;
    FunctionReport each;
    each.function = function.name;
    each.file = function.at.file;
    each.line = function.at.line;
    each.end_line = function.end_line;
    report.functions.push_back(each);
  }
  lint(*program, effects, stated.options, report);
  std::vector<Finding> out;
  for (const FunctionReport& each : report.functions) {
    out.insert(out.end(), each.findings.begin(), each.findings.end());
  }
  return out;
}

bool matches(const Expected& expected, const Finding& finding) {
  return expected.kind == finding.kind && expected.line == finding.at.line &&
         (!expected.contributing || expected.contributing == finding.contributing) &&
         (!expected.of || expected.of == finding.of);
}

struct Score {
  int files = 0;
  int right = 0;  ///< kernels without a defect
  int expected = 0;
  int found = 0;
  int reported = 0;
  std::string misses;

  [[nodiscard]] double precision() const { return reported == 0 ? 1 : static_cast<double>(found) / reported; }
  [[nodiscard]] double recall() const { return expected == 0 ? 1 : static_cast<double>(found) / expected; }
};

Score score(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string extension = entry.path().extension();
    if (extension == ".c" || extension == ".cpp") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  Score out;
  std::map<fs::path, Result<Effects>> effects;
  for (const fs::path& file : files) {
    const Case stated = read_case(file);
    if (!effects.contains(stated.effects)) effects.emplace(stated.effects, load_effects(stated.effects));
    const Result<Effects>& known = effects.at(stated.effects);
    if (!stated.stated) out.misses += fmt::format("{}: says nothing of what is expected\n", file.string());
    const std::vector<Finding> findings = known ? findings_of(file, stated, *known) : std::vector<Finding>{};
    if (!known) ADD_FAILURE() << known.error().message;
    ++out.files;
    if (stated.expected.empty()) ++out.right;
    out.expected += static_cast<int>(stated.expected.size());
    out.reported += static_cast<int>(findings.size());
    std::vector<bool> taken(findings.size(), false);
    for (const Expected& expected : stated.expected) {
      bool hit = false;
      for (std::size_t at = 0; at < findings.size() && !hit; ++at) {
        hit = !taken[at] && matches(expected, findings[at]);
        if (hit) taken[at] = true;
      }
      if (hit) ++out.found;
      if (!hit)
        out.misses += fmt::format("{}: missed {} line {}\n", file.filename().string(), expected.kind, expected.line);
    }
    for (std::size_t at = 0; at < findings.size(); ++at) {
      if (taken[at]) continue;
      const Finding& finding = findings[at];
      out.misses +=
          fmt::format("{}:{}: unexpected {} ({} of {}): {}\n", file.filename().string(), finding.at.line, finding.kind,
                      finding.contributing.value_or(-1), finding.of.value_or(-1), finding.message);
    }
  }
  return out;
}

void check(std::string_view name, double precision, double recall) {
  const Score result = score(fs::path(COSTSCAN_SOURCE_DIR) / "tests" / "source" / "lint" / name);
  fmt::print(
      "{:<10} {} kernels, {} without defect; {} defects, {} found, {} findings: precision {:.3f}, recall {:.3f}\n{}",
      name, result.files, result.right, result.expected, result.found, result.reported, result.precision(),
      result.recall(), result.misses);
  EXPECT_GE(result.precision(), precision) << result.misses;
  EXPECT_GE(result.recall(), recall) << result.misses;
  EXPECT_GT(result.files, 0);
}

/// The kernels of examples/kernels with the effects beside them.
std::vector<Finding> findings_of_example(const std::string& file, std::map<std::string, std::int64_t> dims) {
  const fs::path folder = fs::path(COSTSCAN_SOURCE_DIR) / "examples" / "kernels";
  const auto effects = load_effects(folder / "effects.yaml");
  EXPECT_TRUE(effects) << effects.error().message;
  Case stated;
  stated.options.dims = std::move(dims);
  return effects ? findings_of(folder / file, stated, *effects) : std::vector<Finding>{};
}

TEST(SourceLint, TiledRowSumLosesAllButTwoTiles) {
  const auto findings = findings_of_example("dy_gamma_sum_overwritten.cpp", {{"features", 8462}, {"rows", 3}});
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].kind, "overwritten_accumulator");
  EXPECT_EQ(findings[0].accumulator, "sum_register");
  EXPECT_EQ(findings[0].contributing, 2);
  EXPECT_EQ(findings[0].of, 265);
  EXPECT_THAT(findings[0].message, testing::HasSubstr("2 of 265 tiles contribute"));
}

TEST(SourceLint, TiledRowSumIsFoundWithoutDims) {
  const auto findings = findings_of_example("dy_gamma_sum_overwritten.cpp", {});
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].contributing, 2);
  EXPECT_EQ(findings[0].of, std::nullopt);
}

TEST(SourceLint, CarriedTiledRowSumPasses) {
  EXPECT_THAT(findings_of_example("dy_gamma_sum_carried.cpp", {{"features", 8462}, {"rows", 3}}), testing::IsEmpty());
  EXPECT_THAT(findings_of_example("dy_gamma_sum_carried.cpp", {}), testing::IsEmpty());
}

TEST(SourceLint, CorpusOfKernels) { check("corpus", 1.0, 1.0); }

TEST(SourceLint, HeldOutKernels) { check("heldout", 1.0, 1.0); }

TEST(SourceLint, HeldOutKernelsOfTheSecondRound) { check("heldout2", 1.0, 1.0); }

}  // namespace
}  // namespace costscan::source
