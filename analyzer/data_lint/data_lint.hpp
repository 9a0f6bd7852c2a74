// What must hold of every cost model at every size: more is never cheaper, nothing costs nothing, all outputs are
// written, and large sizes do not overflow. Looked at where a case states shapes, and at shapes grown from them.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "costs/cost_library.hpp"
#include "data_lint/vector_case.hpp"

namespace costscan {

struct DataFinding {
  std::string path;  ///< of the cost file
  int line = 0;      ///< of the kernel that shows it, of the exemption that nothing needs
  std::string op;    ///< "ai.onnx/Conv"
  std::string check;
  std::string what;  ///< with the shapes at which it shows
};

/// "onnx/Conv.yaml:12: ai.onnx/Conv: monotone: ..."
[[nodiscard]] std::string to_string(const DataFinding& finding);

struct DataLintResult {
  std::vector<DataFinding> findings;         ///< by file; of each check the first, with how many more there are
  std::size_t ops = 0;                       ///< that the library has
  std::map<std::string, std::size_t> tried;  ///< operators by check
  std::vector<std::string> without_case;     ///< operators of which nothing could be looked at
};

/// Checks the library's models at the cases' shapes; cases of operators that it does not have are left out.
[[nodiscard]] DataLintResult lint_at_sizes(const CostLibrary& library, std::span<const vectors::Case> cases);

}  // namespace costscan
