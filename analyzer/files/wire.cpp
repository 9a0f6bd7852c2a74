#include "files/wire.hpp"

namespace costscan::wire {

std::string_view Reader::text(Extent extent) const {
  return {reinterpret_cast<const char*>(bytes_.data()) + extent.begin, extent.size()};
}

std::string Reader::text_field(Extent message, std::uint32_t number) const {
  std::string found;
  each_field(message, [&](const Field& field) {
    if (field.number == number && field.is_message) found = text(field.payload);
  });
  return found;
}

std::string varint_bytes(std::uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7F) | 0x80);
  out += static_cast<char>(value);
  return out;
}

std::string header(std::uint32_t number, std::uint64_t length) {
  return varint_bytes(std::uint64_t{number} << 3 | type_bytes) + varint_bytes(length);
}

std::string text_field_bytes(std::uint32_t number, std::string_view text) {
  return header(number, text.size()).append(text);
}

PieceList message(std::uint32_t number, PieceList content) {
  PieceList out;
  out.add(header(number, content.size()));
  out.add(std::move(content));
  return out;
}

}  // namespace costscan::wire
