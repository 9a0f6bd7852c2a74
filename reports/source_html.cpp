// `costscan source` as one offline page: the source, line by line, with what each line costs beside it. No script: it
// prints, and it works where scripts do not run.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <vector>

#include "reports/names.hpp"
#include "reports/offline_page.hpp"
#include "reports/source_cells.hpp"
#include "reports/source_report.hpp"

namespace costscan {
namespace {

using source::Measure;

constexpr std::string_view source_style = R"css(
:root{--heat:#d1661f;--bad:#b3261e;--badbg:#fdecea;--note:#7a5b00;--notebg:#fff6dd}
@media(prefers-color-scheme:dark){:root{--heat:#f08a44;--bad:#ff8a80;--badbg:#3a1c1a;--note:#f2cf6b;--notebg:#332a10}}
body{margin:0}
h1{font-size:1.25rem;margin:0 0 1rem;overflow-wrap:anywhere}h2{font-size:1.05rem;margin:0;overflow-wrap:anywhere}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.8rem 1rem;margin:0 0 1rem;overflow-x:auto}
.card table{border-collapse:collapse;margin:.5rem 0 0}.card td,.card th{padding:.1rem 1.2rem .1rem 0;text-align:left;vertical-align:top}
.num{text-align:right!important;font-variant-numeric:tabular-nums;white-space:nowrap}.dim{color:var(--dim)}
code,pre,.src{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:13px}
.wrap{overflow-x:auto;border:1px solid var(--line);border-radius:8px}
table.src{border-collapse:collapse;width:100%}table.src th{position:sticky;top:0;background:var(--card);font-weight:600;text-align:right;
padding:.35rem .6rem;border-bottom:1px solid var(--line);white-space:nowrap}table.src th:last-child{text-align:left}
table.src td{padding:0 .6rem;white-space:nowrap;text-align:right;font-variant-numeric:tabular-nums;vertical-align:top}
table.src td.code{white-space:pre;text-align:left;width:100%;tab-size:4}td.ln{color:var(--dim);user-select:none}
td.heat{min-width:5rem;padding:.25rem .4rem!important}td.heat i{display:block;height:.8rem;background:var(--heat);border-radius:2px}
td.long{max-width:16rem;overflow:hidden;text-overflow:ellipsis}
tr.say td{text-align:left;white-space:normal;font-family:system-ui,sans-serif;padding:.3rem .8rem}
tr.find td{color:var(--bad);background:var(--badbg)}tr.skip td{color:var(--note);background:var(--notebg)}
tr.start td{border-top:2px solid var(--line)}
)css";

/// A line's code: tabs stay, other control characters are shown.
std::string code(std::string_view line) {
  std::string out;
  for (std::size_t at = 0; at <= line.size();) {
    const std::size_t tab = std::min(line.find('\t', at), line.size());
    out += html_text(line.substr(at, tab - at));
    if (tab < line.size()) out += '\t';
    at = tab + 1;
  }
  return out;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    out.emplace_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

const source::Count& of(const source::Counts& counts, Measure measure) {
  return counts[static_cast<std::size_t>(measure)];
}

std::string cell(const source::Count& count) {
  if (is_zero(count)) return "<td></td>";
  const std::string text = short_cell(count);
  std::string title = count.formula;
  if (!count.assumption.empty()) title += (title.empty() ? "" : "; ") + count.assumption;
  return fmt::format("<td class=\"long\" title=\"{}\">{}</td>", html_text(title), html_text(text));
}

/// Work of a line for its bar: the largest of FLOPs, integer operations and bytes; where numbers are not known, how
/// many symbols its formula multiplies.
struct Heat {
  double work = 0;
  double degree = 0;
};

Heat heat_of(const source::LineCounts& line) {
  Heat out;
  for (const Measure measure : {Measure::flops, Measure::int_ops, Measure::read_bytes, Measure::write_bytes}) {
    const source::Count& count = of(line.counts, measure);
    if (count.upper) out.work = std::max(out.work, static_cast<double>(*count.upper));
    if (is_zero(count) || count.formula.empty()) continue;
    const auto degree = static_cast<double>(1 + std::count(count.formula.begin(), count.formula.end(), '*'));
    out.degree = std::max(out.degree, degree);
  }
  return out;
}

std::string totals_table(const source::FunctionReport& function) {
  std::string rows;
  for (std::size_t i = 0; i < source::measure_count; ++i) {
    const source::Count& count = function.counts[i];
    if (is_zero(count)) continue;
    const bool repeats = count.exact() && count.formula == std::to_string(*count.upper);
    rows +=
        fmt::format("<tr><th>{}</th><td class=\"num\">{}</td><td><code>{}</code></td></tr>", source::measure_names[i],
                    html_text(number_cell(count)), repeats ? "" : html_text(count.formula));
  }
  return rows.empty() ? "<div class=\"dim\">no work</div>" : "<table>" + rows + "</table>";
}

std::string arrays_table(const source::FunctionReport& function) {
  if (function.arrays.empty()) return "";
  std::string out =
      "<table><tr><th>array</th><th class=\"num\">bytes read</th><th class=\"num\">distinct</th><th "
      "class=\"num\">written</th><th class=\"num\">distinct</th></tr>";
  for (const source::ArrayCounts& array : function.arrays) {
    out += fmt::format("<tr><td><code>{}</code> <span class=\"dim\">{}</span></td>", html_text(array.name),
                       html_text(array.element));
    for (const Measure measure :
         {Measure::read_bytes, Measure::distinct_read_bytes, Measure::write_bytes, Measure::distinct_write_bytes}) {
      const source::Count& count = of(array.counts, measure);
      out += fmt::format("<td class=\"num\">{}</td>", is_zero(count) ? "" : html_text(short_cell(count)));
    }
    out += "</tr>";
  }
  return out + "</table>";
}

std::string card(const source::FunctionReport& function) {
  std::string out = fmt::format(
      "<section class=\"card\"><h2><a href=\"#L{1}\"><code>{0}</code></a> <span class=\"dim\">lines "
      "{1}–{2}</span></h2>",
      html_text(function.function), function.line, function.end_line);
  out += totals_table(function) + arrays_table(function);
  for (const std::string& reason : reasons(function.counts))
    out += fmt::format("<div class=\"dim\">{}</div>", html_text(reason));
  for (const std::string& text : first_assumptions(function)) {
    out += fmt::format("<div class=\"dim\">assuming {}</div>", html_text(text));
  }
  return out + "</section>";
}

struct LineView {
  const source::LineCounts* counts = nullptr;
  Heat most;  ///< of the lines of its function
  bool starts_function = false;
  std::vector<std::string> notes;  ///< table rows
};

std::map<int, LineView> views_of(const source::SourceReport& report) {
  std::map<int, LineView> views;
  for (const source::FunctionReport& function : report.functions) {
    views[function.line].starts_function = true;
    Heat most;
    for (const source::LineCounts& line : function.lines) {
      const Heat heat = heat_of(line);
      most = {std::max(most.work, heat.work), std::max(most.degree, heat.degree)};
    }
    for (const source::LineCounts& line : function.lines) {
      // Instances of one template share lines: the dearest one is shown.
      LineView& view = views[line.line];
      if (view.counts == nullptr || heat_of(line).work > heat_of(*view.counts).work) {
        view.counts = &line;
        view.most = most;
      }
    }
    const auto note = [&](int line, std::string_view kind, const std::string& text) {
      auto& notes = views[line].notes;
      std::string row = fmt::format("<tr class=\"say {}\"><td colspan=\"7\">{}</td></tr>", kind, text);
      if (std::find(notes.begin(), notes.end(), row) == notes.end()) notes.push_back(std::move(row));
    };
    for (const source::Finding& finding : function.findings) {
      note(finding.at.line, "find", fmt::format("<b>{}</b>: {}", html_text(finding.kind), html_text(finding.message)));
    }
    for (const source::Unsupported& entry : function.unsupported) {
      note(entry.at.line, "skip", fmt::format("not followed, column {}: {}", entry.at.column, html_text(entry.what)));
    }
  }
  return views;
}

std::string listing(const source::SourceReport& report, const std::vector<std::string>& text) {
  const std::map<int, LineView> views = views_of(report);
  const int last = std::max(static_cast<int>(text.size()), views.empty() ? 0 : views.rbegin()->first);
  std::string out =
      "<div class=\"wrap\"><table class=\"src\"><thead><tr><th>line</th><th>runs</th><th>FLOPs</th><th>bytes "
      "read</th><th>bytes written</th><th>work</th><th>source</th></tr></thead><tbody>";
  for (int number = 1; number <= last; ++number) {
    const auto at = views.find(number);
    const LineView view = at == views.end() ? LineView{} : at->second;
    out += fmt::format("<tr{} id=\"L{}\"><td class=\"ln\">{}</td>", view.starts_function ? " class=\"start\"" : "",
                       number, number);
    if (view.counts == nullptr) {
      out += "<td></td><td></td><td></td><td></td><td></td>";
    } else {
      const source::LineCounts& line = *view.counts;
      const Heat heat = heat_of(line);
      const double share = view.most.work > 0     ? heat.work / view.most.work
                           : view.most.degree > 0 ? heat.degree / view.most.degree
                                                  : 0;
      out += fmt::format("<td class=\"long\" title=\"{0}\">{0}</td>", html_text(line.executions));
      for (const Measure measure : {Measure::flops, Measure::read_bytes, Measure::write_bytes}) {
        out += cell(of(line.counts, measure));
      }
      out += share > 0
                 ? fmt::format("<td class=\"heat\"><i style=\"width:{:.1f}%\"></i></td>", std::max(1.0, 100 * share))
                 : "<td class=\"heat\"></td>";
    }
    out += fmt::format("<td class=\"code\">{}</td></tr>\n",
                       number <= static_cast<int>(text.size()) ? code(text[static_cast<std::size_t>(number) - 1]) : "");
    for (const std::string& row : view.notes) out += row + "\n";
  }
  return out + "</tbody></table></div>";
}

}  // namespace

Result<std::string> source_html(const source::SourceReport& report, const SourceReportOptions& options) {
  std::string out = fmt::format("<h1>{}</h1>\n", html_text(report.file));
  std::size_t findings = 0;
  for (const source::FunctionReport& function : report.functions) findings += function.findings.size();
  if (findings > 0) {
    out += fmt::format("<section class=\"card\"><b>{} finding{}</b><ul>", findings, findings == 1 ? "" : "s");
    for (const source::FunctionReport& function : report.functions) {
      for (const source::Finding& finding : function.findings) {
        out += fmt::format("<li><a href=\"#L{0}\">line {0}</a>: {1}</li>", finding.at.line, html_text(finding.message));
      }
    }
    out += "</ul></section>\n";
  }
  for (const source::FunctionReport& function : report.functions) out += card(function) + "\n";
  out += listing(report, lines_of(options.source_text));
  return offline_page(html_text(report.file) + " – costscan source", source_style, out + "\n");
}

}  // namespace costscan
