// Protobuf's wire format, read only as far as it takes to leave bulk tensor payloads out.
// Encoding: https://protobuf.dev/programming-guides/encoding/; field numbers: onnx.proto.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "load/mapped_file.hpp"
#include "load/parsed.hpp"

namespace costscan {

/// Subgraphs inside subgraphs beyond this are refused: everything after the loader recurses over them.
inline constexpr int deepest_subgraph = 256;

/// Payloads from this size on stay in the file.
inline constexpr std::size_t bulk_threshold = 1024;

/// Field number that stands in a thinned TensorProto for its payload: the index into ThinBytes::payloads. ONNX has no
/// such field (it is the largest number that protobuf allows).
inline constexpr int bulk_marker_field = 536870911;

enum class PayloadField { raw_data, float_data, double_data };

/// A payload left where it lies: little-endian packed elements (float_data and double_data are so by their encoding).
struct BulkPayload {
  PayloadField field = PayloadField::raw_data;
  std::uint64_t offset = 0;  ///< from the start of the file
  std::uint64_t length = 0;
};

struct ThinBytes {
  std::string bytes;  ///< a ModelProto that protobuf can parse; nested lengths are padded to five bytes
  std::vector<BulkPayload> payloads;
};

/// Copies a serialized ModelProto of `size` bytes without its bulk payloads. Reads only message headers and what is
/// kept, in pieces of a few pages. Every length is checked against its enclosing message; errors name the byte where
/// the file stops making sense.
[[nodiscard]] Parsed<ThinBytes> thin_model(std::uint64_t size, const ReadAt& read);

}  // namespace costscan
