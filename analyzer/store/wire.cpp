#include "store/wire.hpp"

namespace costscan::wire {
namespace {

constexpr std::uint32_t varint_type = 0;
constexpr std::uint32_t fixed64_type = 1;
constexpr std::uint32_t bytes_type = 2;
constexpr std::uint32_t fixed32_type = 5;

}  // namespace

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

bool Reader::varint(std::uint64_t& at, std::uint64_t end, std::uint64_t& value) const {
  value = 0;
  for (unsigned shift = 0; shift < 64 && at < end; shift += 7) {
    const auto byte = std::to_integer<std::uint64_t>(bytes_[at++]);
    value |= (byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) return true;
  }
  return false;
}

bool Reader::next_field(std::uint64_t at, std::uint64_t end, Field& found) const {
  found.whole.begin = at;
  std::uint64_t tag = 0;
  if (!varint(at, end, tag)) return false;
  found.number = static_cast<std::uint32_t>(tag >> 3);
  const auto type = static_cast<std::uint32_t>(tag & 7);
  found.is_message = type == bytes_type;
  std::uint64_t size = 0;
  switch (type) {
    case varint_type:
      if (!varint(at, end, size)) return false;
      size = 0;
      break;
    case fixed64_type: size = 8; break;
    case fixed32_type: size = 4; break;
    case bytes_type:
      if (!varint(at, end, size)) return false;
      break;
    default: return false;
  }
  if (size > end - at) return false;
  found.payload = {at, at + size};
  found.whole.end = at + size;
  return true;
}

std::string varint_bytes(std::uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7F) | 0x80);
  out += static_cast<char>(value);
  return out;
}

std::string header(std::uint32_t number, std::uint64_t length) {
  return varint_bytes(std::uint64_t{number} << 3 | bytes_type) + varint_bytes(length);
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
