// Text reports in the width of a terminal: no line is wider, and nothing that is asked for gets lost on the way. To add
// a case: a line in the table. Also what these reports say of sums, of hostile names and of what could not be compared.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "reports/advise_report.hpp"
#include "reports/forensics_report.hpp"
#include "reports/names.hpp"
#include "reports/optimize_report.hpp"

namespace costscan {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* longest_finding = "consecutive_transpose_cancel_by_shape";
constexpr const char* longest_pass = "eliminate_common_subexpressions";

Finding made_finding(std::string_view name, std::int64_t count, bool always) {
  Finding finding;
  finding.name = name;
  finding.family = "movement";
  finding.summary = "what stands here";
  finding.count = count;
  finding.savings = {1'230'000'000, 45'600'000, 7'890, 118'000.0, 6'170.0};
  FindingSite site;
  site.count = count;
  site.names = {"/encoder/layer.0/attention/self/a_name_that_goes_on_and_on/Transpose", "/encoder/Transpose_1"};
  site.nodes = {1, 2};
  site.every_binding = always;
  site.detail = "together perm 0,2,1,3";
  site.savings = finding.savings;
  finding.sites = {site};
  return finding;
}

ForensicsReport made_forensics() {
  ForensicsReport report;
  for (int i = 1; i <= 6; ++i) {
    ModelFindings model;
    model.model = "a_model_whose_name_is_longer_than_most_" + std::to_string(i);
    model.graph_nodes = 5201;
    model.constant_nodes = 1853;
    model.rates = "plain roofline of generic-cpu";
    model.predicted_us = 4.5e5;
    for (int d = 0; d < 6; ++d) model.bindings.push_back({"dimension_" + std::to_string(d), 128, {}, {}});
    model.findings = {made_finding(longest_finding, 1852, false), made_finding("duplicate_constants", 77, true)};
    report.models.push_back(std::move(model));
  }
  return report;
}

std::string forensics_in(std::int32_t width) {
  return forensics_text(made_forensics(), {.sites = true, .width = width}).value();
}

std::string advice_in(std::int32_t width) {
  Advice advice;
  advice.model = "bert";
  advice.file = "models/bert.onnx";
  advice.family = "transformer";
  advice.machine = "generic-cpu";
  advice.basis = "a plain roofline of generic-cpu, since no calibration of this machine was found anywhere";
  advice.before = {1322, 5e5, 4.5e5};
  advice.everything = {840, 4e5, 4.4e5};
  advice.everything_total = Gain{1e4, 1e3};
  for (const char* name : {longest_pass, "fold_constants"}) {
    AdvisedPass pass;
    pass.name = name;
    pass.accuracy = "lossless";
    pass.sites = 223;
    pass.nodes_removed = 223;
    pass.nodes_added = 12;
    pass.written_us = 1234;
    pass.executed = Gain{-117, 40};
    pass.why = "the runtime executes 12 Transpose less and 3 Reshape more, which takes 0.117 ms longer than before";
    advice.passes.push_back(std::move(pass));
  }
  advice.dims = {"batch=1", "sequence=128", "a_third_dimension=4", "a_fourth_dimension=5", "and_a_fifth=6"};
  return advise_text(advice, {.width = width}).value();
}

Optimization made_optimization() {
  Optimization done;
  done.model = "bert";
  done.output = "out.onnx";
  done.price_basis = "a plain roofline of generic-cpu";
  done.before.nodes = 1322;
  done.after.nodes = 840;
  for (const char* name : {longest_pass, "fold_constants"}) {
    OptimizedPass pass;
    pass.name = name;
    pass.kind = "elimination";
    pass.accuracy_class = "lossless";
    pass.applied.resize(223);
    pass.nodes_removed = 223;
    pass.flops_saved = 12'300'000'000;
    pass.bytes_saved = 45'600'000;
    pass.written_us_saved = 12'345;
    pass.executed_us_saved = 1'234;
    pass.seconds = 0.123;
    OptimizedSite kept;
    kept.reason = "it holds only for the bound sizes: give them with --dim and add --specialize";
    pass.skipped = {kept};
    done.passes.push_back(std::move(pass));
  }
  Verification found;
  found.status = MeasureStatus::ok;
  for (const char* promise : {"within 1.2e-05; NaN and infinity the same", "finite stays finite"}) {
    RunDifference run;
    run.name = "mean_shifted";
    run.promise = promise;
    OutputDifference output;
    output.name = "last_hidden_state";
    output.elements = 9'830'400;
    output.differing = 98'304;
    output.max_abs = 1.2345e-05;
    run.outputs = {output};
    found.runs.push_back(std::move(run));
  }
  done.verification = std::move(found);
  return done;
}

std::string optimized_in(std::int32_t width) {
  return optimize_text(made_optimization(), {.level = OptimizeLevel::pass, .width = width}).value();
}

struct TerminalCase {
  const char* what;
  std::string (*render)(std::int32_t width);
  std::vector<const char*> says;  ///< in every width
};

const TerminalCase terminal_cases[] = {
    {"forensics", forensics_in, {"1852*", "5201", "1.23 G", "45.6 MB", "118 ms", "6.17 ms", "0,2,1,3"}},
    {"advise", advice_in, {"223", "-223 +12", "no pass pays", "−117 µs", "lossless", "Transpose"}},
    {"optimize", optimized_in, {"-12.3 G", "-12.3 ms", "-1.23 ms", "9830400", "1.2e-05", "--specialize", "out.onnx"}},
};

std::size_t widest_line(const std::string& text) {
  std::istringstream lines(text);
  std::string line;
  std::size_t widest = 0;
  while (std::getline(lines, line)) widest = std::max(widest, text_width(line));
  return widest;
}

TEST(TextReports, FitTheTerminal) {
  for (const TerminalCase& one : terminal_cases) {
    for (const std::int32_t width : {72, 80, 100, 132, 250}) {
      SCOPED_TRACE(std::string(one.what) + " in " + std::to_string(width) + " columns");
      const std::string text = one.render(width);
      EXPECT_LE(widest_line(text), static_cast<std::size_t>(width)) << text;
      for (const char* each : one.says) EXPECT_THAT(text, HasSubstr(each));
    }
  }
}

TEST(TextReports, NamesAreWholeWhereThereIsRoom) {
  EXPECT_THAT(forensics_in(250), HasSubstr(longest_finding));
  EXPECT_THAT(advice_in(80), HasSubstr(longest_pass));
  EXPECT_THAT(optimized_in(132), HasSubstr(longest_pass));
}

TEST(ForensicsReports, WordsAndColumnsCountTheSame) {
  ForensicsReport report;
  ModelFindings model;
  model.model = "m";
  Finding finding = made_finding("shape_chain", 3, true);
  FindingSite other = finding.sites.front();
  other.count = 2;
  other.every_binding = false;
  finding.sites.push_back(other);
  finding.count = 5;
  EXPECT_EQ(holds_words(finding), "3 of 5 always");
  model.findings = {finding};
  report.models = {model};
  const std::string csv = forensics_csv(report, {}).value();
  EXPECT_THAT(csv, HasSubstr("m,shape_chain,5,"));
  EXPECT_THAT(csv, HasSubstr(",3,1230000000,"));
}

TEST(ForensicsReports, SayWhatEachModelsPricesRestOnWhereThatDiffers) {
  ForensicsReport report = made_forensics();
  EXPECT_EQ(forensics_rates(report), std::vector<std::string>{"plain roofline of generic-cpu"});
  report.models.back().rates = "measured here";
  EXPECT_EQ(forensics_rates(report).size(), report.models.size());
  EXPECT_THAT(forensics_rates(report).back(), HasSubstr("_6: measured here"));
}

TEST(OptimizeReports, WhatCannotBeComparedIsSaid) {
  Optimization done = made_optimization();
  OutputDifference text;
  text.name = "labels";
  text.elements = 4;
  text.reason = "its contents cannot be compared";
  for (RunDifference& run : done.verification->runs) run.outputs.push_back(text);
  EXPECT_THAT(verification_lines(done), ::testing::Contains("NOT COMPARED 'labels': its contents cannot be compared"));
  EXPECT_THAT(verification_rows(done).at(1), ::testing::Contains("in part"));
  EXPECT_THAT(verification_rows(made_optimization()).at(1), ::testing::Contains("yes"));
}

TEST(OptimizeReports, NoNameIsMarkup) {
  Optimization done = made_optimization();
  done.model = "a|b<img src=x>";
  done.passes.front().skipped.front().reason = "[a](javascript:x) <b>|";
  const std::string text = optimize_md(done, {}).value();
  EXPECT_THAT(text, Not(HasSubstr("<")));
  EXPECT_THAT(text, Not(HasSubstr("[a](")));
}

struct CommandCase {
  const char* file;
  const char* model;
  std::vector<std::string> options;
  const char* command;
};

TEST(AdviseReports, TheNextCommandCanBePasted) {
  const CommandCase cases[] = {
      {"m/bert.onnx", "bert", {}, "costscan optimize m/bert.onnx -o ./bert_faster.onnx --passes fold_constants"},
      {"my models/it's.onnx",
       "it's",
       {"--dim", "batch=8"},
       "costscan optimize 'my models/it'\\''s.onnx' -o './it'\\''s_faster.onnx' --passes fold_constants --dim batch=8"},
      {"-x.onnx", "-x", {}, "costscan optimize ./-x.onnx -o ./-x_faster.onnx --passes fold_constants"},
  };
  for (const CommandCase& one : cases) {
    Advice advice;
    advice.file = one.file;
    advice.model = one.model;
    advice.command_options = one.options;
    EXPECT_EQ(command_text(advice), "");
    advice.recommended = {"fold_constants"};
    EXPECT_EQ(command_text(advice), one.command);
  }
}

}  // namespace
}  // namespace costscan
