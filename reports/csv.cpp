// CSV by RFC 4180 with LF line ends: shells, pandas and Python's csv module all read them, and `diff` shows lines.
#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <string>
#include <variant>

#include "reports/report.hpp"
#include "reports/table_text.hpp"
#include "reports/tables.hpp"

namespace costscan {
namespace {

struct AppendCell {
  std::string& out;
  void operator()(std::monostate) const {}
  void operator()(std::int64_t value) const { fmt::format_to(std::back_inserter(out), "{}", value); }
  void operator()(double value) const {  // the shortest text that reads back as the same number
    if (std::isfinite(value)) fmt::format_to(std::back_inserter(out), "{}", value);
  }
  void operator()(const std::string& value) const { out += csv_field(value); }
};

}  // namespace

std::string csv_of(const Table& table) {
  std::string out;
  for (std::size_t i = 0; i < table.header.size(); ++i) {
    if (i != 0) out += ',';
    out += table.header[i];
  }
  out += '\n';
  for (const auto& row : table.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i != 0) out += ',';
      std::visit(AppendCell{out}, row[i]);
    }
    out += '\n';
  }
  return out;
}

Result<std::string> report_csv(const Analysis& analysis, const ReportOptions& options) {
  return csv_of(table_of(analysis, options.level));
}

}  // namespace costscan
