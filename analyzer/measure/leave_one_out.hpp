// What each of the runtime's own optimisers bought: the model with all of them against all but one, in a child process.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "measure/measure.hpp"
#include "measure/request.hpp"
#include "model/optimizers.hpp"

namespace costscan {

/// Leaves out, one after the other, each optimiser that the runtime says changed this graph, and measures it in turns
/// with a session that has them all; `options.target_seconds` for each of them. Never fails the analysis: a study
/// always comes back, with its status and a reason, and with the effects that were measured before something went
/// wrong.
[[nodiscard]] OptimizerStudy leave_one_out(const ShapedModel& shaped, const MeasureOptions& options);

/// leave_one_out() in the child; answers in the request's folder after each optimiser.
void leave_one_out_in_this_process(const MeasureRequest& request, OptimizerStudy& study);

/// The graph transformers that changed the graph, each once, in the order of the runtime's log: lines such as
/// "GraphTransformer GeluFusionL2 modified: 1 with status: OK".
[[nodiscard]] std::vector<std::string> transformers_that_modified(std::span<const std::string> log_lines);

/// Rewrite rules that a transformer of that name consists of, in the runtime's own names; empty for other transformers.
/// The log does not name them, and unlike their transformer each can be left out alone.
[[nodiscard]] std::span<const std::string_view> rewrite_rules(std::string_view transformer);

/// Errors (measurement) name the file.
[[nodiscard]] Result<void> write_study(const OptimizerStudy& study, const std::filesystem::path& file);
[[nodiscard]] Result<OptimizerStudy> read_study(const std::filesystem::path& file);

}  // namespace costscan
