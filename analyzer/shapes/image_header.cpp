// Each format's header as its specification lays it out; nothing is decoded.
#include "shapes/image_header.hpp"

#include <array>
#include <charconv>

namespace costscan {
namespace {

using MaybeNumber = std::optional<std::uint32_t>;
using MaybeSize = std::optional<ImageSize>;

enum class Order { little, big };

/// `count` bytes at `at` as an unsigned number.
MaybeNumber number_at(std::string_view bytes, std::size_t at, std::size_t count, Order order) {
  if (at > bytes.size() || bytes.size() - at < count) return std::nullopt;
  std::uint32_t out = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t from = order == Order::big ? i : count - 1 - i;
    out = (out << 8U) | static_cast<unsigned char>(bytes[at + from]);
  }
  return out;
}

MaybeSize size_of(const MaybeNumber& height, const MaybeNumber& width) {
  if (!height || !width || *height == 0 || *width == 0) return std::nullopt;
  return ImageSize{*height, *width};
}

/// PNG (ISO/IEC 15948): the IHDR chunk stands first.
MaybeSize png(std::string_view bytes) {
  return size_of(number_at(bytes, 20, 4, Order::big), number_at(bytes, 16, 4, Order::big));
}

/// BMP: the height may be negative, for rows from the top.
MaybeSize bmp(std::string_view bytes) {
  const auto header = number_at(bytes, 14, 4, Order::little);
  if (header == 12U) return size_of(number_at(bytes, 20, 2, Order::little), number_at(bytes, 18, 2, Order::little));
  auto height = number_at(bytes, 22, 4, Order::little);
  if (height && *height > 0x7fffffffU) height = 0U - *height;
  return size_of(height, number_at(bytes, 18, 4, Order::little));
}

/// JPEG (ITU-T T.81): segments up to the first start of frame.
MaybeSize jpeg(std::string_view bytes) {
  std::size_t at = 2;
  while (true) {
    const auto marker = number_at(bytes, at, 2, Order::big);
    const auto length = number_at(bytes, at + 2, 2, Order::big);
    if (!marker || (*marker >> 8U) != 0xffU) return std::nullopt;
    const unsigned kind = *marker & 0xffU;
    if (kind == 0xffU) {  // a fill byte
      ++at;
      continue;
    }
    if (!length || *length < 2) return std::nullopt;
    const bool frame = kind >= 0xc0U && kind <= 0xcfU && kind != 0xc4U && kind != 0xc8U && kind != 0xccU;
    if (frame) return size_of(number_at(bytes, at + 5, 2, Order::big), number_at(bytes, at + 7, 2, Order::big));
    at += 2 + *length;
  }
}

/// JPEG 2000 (ITU-T T.800): the SIZ marker of the codestream, bare or inside boxes; sizes less offsets.
MaybeSize jpeg2000(std::string_view bytes) {
  const std::size_t siz = bytes.find("\xff\x4f\xff\x51");
  if (siz == std::string_view::npos) return std::nullopt;
  const auto field = [&](std::size_t offset) { return number_at(bytes, siz + 8 + offset, 4, Order::big); };
  const auto width = field(0);
  const auto height = field(4);
  const auto left = field(8);
  const auto top = field(12);
  if (!width || !height || !left || !top || *left >= *width || *top >= *height) return std::nullopt;
  return size_of(*height - *top, *width - *left);
}

/// TIFF 6.0: ImageWidth (256) and ImageLength (257) of the first directory, as 16 or 32 bits.
MaybeSize tiff(std::string_view bytes) {
  const Order order = bytes[0] == 'I' ? Order::little : Order::big;
  const auto directory = number_at(bytes, 4, 4, order);
  const auto entries = directory ? number_at(bytes, *directory, 2, order) : std::nullopt;
  MaybeNumber height;
  MaybeNumber width;
  for (std::size_t i = 0; entries && i < *entries; ++i) {
    const std::size_t at = *directory + 2 + 12 * i;
    const auto tag = number_at(bytes, at, 2, order);
    const auto type = number_at(bytes, at + 2, 2, order);
    if (!tag || !type) return std::nullopt;
    if (*tag == 256) width = number_at(bytes, at + 8, *type == 3 ? 2 : 4, order);
    if (*tag == 257) height = number_at(bytes, at + 8, *type == 3 ? 2 : 4, order);
  }
  return size_of(height, width);
}

/// WebP (RFC 9649): extended, lossless or lossy chunk.
MaybeSize webp(std::string_view bytes) {
  const std::string_view chunk = bytes.substr(12, 4);
  if (chunk == "VP8X") {
    const auto width = number_at(bytes, 24, 3, Order::little);
    const auto height = number_at(bytes, 27, 3, Order::little);
    return width && height ? size_of(*height + 1, *width + 1) : std::nullopt;
  }
  if (chunk == "VP8L") {
    const auto packed = number_at(bytes, 21, 4, Order::little);
    return packed ? size_of(((*packed >> 14U) & 0x3fffU) + 1, (*packed & 0x3fffU) + 1) : std::nullopt;
  }
  if (chunk != "VP8 ") return std::nullopt;
  const auto width = number_at(bytes, 26, 2, Order::little);
  const auto height = number_at(bytes, 28, 2, Order::little);
  return width && height ? size_of(*height & 0x3fffU, *width & 0x3fffU) : std::nullopt;
}

/// Portable maps: width and height as decimal words after the magic number, comments between.
MaybeSize portable_map(std::string_view bytes) {
  constexpr std::string_view white = " \t\r\n\v\f";
  std::array<std::uint32_t, 2> numbers{};
  std::size_t at = 2;
  for (std::uint32_t& number : numbers) {
    at = bytes.find_first_not_of(white, at);
    while (at < bytes.size() && bytes[at] == '#') at = bytes.find_first_not_of(white, bytes.find('\n', at));
    if (at >= bytes.size()) return std::nullopt;
    const auto [end, error] = std::from_chars(bytes.data() + at, bytes.data() + bytes.size(), number);
    if (error != std::errc{}) return std::nullopt;
    at = static_cast<std::size_t>(end - bytes.data());
  }
  return size_of(numbers[1], numbers[0]);
}

}  // namespace

std::optional<ImageSize> image_size(std::string_view bytes) {
  constexpr std::string_view png_magic("\x89PNG\r\n\x1a\n");
  if (bytes.size() < 16) return std::nullopt;
  if (bytes.starts_with(png_magic)) return png(bytes);
  if (bytes.starts_with("BM")) return bmp(bytes);
  if (bytes.starts_with("\xff\xd8\xff")) return jpeg(bytes);
  if (bytes.starts_with("\xff\x4f\xff\x51") || bytes.substr(4, 4) == "jP  ") return jpeg2000(bytes);
  if (bytes.starts_with(std::string_view("II*\0", 4)) || bytes.starts_with(std::string_view("MM\0*", 4))) {
    return tiff(bytes);
  }
  if (bytes.starts_with("RIFF") && bytes.substr(8, 4) == "WEBP") return webp(bytes);
  if (bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '6') return portable_map(bytes);
  return std::nullopt;
}

}  // namespace costscan
