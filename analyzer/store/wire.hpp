// Protobuf's wire format of a model file, field by field. Encoding:
// https://protobuf.dev/programming-guides/encoding/; field numbers: onnx.proto.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "store/file_pieces.hpp"

namespace costscan::wire {

struct Extent {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  [[nodiscard]] std::uint64_t size() const noexcept { return end - begin; }
};

struct Field {
  std::uint32_t number = 0;
  bool is_message = false;  ///< length-delimited: bytes, a text or a message
  Extent whole;             ///< tag and length included
  Extent payload;
};

/// Fields of ModelProto, GraphProto, ... that the writer looks at.
namespace field {
inline constexpr std::uint32_t model_graph = 7;
inline constexpr std::uint32_t model_opset_import = 8;
inline constexpr std::uint32_t graph_node = 1;
inline constexpr std::uint32_t graph_initializer = 5;
inline constexpr std::uint32_t graph_input = 11;
inline constexpr std::uint32_t graph_output = 12;
inline constexpr std::uint32_t graph_value_info = 13;
inline constexpr std::uint32_t graph_annotation = 14;
inline constexpr std::uint32_t graph_sparse_initializer = 15;
inline constexpr std::uint32_t node_input = 1;
inline constexpr std::uint32_t node_output = 2;
inline constexpr std::uint32_t tensor_name = 8;
inline constexpr std::uint32_t sparse_values = 1;
inline constexpr std::uint32_t value_info_name = 1;
inline constexpr std::uint32_t annotation_tensor = 1;
inline constexpr std::uint32_t annotation_parameter = 2;
inline constexpr std::uint32_t entry_value = 2;
}  // namespace field

/// Reads fields of a file in memory; a map of it will do, for only headers are touched.
class Reader {
 public:
  Reader(std::filesystem::path file, std::span<const std::byte> bytes) : file_(std::move(file)), bytes_(bytes) {}

  /// Calls `visit(const Field&)` for every field of a message; false where the bytes make no sense.
  template <class Visit>
  bool each_field(Extent message, const Visit& visit) const {
    for (std::uint64_t at = message.begin; at < message.end;) {
      Field found;
      if (!next_field(at, message.end, found)) return false;
      visit(found);
      at = found.whole.end;
    }
    return true;
  }

  [[nodiscard]] Extent whole() const noexcept { return {0, bytes_.size()}; }
  [[nodiscard]] std::string_view text(Extent extent) const;
  /// The last field of that number, as protobuf reads it; empty where there is none.
  [[nodiscard]] std::string text_field(Extent message, std::uint32_t number) const;
  [[nodiscard]] SourceStretch stretch(Extent extent) const { return {file_, extent.begin, extent.size()}; }

 private:
  [[nodiscard]] bool varint(std::uint64_t& at, std::uint64_t end, std::uint64_t& value) const;
  [[nodiscard]] bool next_field(std::uint64_t at, std::uint64_t end, Field& found) const;
  std::filesystem::path file_;
  std::span<const std::byte> bytes_;
};

[[nodiscard]] std::string varint_bytes(std::uint64_t value);
/// Tag and length of a length-delimited field.
[[nodiscard]] std::string header(std::uint32_t number, std::uint64_t length);
/// A whole length-delimited field.
[[nodiscard]] std::string text_field_bytes(std::uint32_t number, std::string_view text);
/// A field whose message is `content`.
[[nodiscard]] PieceList message(std::uint32_t number, PieceList content);

}  // namespace costscan::wire
