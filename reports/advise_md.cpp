// `costscan advise` as Markdown (GitHub's dialect).
#include <fmt/format.h>

#include "reports/advise_report.hpp"
#include "reports/names.hpp"

namespace costscan {
namespace {

/// Text that no Markdown reader takes for markup, HTML or the end of a cell.
std::string advice_cell(std::string_view text) {
  std::string out;
  for (const char c : plain_text(text)) {
    if (c == '<' || c == '>' || c == '&') {
      out += c == '<' ? "&lt;" : c == '>' ? "&gt;" : "&amp;";
      continue;
    }
    if (std::string_view("\\`|*_[]~#@!$").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

Result<std::string> advise_md(const Advice& advice) {
  std::string out =
      fmt::format("# Advice for {}\n\n{}\n\n", advice_cell(advice.model), advice_cell(verdict_text(advice)));
  if (const std::string measured = measured_text(advice); !measured.empty()) out += advice_cell(measured) + "\n\n";
  out += fmt::format("Predicted on {}, by {}.\n\n", advice_cell(advice.machine), advice_cell(advice.basis));
  if (const std::string command = command_text(advice); !command.empty())
    out += fmt::format("```sh\n{}\n```\n\n", command);
  out += "| pass | verdict | sites | nodes | as written | as executed | accuracy | why |\n";
  out += "| --- | --- | ---: | ---: | ---: | ---: | --- | --- |\n";
  for (const AdvisedPass& pass : advice.passes) {
    out += fmt::format("| {} | {} | {} | -{} +{} | {:.1f} us | {} | {} | {}{}{} |\n", advice_cell(pass.name),
                       to_string(pass.verdict), pass.sites, pass.nodes_removed, pass.nodes_added, pass.written_us,
                       advice_cell(gain_text(pass.executed, advice.before.executed_us)), advice_cell(pass.accuracy),
                       advice_cell(pass.why), pass.caution.empty() ? "" : "; ", advice_cell(pass.caution));
  }
  return out;
}

}  // namespace costscan
