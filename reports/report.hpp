// Analysis → bytes. Every format is a pure function of the one Analysis value.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/analysis.hpp"
#include "model/result.hpp"
#include "reports/pieces.hpp"

namespace costscan {

enum class Level { node, kernel, op, model, runtime };

struct ReportOptions {
  Level level = Level::node;  ///< csv only
  std::int32_t top = 1;       ///< text: how many slow nodes to name
  bool color = false;         ///< text on a terminal
  std::int32_t width = 100;   ///< text: terminal columns
};

using ReportFunction = Result<std::string> (*)(const Analysis&, const ReportOptions&);

struct ReportFormat {
  std::string_view name;       ///< as in --report
  std::string_view extension;  ///< without the dot
  std::string_view summary;    ///< for --help and `list reports`
  bool to_stdout = true;       ///< false: goes to a file by default (html)
  ReportFunction render = nullptr;
  Result<ReportPieces> (*pieces)(const Analysis&) = nullptr;        ///< the same bytes, for writing a large file
  std::vector<Companion> (*companions)(const Analysis&) = nullptr;  ///< files that have to lie beside the report
};

/// All formats: the one table to extend. A build without npm has no html page; its entry then says so when called.
[[nodiscard]] std::span<const ReportFormat> report_formats() noexcept;
[[nodiscard]] const ReportFormat* find_report_format(std::string_view name) noexcept;

// One file each.
[[nodiscard]] Result<std::string> report_csv(const Analysis& analysis, const ReportOptions& options);
[[nodiscard]] Result<std::string> report_html(const Analysis& analysis, const ReportOptions& options);
[[nodiscard]] Result<std::string> report_json(const Analysis& analysis, const ReportOptions& options);
[[nodiscard]] Result<std::string> report_md(const Analysis& analysis, const ReportOptions& options);
[[nodiscard]] Result<std::string> report_onnx(const Analysis& analysis, const ReportOptions& options);
[[nodiscard]] Result<ReportPieces> onnx_pieces(const Analysis& analysis);
[[nodiscard]] std::vector<Companion> onnx_companions(const Analysis& analysis);
[[nodiscard]] Result<std::string> report_text(const Analysis& analysis, const ReportOptions& options);
[[nodiscard]] Result<std::string> report_trace(const Analysis& analysis, const ReportOptions& options);

}  // namespace costscan
