// `costscan advise` for a terminal.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "reports/advise_report.hpp"
#include "reports/names.hpp"

namespace costscan {
namespace {

std::string advice_line(std::string_view label, std::string_view value) {
  return fmt::format("{:<12}{}\n", label, value);
}

void append_passes(std::string& out, const Advice& advice) {
  std::size_t width = 4;
  for (const AdvisedPass& pass : advice.passes) width = std::max(width, pass.name.size());
  out += fmt::format("\n{:<{}}  {:<9}  {:>5}  {:>11}  {:>11}  {:<32}  {}\n", "pass", width, "verdict", "sites", "nodes",
                     "as written", "as executed, 90%", "accuracy");
  for (const AdvisedPass& pass : advice.passes) {
    out += fmt::format("{:<{}}  {:<9}  {:>5}  {:>11}  {:>11}  {:<32}  {}\n", pass.name, width, to_string(pass.verdict),
                       pass.sites, fmt::format("-{} +{}", pass.nodes_removed, pass.nodes_added),
                       (pass.written_us < 0 ? "−" : "") + time_text(std::abs(pass.written_us)),
                       gain_text(pass.executed, advice.before.executed_us), pass.accuracy);
    out += fmt::format("{:<{}}  {}{}{}\n", "", width, plain_text(pass.why), pass.caution.empty() ? "" : "; ",
                       pass.caution);
  }
}

}  // namespace

Result<std::string> advise_text(const Advice& advice) {
  std::string out =
      fmt::format("{}   {}   {} nodes{}{}\n", plain_text(advice.model), advice.family, advice.before.nodes,
                  advice.dims.empty() ? "" : "   ", plain_text(fmt::format("{}", fmt::join(advice.dims, " "))));
  out += advice_line("advice", verdict_text(advice));
  if (const std::string measured = measured_text(advice); !measured.empty()) out += advice_line("", measured);
  out += advice_line("predicted", fmt::format("on {}, by {}", plain_text(advice.machine), advice.basis));
  if (const std::string command = command_text(advice); !command.empty()) out += advice_line("next", command);
  if (!advice.passes.empty()) append_passes(out, advice);
  if (advice.passes.empty()) out += advice_line("", "no pass finds anything to change");
  return out;
}

}  // namespace costscan
