// `costscan source` for programs; the names are the contract's (docs/source.md).
#include <nlohmann/json.hpp>

#include "reports/names.hpp"
#include "reports/source_report.hpp"

namespace costscan {
namespace {

using Json = nlohmann::ordered_json;

/// A number is exact, an object is a bound, null is unknown.
Json number(const source::Count& count) {
  if (count.exact()) return *count.upper;
  if (!count.known()) return nullptr;
  return {{"lower", *count.lower}, {"upper", *count.upper}, {"assumption", clean_text(count.assumption)}};
}

/// The measures under their names, their formulas in one object; why those that are unknown are, and what they are at
/// least.
void add_counts(Json& into, const source::Counts& counts, std::size_t from, std::size_t to) {
  Json formulas = Json::object();
  Json unknown = Json::object();
  Json at_least = Json::object();
  for (std::size_t i = from; i < to; ++i) {
    const std::string name(source::measure_names[i]);
    into[name] = number(counts[i]);
    formulas[name] = counts[i].formula.empty() ? Json(nullptr) : Json(counts[i].formula);
    if (!counts[i].known()) unknown[name] = clean_text(counts[i].assumption);
    if (!counts[i].known() && counts[i].lower) at_least[name] = *counts[i].lower;
  }
  into["formulas"] = std::move(formulas);
  if (!unknown.empty()) into["unknown"] = std::move(unknown);
  if (!at_least.empty()) into["at_least"] = std::move(at_least);
}

Json nullable(const std::optional<std::int64_t>& value) { return value ? Json(*value) : Json(nullptr); }

Json function_json(const source::FunctionReport& function) {
  Json out;
  out["function"] = clean_text(function.function);
  out["file"] = clean_text(function.file);
  out["line"] = function.line;
  out["end_line"] = function.end_line;
  add_counts(out, function.counts, 0, source::measure_count);
  out["symbols"] = function.symbols;
  out["assumptions"] = Json::array();
  for (const std::string& text : function.assumptions) out["assumptions"].push_back(clean_text(text));
  out["lines"] = Json::array();
  for (const source::LineCounts& line : function.lines) {
    Json row = {{"line", line.line}, {"executions", line.executions}};
    add_counts(row, line.counts, 0, static_cast<std::size_t>(source::Measure::write_bytes) + 1);
    out["lines"].push_back(std::move(row));
  }
  out["arrays"] = Json::array();
  for (const source::ArrayCounts& array : function.arrays) {
    Json row = {{"name", clean_text(array.name)},
                {"element", clean_text(array.element)},
                {"element_bytes", array.element_bytes}};
    add_counts(row, array.counts, static_cast<std::size_t>(source::Measure::read_bytes), source::measure_count);
    out["arrays"].push_back(std::move(row));
  }
  out["unsupported"] = Json::array();
  for (const source::Unsupported& entry : function.unsupported) {
    out["unsupported"].push_back({{"file", clean_text(entry.at.file)},
                                  {"line", entry.at.line},
                                  {"column", entry.at.column},
                                  {"what", clean_text(entry.what)}});
  }
  out["findings"] = Json::array();
  for (const source::Finding& finding : function.findings) {
    out["findings"].push_back({{"kind", finding.kind},
                               {"line", finding.at.line},
                               {"column", finding.at.column},
                               {"accumulator", clean_text(finding.accumulator)},
                               {"message", clean_text(finding.message)},
                               {"contributing", nullable(finding.contributing)},
                               {"of", nullable(finding.of)}});
  }
  return out;
}

}  // namespace

Result<std::string> source_json(const source::SourceReport& report, const SourceReportOptions& /*options*/) {
  Json out;
  out["file"] = clean_text(report.file);
  out["functions"] = Json::array();
  for (const source::FunctionReport& function : report.functions) out["functions"].push_back(function_json(function));
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace costscan
