// `costscan advise` as Markdown (GitHub's dialect).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "reports/advise_report.hpp"
#include "reports/names.hpp"
#include "reports/table_text.hpp"

namespace costscan {

Result<std::string> advise_md(const Advice& advice, const AdviseReportOptions& /*options*/) {
  std::string out =
      fmt::format("# Advice for {}\n\n{}\n\n", markdown_text(advice.model), markdown_text(verdict_text(advice)));
  if (const std::string measured = measured_text(advice); !measured.empty()) out += markdown_text(measured) + "\n\n";
  const std::string dims = fmt::format("{}", fmt::join(advice.dims, ", "));
  out += fmt::format("Predicted on {}, by {}{}{}.\n\n", markdown_text(advice.machine), markdown_text(advice.basis),
                     dims.empty() ? "" : "; ", markdown_text(dims));
  if (const std::string command = command_text(advice); !command.empty())
    out += fmt::format("```sh\n{}\n```\n\n", command);
  out += "| pass | verdict | sites | nodes | as written | as executed | accuracy | why |\n";
  out += "| --- | --- | ---: | ---: | ---: | ---: | --- | --- |\n";
  for (const AdvisedPass& pass : advice.passes) {
    out += fmt::format("| {} | {} | {} | -{} +{} | {}{} | {} | {} | {}{}{} |\n", markdown_text(pass.name),
                       to_string(pass.verdict), pass.sites, pass.nodes_removed, pass.nodes_added,
                       pass.written_us < 0 ? "−" : "", time_text(std::abs(pass.written_us)),
                       markdown_text(gain_text(pass.executed, advice.before.executed_us)), markdown_text(pass.accuracy),
                       markdown_text(pass.why), pass.caution.empty() ? "" : "; ", markdown_text(pass.caution));
  }
  return out;
}

}  // namespace costscan
