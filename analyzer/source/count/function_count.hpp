// One function's counts: the symbolic way for formulas, the execution for numbers and as the judge of the formulas.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "source/count/taint.hpp"
#include "source/functions.hpp"
#include "source/program.hpp"
#include "source/report.hpp"

namespace costscan::source::count {

[[nodiscard]] FunctionReport count_function(const Program& program, const FunctionTable& table,
                                            const DataOperations& operations, FunctionId id,
                                            const std::map<std::string, std::int64_t>& dims);

}  // namespace costscan::source::count
