// `costscan advise` as one offline page without scripts.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "reports/advise_report.hpp"
#include "reports/names.hpp"
#include "reports/offline_page.hpp"

namespace costscan {
namespace {

constexpr std::string_view advice_style = R"css(
:root{--gain:#0a7d55;--loss:#b5432f}@media(prefers-color-scheme:dark){:root{--gain:#4cc596;--loss:#f08a74}}
.verb{white-space:nowrap}tr.pass>*{border-bottom:0}td.why{color:var(--dim);padding-top:0;padding-left:1.5rem}
td.why div{position:sticky;left:1.5rem;width:fit-content;max-width:min(66rem,calc(100vw - 5rem))}
pre{background:var(--card);padding:.6rem .8rem;border-radius:8px;overflow-x:auto}svg{max-width:none}
)css";

/// The interval of one gain on an axis that all rows share; the line is no gain.
std::string gain_picture(const std::optional<Gain>& gain, double reach) {
  if (!gain || reach <= 0) return {};
  constexpr double width = 200;
  const auto x_of = [&](double us) { return width / 2 + std::clamp(us / reach, -1.0, 1.0) * (width / 2 - 6); };
  const char* color = gain->us >= 0 ? "gain" : "loss";
  return fmt::format(
      "<svg width=\"{0:.0f}\" height=\"18\" role=\"img\" aria-label=\"{1}\"><line x1=\"{2:.1f}\" x2=\"{2:.1f}\" "
      "y1=\"1\" "
      "y2=\"17\" stroke=\"var(--dim)\"/><line x1=\"{3:.1f}\" x2=\"{4:.1f}\" y1=\"9\" y2=\"9\" stroke=\"var(--{6})\" "
      "stroke-width=\"4\"/><circle cx=\"{5:.1f}\" cy=\"9\" r=\"5\" fill=\"var(--{6})\"/></svg>",
      width, html_text(gain_text(gain, std::nullopt)), x_of(0), x_of(gain->low()), x_of(gain->high()), x_of(gain->us),
      color);
}

double widest_reach(const Advice& advice) {
  double reach = 0;
  for (const AdvisedPass& pass : advice.passes) {
    if (pass.executed) reach = std::max({reach, std::abs(pass.executed->low()), std::abs(pass.executed->high())});
  }
  return reach;
}

/// The figures of a pass, and below them in words what they rest on.
std::string pass_part(const AdvisedPass& pass, const std::optional<double>& model_us, double reach) {
  constexpr int columns = 8;
  const std::string written = (pass.written_us < 0 ? "−" : "") + time_text(std::abs(pass.written_us));
  return fmt::format(
      "<tr class=\"pass\"><td title=\"{}\">{}</td><td class=\"verb\">{}</td><td class=\"num\">{}</td><td "
      "class=\"num\">−{} +{}</td><td class=\"num\" title=\"{} µs\">{}</td><td "
      "class=\"num\">{}</td><td>{}</td><td>{}</td></tr><tr><td class=\"why\" "
      "colspan=\"{}\"><div>{}{}{}</div></td></tr>",
      html_text(pass.summary), html_text(pass.name), to_string(pass.verdict), pass.sites, pass.nodes_removed,
      pass.nodes_added, pass.written_us, written, html_text(gain_text(pass.executed, model_us)),
      gain_picture(pass.executed, reach), html_text(pass.accuracy), columns, html_text(pass.why),
      pass.caution.empty() ? "" : "; ", html_text(pass.caution));
}

}  // namespace

Result<std::string> advise_html(const Advice& advice, const AdviseReportOptions& /*options*/) {
  const std::string name = html_text(advice.model);
  std::string out = fmt::format(
      "<h1>Advice for {}</h1><div class=\"dim\">{}, {} nodes{}{}; predicted on {}, by {}</div>", name,
      html_text(advice.family), advice.before.nodes, advice.dims.empty() ? "" : "; ",
      html_text(fmt::format("{}", fmt::join(advice.dims, ", "))), html_text(advice.machine), html_text(advice.basis));
  out += fmt::format("<div class=\"verdict\">{}</div>", html_text(verdict_text(advice)));
  if (const std::string measured = measured_text(advice); !measured.empty())
    out += fmt::format("<p>{}</p>", html_text(measured));
  if (const std::string command = command_text(advice); !command.empty())
    out += fmt::format("<pre>{}</pre>", html_text(command));
  out +=
      "<div class=\"wrap\"><table><thead><tr><th>pass</th><th>verdict</th><th class=\"num\">sites</th><th "
      "class=\"num\">nodes</th><th class=\"num\">as written</th><th class=\"num\">as executed</th><th>90% "
      "interval</th><th>accuracy</th></tr></thead><tbody>";
  const double reach = widest_reach(advice);
  for (const AdvisedPass& pass : advice.passes) out += pass_part(pass, advice.before.executed_us, reach);
  out += "</tbody></table></div>";
  for (const std::string& text : advice.warnings) out += fmt::format("<p class=\"dim\">{}</p>", html_text(text));
  return offline_page("Advice for " + name, table_page_style(advice_style), out);
}

}  // namespace costscan
