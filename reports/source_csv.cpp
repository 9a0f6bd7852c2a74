// `costscan source` as CSV by RFC 4180: per function a row of totals (line empty), then one per line. A measure's own
// column holds exact numbers only; bounds stand in its _lower and _upper columns.
#include <fmt/format.h>

#include "reports/names.hpp"
#include "reports/source_report.hpp"
#include "reports/table_text.hpp"

namespace costscan {
namespace {

void append_row(std::string& out, const source::FunctionReport& function, const std::string& line,
                std::string_view executions, const source::Counts& counts) {
  out += fmt::format("{},{},{},{}", csv_field(clean_text(function.file)), csv_field(clean_text(function.function)),
                     line, csv_field(executions));
  for (const source::Count& count : counts) out += count.exact() ? fmt::format(",{}", *count.upper) : ",";
  for (const source::Count& count : counts) {
    out += count.lower ? fmt::format(",{}", *count.lower) : ",";
    out += count.upper ? fmt::format(",{}", *count.upper) : ",";
  }
  for (const source::Count& count : counts) out += "," + csv_field(count.formula);
  out += '\n';
}

}  // namespace

Result<std::string> source_csv(const source::SourceReport& report, const SourceReportOptions& /*options*/) {
  std::string out = "file,function,line,executions";
  for (const auto name : source::measure_names) out += fmt::format(",{}", name);
  for (const auto name : source::measure_names) out += fmt::format(",{0}_lower,{0}_upper", name);
  for (const auto name : source::measure_names) out += fmt::format(",{}_formula", name);
  out += '\n';
  for (const source::FunctionReport& function : report.functions) {
    append_row(out, function, "", "1", function.counts);
    for (const source::LineCounts& line : function.lines) {
      append_row(out, function, std::to_string(line.line), line.executions, line.counts);
    }
  }
  return out;
}

}  // namespace costscan
