// Protobuf's wire format of a model file, field by field. Encoding:
// https://protobuf.dev/programming-guides/encoding/; field numbers: onnx.proto.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "files/file_pieces.hpp"

namespace costscan::wire {

struct Extent {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  [[nodiscard]] std::uint64_t size() const noexcept { return end - begin; }
};

/// How a field's payload is stored: the low three bits of its tag.
inline constexpr std::uint32_t type_varint = 0;
inline constexpr std::uint32_t type_fixed64 = 1;
inline constexpr std::uint32_t type_bytes = 2;
inline constexpr std::uint32_t type_fixed32 = 5;

struct Field {
  std::uint32_t number = 0;
  bool is_message = false;  ///< length-delimited: bytes, a text or a message
  Extent whole;             ///< tag and length included
  Extent payload;
};

/// Fields of ModelProto, GraphProto, ... that writers look at.
namespace field {
inline constexpr std::uint32_t model_graph = 7;
inline constexpr std::uint32_t model_opset_import = 8;
inline constexpr std::uint32_t model_metadata = 14;
inline constexpr std::uint32_t model_functions = 25;
inline constexpr std::uint32_t graph_node = 1;
inline constexpr std::uint32_t graph_initializer = 5;
inline constexpr std::uint32_t graph_input = 11;
inline constexpr std::uint32_t graph_output = 12;
inline constexpr std::uint32_t graph_value_info = 13;
inline constexpr std::uint32_t graph_annotation = 14;
inline constexpr std::uint32_t graph_sparse_initializer = 15;
inline constexpr std::uint32_t node_input = 1;
inline constexpr std::uint32_t node_output = 2;
inline constexpr std::uint32_t node_attribute = 5;
inline constexpr std::uint32_t node_metadata = 9;
inline constexpr std::uint32_t function_node = 7;
inline constexpr std::uint32_t attribute_name = 1;
inline constexpr std::uint32_t attribute_g = 6;
inline constexpr std::uint32_t attribute_graphs = 11;
inline constexpr std::uint32_t tensor_name = 8;
inline constexpr std::uint32_t sparse_values = 1;
inline constexpr std::uint32_t value_info_name = 1;
inline constexpr std::uint32_t annotation_tensor = 1;
inline constexpr std::uint32_t annotation_parameter = 2;
inline constexpr std::uint32_t entry_key = 1;
inline constexpr std::uint32_t entry_value = 2;
}  // namespace field

/// A number that starts at `at`, which moves behind it; nullopt where it does not end before `end`. `bytes`: has
/// byte(place) → std::uint8_t.
template <class Bytes>
std::optional<std::uint64_t> read_varint(Bytes& bytes, std::uint64_t& at, std::uint64_t end) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && at < end; shift += 7) {
    const std::uint64_t byte = bytes.byte(at++);
    value |= (byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) return value;
  }
  return std::nullopt;
}

/// The field that starts at `at`, of which only the header is read; nullopt where it is none, or ends behind `end`.
template <class Bytes>
std::optional<Field> read_field(Bytes& bytes, std::uint64_t at, std::uint64_t end) {
  Field found;
  found.whole.begin = at;
  const auto tag = read_varint(bytes, at, end);
  if (!tag) return std::nullopt;
  found.number = static_cast<std::uint32_t>(*tag >> 3);
  std::optional<std::uint64_t> size = 0;
  switch (*tag & 7) {
    case type_varint:
      if (!read_varint(bytes, at, end)) return std::nullopt;
      break;
    case type_fixed64: size = 8; break;
    case type_fixed32: size = 4; break;
    case type_bytes:
      found.is_message = true;
      size = read_varint(bytes, at, end);
      break;
    default: return std::nullopt;
  }
  if (!size || *size > end - at) return std::nullopt;
  found.payload = {at, at + *size};
  found.whole.end = at + *size;
  return found;
}

/// Reads fields of a file in memory; a map of it will do, for only headers are touched.
class Reader {
 public:
  Reader(std::filesystem::path file, std::span<const std::byte> bytes) : file_(std::move(file)), bytes_(bytes) {}

  /// Calls `visit(const Field&)` for every field of a message; false where the bytes make no sense.
  template <class Visit>
  bool each_field(Extent message, const Visit& visit) const {
    for (std::uint64_t at = message.begin; at < message.end;) {
      const auto found = read_field(*this, at, message.end);
      if (!found) return false;
      visit(*found);
      at = found->whole.end;
    }
    return true;
  }

  [[nodiscard]] Extent whole() const noexcept { return {0, bytes_.size()}; }
  [[nodiscard]] std::uint8_t byte(std::uint64_t at) const { return std::to_integer<std::uint8_t>(bytes_[at]); }
  [[nodiscard]] std::string_view text(Extent extent) const;
  /// The last field of that number, as protobuf reads it; empty where there is none.
  [[nodiscard]] std::string text_field(Extent message, std::uint32_t number) const;
  [[nodiscard]] FileStretch stretch(Extent extent) const { return {file_, extent.begin, extent.size()}; }

 private:
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
