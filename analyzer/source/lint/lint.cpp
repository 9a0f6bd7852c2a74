#include "source/lint/lint.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string_view>
#include <tuple>
#include <utility>

#include "source/lint/survey.hpp"

namespace costscan::source {
namespace {

using linting::CountedLoss;
using linting::CountedSum;
using linting::Loss;
using linting::Survey;
using linting::UnsetSum;

/// What the loop counts, as the source calls it: "tiles" where its variable or the call that wrote says so.
std::string_view unit_of(const CountedLoss& loss) {
  std::string text = loss.lost.call != nullptr ? loss.lost.call->name + " " + loss.lost.call->text : "";
  for (const Stmt* loop : loss.lost.loops) text += " " + loop->expr.text;
  for (const auto& [part, unit] : {std::pair{"tile", "tiles"}, std::pair{"block", "blocks"}, std::pair{"blk", "blocks"},
                                   std::pair{"chunk", "chunks"}}) {
    if (text.find(part) != std::string::npos) return unit;
  }
  return loss.lost.loss == Loss::dropped ? "blocks" : "iterations";
}

std::string lines_of(const std::set<const Stmt*>& loops) {
  std::set<int> lines;
  for (const Stmt* loop : loops) lines.insert(loop->at.line);
  return fmt::format("{} {}", lines.size() == 1 ? "line" : "lines", fmt::join(lines, ", "));
}

std::string share_of(const CountedLoss& loss) {
  if (loss.of && loss.contributing) {
    return fmt::format("{} of {} {} {}", *loss.contributing, *loss.of, unit_of(loss),
                       *loss.contributing == 1 ? "contributes" : "contribute");
  }
  if (loss.contributing) {
    return fmt::format("{} of all {} {}", *loss.contributing, unit_of(loss),
                       *loss.contributing == 1 ? "contributes" : "contribute");
  }
  return fmt::format("not all {} contribute", unit_of(loss));
}

Finding finding_of(const CountedLoss& loss, const std::vector<std::string>& symbols) {
  Finding out;
  const std::string& name = loss.lost.variable;
  const std::string loops = lines_of(loss.lost.loops);
  out.at = *loss.lost.at;
  out.accumulator = name;
  out.contributing = loss.contributing;
  out.of = loss.of;
  std::string writer =
      loss.lost.call != nullptr ? fmt::format("{} overwrites", loss.lost.call->name) : "the loop overwrites";
  if (loss.lost.loss == Loss::dropped) {
    out.kind = "dropped_partial";
    out.message = fmt::format(
        "{} to '{}': each turn of the loop at {} begins it anew before its sum was added to anything; "
        "add the partial result to a sum that lives outside that loop",
        share_of(loss), name, loops);
    if (loss.lost.consumed == 0) {
      out.message = fmt::format(
          "{} to a result: '{}', summed up inside the loop at {}, is never used; add it to a sum "
          "that lives outside that loop",
          share_of(loss), name, loops);
    }
  } else {
    out.kind = "overwritten_accumulator";
    out.message =
        fmt::format("{} to '{}': {} it in the loop at {} although its value was not used yet; add to it instead",
                    share_of(loss), name, writer, loops);
    if (loss.lost.conditional) out.message += " (where the condition on data holds)";
  }
  if (!loss.of && !symbols.empty()) {
    out.message += fmt::format("; how many there are needs --dim {}=N", fmt::join(symbols, "=N --dim "));
  }
  return out;
}

Finding finding_of(const CountedSum& sum, double tolerance) {
  Finding out;
  out.kind = "long_float_accumulation";
  out.at = *sum.sum.at;
  out.accumulator = sum.sum.variable;
  const std::string bound = std::isinf(sum.bound) ? "beyond 1" : fmt::format("{:.2g}", sum.bound);
  out.message = fmt::format(
      "{} additions one after the other into '{}' have a relative error bound {}, above the tolerance "
      "{:g}; sum in blocks, pairwise, compensated, or in a wider type (or set --tolerance)",
      sum.additions, sum.sum.variable, bound, tolerance);
  return out;
}

Finding finding_of(const UnsetSum& sum) {
  Finding out;
  out.kind = "uninitialised_accumulator";
  out.at = *sum.at;
  out.accumulator = sum.variable;
  const std::string where = sum.declared != nullptr ? fmt::format(", declared in line {},", sum.declared->line) : "";
  out.message = fmt::format("'{}'{} is added to before it has a value; initialise it", sum.variable, where);
  return out;
}

FunctionReport* holder(SourceReport& report, const Location& at) {
  for (FunctionReport& each : report.functions) {
    if (each.file == at.file && each.line <= at.line && at.line <= each.end_line) return &each;
  }
  return nullptr;
}

bool more_precise(const Finding& a, const Finding& b) { return a.of.has_value() && !b.of.has_value(); }

/// A finding goes to the function that holds its line, once, with the most precise figures.
void add(SourceReport& report, FunctionReport& followed, Finding finding) {
  FunctionReport* target = holder(report, finding.at);
  std::vector<Finding>& findings = (target != nullptr ? *target : followed).findings;
  const auto same = std::ranges::find_if(findings, [&](const Finding& each) {
    return each.kind == finding.kind && each.at == finding.at && each.accumulator == finding.accumulator;
  });
  if (same == findings.end()) {
    findings.push_back(std::move(finding));
  } else if (more_precise(finding, *same)) {
    *same = std::move(finding);
  }
}

const Function* function_of(const Program& program, const FunctionReport& report) {
  const auto at = std::ranges::find_if(program.functions, [&](const Function& each) {
    return each.name == report.function && each.at.line == report.line && each.at.file == report.file;
  });
  if (at != program.functions.end()) return &*at;
  const auto named = std::ranges::find(program.functions, report.function, &Function::name);
  return named == program.functions.end() ? nullptr : &*named;
}

}  // namespace

void lint(const Program& program, const Effects& effects, const LintOptions& options, SourceReport& report) {
  const linting::Registers registers = linting::find_registers(program, effects);
  for (FunctionReport& each : report.functions) {
    const Function* function = function_of(program, each);
    if (function == nullptr) continue;
    const Survey survey = linting::survey(program, registers, *function, options);
    for (const CountedLoss& loss : survey.losses) add(report, each, finding_of(loss, survey.symbols));
    for (const UnsetSum& sum : survey.unset) add(report, each, finding_of(sum));
    for (const CountedSum& sum : survey.sums) add(report, each, finding_of(sum, options.tolerance));
    if (survey.unbounded.empty() || survey.symbols.empty()) continue;
    each.assumptions.push_back(fmt::format("the rounding error of {} is not bounded without --dim {}=N",
                                           fmt::join(survey.unbounded, ", "), fmt::join(survey.symbols, "=N --dim ")));
  }
  for (FunctionReport& each : report.functions) {
    std::ranges::sort(each.findings, [](const Finding& a, const Finding& b) {
      return std::tie(a.at.line, a.at.column, a.kind, a.accumulator) <
             std::tie(b.at.line, b.at.column, b.kind, b.accumulator);
    });
  }
}

}  // namespace costscan::source
