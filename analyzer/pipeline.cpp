#include "pipeline.hpp"

namespace costscan {
Result<Analysis> analyze(const std::filesystem::path&, const AnalyzeOptions&) { return fail(ErrorKind::defect, "wip"); }
}  // namespace costscan
