// One reader for each format of foreign times; read_foreign chooses among them.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "measure/foreign.hpp"

namespace costscan {

[[nodiscard]] Result<ForeignTimes> read_ort_profile(const std::filesystem::path& file);
[[nodiscard]] Result<ForeignTimes> read_latency_table(const std::filesystem::path& file, const Model& model);
[[nodiscard]] Result<ForeignTimes> read_tensorrt_layers(const std::filesystem::path& file);
[[nodiscard]] Result<ForeignTimes> read_tensorrt_runs(const std::filesystem::path& file);

/// Records of delimited text, each with the line that it begins on.
struct DelimitedRecord {
  std::size_t line = 1;
  std::vector<std::string> cells;
};

/// RFC 4180 with comma, semicolon or tab (whichever the first line has most of), any line ending, with or without byte
/// order mark. Blank lines are left out.
[[nodiscard]] std::vector<DelimitedRecord> split_records(std::string_view text, char& delimiter);

/// Where a file says no end-to-end time: the nodes' sum for each sample where all have equally many, else one sample,
/// the sum of their medians. No samples for no nodes.
[[nodiscard]] Samples sum_of_nodes(const std::vector<RuntimeNode>& nodes);

/// "costscan reads ...": how every refusal ends.
[[nodiscard]] std::string readable_formats();

}  // namespace costscan
