// The verification of an optimised model in words and as a table.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "reports/names.hpp"
#include "reports/optimize_report.hpp"

namespace costscan {
namespace {

/// Sums and extremes over the outputs of one run.
struct VerifiedRun {
  std::int64_t elements = 0;
  std::int64_t differing = 0;
  std::int64_t not_finite = 0;
  std::int64_t special = 0;
  double max_abs = 0;
  double max_rel = 0;
  bool whole = true;  ///< every output was compared
};

/// Its contents could not be compared, which says nothing for or against it.
bool was_compared(const OutputDifference& output) { return output.reason.empty() || output.differing > 0; }

void add_outputs(VerifiedRun& sum, const RunDifference& run) {
  for (const OutputDifference& output : run.outputs) {
    sum.elements += output.elements;
    sum.differing += output.differing;
    sum.not_finite += output.not_finite;
    sum.special += output.special;
    sum.max_abs = std::max(sum.max_abs, output.max_abs);
    sum.max_rel = std::max(sum.max_rel, output.max_rel);
    sum.whole = sum.whole && was_compared(output);
  }
}

std::string promise_in_short(const Verification& found) {
  if (found.not_exact.empty()) return "every pass promises the same bits";
  return fmt::format("{} promise {} of the largest magnitude on ordinary inputs", fmt::join(found.not_exact, ", "),
                     found.bound ? fmt::format("{:.2g}", *found.bound) : std::string("no number"));
}

}  // namespace

std::vector<std::vector<std::string>> verification_rows(const Optimization& done) {
  std::vector<std::vector<std::string>> rows;
  if (!done.verification || done.verification->status != MeasureStatus::ok) return rows;
  rows.push_back({"inputs", "elements", "NaN, inf", "differ", "largest", "relative", "only one", "holds", "promised"});
  for (const RunDifference& run : done.verification->runs) {
    if (!run.reason.empty()) {
      rows.push_back({plain_text(run.name), "", "", "", "", "", "",
                      run.broken ? "NO: one model runs" : "neither model runs", run.promise});
      continue;
    }
    VerifiedRun sum;
    add_outputs(sum, run);
    rows.push_back({plain_text(run.name), fmt::format("{}", sum.elements), fmt::format("{}", sum.not_finite),
                    fmt::format("{}", sum.differing), fmt::format("{:.2g}", sum.max_abs),
                    fmt::format("{:.2g}", sum.max_rel), fmt::format("{}", sum.special),
                    !run.holds  ? "NO"
                    : sum.whole ? "yes"
                                : "in part",
                    run.promise});
  }
  return rows;
}

std::vector<std::string> verification_lines(const Optimization& done) {
  std::vector<std::string> lines;
  if (!done.verification) return lines;
  const Verification& found = *done.verification;
  if (found.status != MeasureStatus::ok) return {"not verified: " + plain_text(found.reason)};
  VerifiedRun all;
  for (const RunDifference& run : found.runs) add_outputs(all, run);
  lines.push_back(fmt::format("{} kind{} of inputs, {} output elements, {} differ, by at most {:g} ({:g} relative): {}",
                              found.runs.size(), found.runs.size() == 1 ? "" : "s", all.elements, all.differing,
                              found.max_abs, found.max_rel, promise_in_short(found)));
  for (const RunDifference& run : found.runs) {
    if (!run.reason.empty() && !run.broken) {
      lines.push_back(fmt::format("{}: neither model runs on these inputs: {}", run.name, plain_text(run.reason)));
    }
  }
  std::vector<std::string_view> named;
  for (const RunDifference& run : found.runs) {
    for (const OutputDifference& output : run.outputs) {
      if (was_compared(output) || std::ranges::find(named, output.name) != named.end()) continue;
      named.push_back(output.name);
      lines.push_back(fmt::format("NOT COMPARED '{}': {}", plain_text(output.name), plain_text(output.reason)));
    }
  }
  for (const std::string& broken : found.broken) lines.push_back("BROKEN " + plain_text(broken));
  return lines;
}

}  // namespace costscan
