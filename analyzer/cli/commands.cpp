#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "cli/command.hpp"
#include "cli/output.hpp"

namespace costscan::cli {

std::span<const Command> commands() noexcept {
  static constexpr std::array table{
      Command{"", "analyse a model", declare_analyze},
      Command{"advise", "Which passes to run on a model here, and what each is expected to bring", declare_advise},
      Command{"calibrate", "Measure this machine under this ONNX Runtime, for predictions", declare_calibrate},
      Command{"compare", "Two models side by side: work, times measured in turns, outputs", declare_compare},
      Command{"explain", "An op's cost model as a worksheet: kernels, formulas, totals, assumptions, source",
              declare_explain},
      Command{"fingerprint", "What kind of model it is, by what that is told, and which known models are near",
              declare_fingerprint},
      Command{"forensics", "What exporters left in graphs, where, and what its removal would save", declare_forensics},
      Command{"list", "What costscan knows: ops, passes, patterns, reports, machines", declare_list},
      Command{"optimize", "Write the model anew without what costs and changes nothing, checked", declare_optimize},
      Command{"source", "A C or C++ kernel's cost from its source, line by line, and a lint of its accumulators",
              declare_source},
  };
  return table;
}

int report_error(const Error& error) {
  fmt::print(stderr, "costscan: {}\n", first_line(error.message));
  return static_cast<int>(error.kind);
}

void report_warning(std::string_view message) { fmt::print(stderr, "costscan: warning: {}\n", first_line(message)); }

void report_warnings(const std::vector<std::string>& warnings, std::string_view about) {
  constexpr std::size_t shown = 5;
  for (std::size_t i = 0; i < std::min(shown, warnings.size()); ++i) {
    report_warning(fmt::format("{}{}", about, warnings[i]));
  }
  if (warnings.size() > shown) {
    report_warning(fmt::format("{}{} more warnings: see --report json", about, warnings.size() - shown));
  }
}

}  // namespace costscan::cli
