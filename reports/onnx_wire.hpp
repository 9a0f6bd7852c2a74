// Protobuf's wire format of a model file, rewritten so that nodes gain metadata and nothing else changes.
// Encoding: https://protobuf.dev/programming-guides/encoding/; field numbers: onnx.proto.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/result.hpp"
#include "reports/pieces.hpp"

namespace costscan {

using MetadataEntries = std::vector<std::pair<std::string, std::string>>;

/// Where the nodes of a file are: "main", "function 2", and for a body "<graph>/<node's place>:<attribute>".
struct AnnotationSource {
  std::function<MetadataEntries(const std::string& graph, std::int64_t place)> node;
  MetadataEntries model;        ///< entries for the model itself
  std::string_view own_prefix;  ///< entries with such keys, left by an earlier run, are dropped
};

/// The path of a body in the scheme above.
[[nodiscard]] std::string body_path(const std::string& graph, std::int64_t place, std::string_view attribute);

/// Reads the headers of messages only; weights become stretches of `file`. Error (input): the file is no longer the
/// `size` bytes of protobuf that were loaded.
[[nodiscard]] Result<ReportPieces> annotate_wire(const std::filesystem::path& file, std::uint64_t size,
                                                 const AnnotationSource& source);

}  // namespace costscan
