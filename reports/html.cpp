// The page (reports/web, bundled at build time) with the report's document in its data island.
#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "embedded/web_page.hpp"
#include "reports/document.hpp"
#include "reports/report.hpp"

namespace costscan {

std::string script_safe(const nlohmann::ordered_json& value) {
  // Only inside JSON strings can these occur, and there an escape means the same character.
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> escapes = {
      {{"<", "\\u003c"}, {">", "\\u003e"}, {"&", "\\u0026"}, {"\xE2\x80\xA8", "\\u2028"}, {"\xE2\x80\xA9", "\\u2029"}}};
  const std::string text = value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  std::string out;
  out.reserve(text.size() + text.size() / 16);
  for (std::size_t at = 0; at < text.size();) {
    std::string_view found;
    if (constexpr std::string_view first_bytes = "<>&\xE2"; first_bytes.find(text[at]) != std::string_view::npos) {
      for (const auto& [plain, escape] : escapes) {
        if (std::string_view(text).substr(at, plain.size()) != plain) continue;
        out += escape;
        found = plain;
        break;
      }
    }
    if (found.empty()) out += text[at];
    at += found.empty() ? 1 : found.size();
  }
  return out;
}

Result<std::string> fill_page(std::string_view page, std::string_view document_text) {
  // The page's own script may name the marker too; the island is where it is an element's whole text.
  constexpr std::string_view marker = "__COSTSCAN_DATA__";
  constexpr std::string_view before = ">";
  constexpr std::string_view after = "</script>";
  std::size_t island = std::string_view::npos;
  for (std::size_t at = page.find(marker); at != std::string_view::npos; at = page.find(marker, at + 1)) {
    if (!page.substr(0, at).ends_with(before) || !page.substr(at + marker.size()).starts_with(after)) continue;
    if (island != std::string_view::npos) return fail(ErrorKind::defect, "the HTML page has two places for its data");
    island = at;
  }
  if (island == std::string_view::npos) return fail(ErrorKind::defect, "the HTML page has no place for its data");
  return fmt::format("{}{}{}", page.substr(0, island), document_text, page.substr(island + marker.size()));
}

Result<std::string> report_html(const Analysis& analysis, const ReportOptions& /*options*/) {
  if (embedded::web_page().empty()) {
    return fail(ErrorKind::output,
                "this costscan was built without the HTML page (npm was not found): install nodejs and npm and build "
                "again, or use --report json");
  }
  return fill_page(embedded::web_page().front().bytes, script_safe(document(analysis, Rows::columnar)));
}

}  // namespace costscan
