#include "reports/report.hpp"

#include <algorithm>
#include <array>

namespace costscan {

std::span<const ReportFormat> report_formats() noexcept {
  static constexpr std::array formats = {
      ReportFormat{"text", "txt", "one screen: what the model costs, where its time goes, what to do next", true,
                   report_text},
      ReportFormat{"html", "html", "self-contained page: roofline, treemap, node table with formulas", false,
                   report_html},
      ReportFormat{"csv", "csv", "one table; --level node, kernel, op, model or runtime", true, report_csv},
      ReportFormat{"json", "json", "everything, for programs", true, report_json},
      ReportFormat{"md", "md", "summary and tables for a pull request or a wiki", true, report_md},
      ReportFormat{"trace", "trace.json", "timeline for Perfetto: nodes with their costs, modules, bounds, rates", true,
                   report_trace},
      ReportFormat{"onnx", "onnx", "the model with every node's costs in its metadata_props, for Netron", false,
                   report_onnx, onnx_pieces, onnx_companions},
  };
  return formats;
}

const ReportFormat* find_report_format(std::string_view name) noexcept {
  const auto formats = report_formats();
  const auto found = std::ranges::find(formats, name, &ReportFormat::name);
  return found == formats.end() ? nullptr : &*found;
}

}  // namespace costscan
