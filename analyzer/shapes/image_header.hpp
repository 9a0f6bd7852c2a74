// Height and width from the first bytes of an image file, for the formats that ONNX's ImageDecoder names.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace costscan {

struct ImageSize {
  std::int64_t height = 0;
  std::int64_t width = 0;
};

/// BMP, JPEG, JPEG 2000, TIFF, PNG, WebP and the portable maps (PBM to PPM); nullopt for anything else, or where the
/// bytes end before the size.
[[nodiscard]] std::optional<ImageSize> image_size(std::string_view bytes);

}  // namespace costscan
