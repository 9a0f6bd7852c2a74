#include <nlohmann/json.hpp>
#include <string>

#include "reports/document.hpp"
#include "reports/report.hpp"

namespace costscan {

Result<std::string> report_json(const Analysis& analysis, const ReportOptions& /*options*/) {
  constexpr int indent = 1;
  return document(analysis, Rows::objects).dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace) +
         "\n";
}

}  // namespace costscan
