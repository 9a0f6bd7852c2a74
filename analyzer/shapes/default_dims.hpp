// What a free dimension stands for when nobody says, and why. The one table of defaults.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/dtype.hpp"

namespace costscan {

enum class DimRole {
  batch,
  sequence,
  past,
  total,  ///< past + sequence
  encoder_sequence,
  beams,
  channels,
  image_size,
  latent_size,
  latent_channels,
  mel_bins,
  frames,
  samples,
  video_frames,
  points,
  heads,
  features,
  other,
};

/// Where a free dimension stands.
struct DimPlace {
  std::string_view symbol;  ///< "" for an unnamed dimension
  std::string_view input;   ///< name of the graph input
  DType dtype = DType::undefined;
  std::size_t axis = 0;
  std::size_t rank = 0;
};

/// The role that the symbol's name tells, else the one that its place in the input suggests.
[[nodiscard]] DimRole role_of(const DimPlace& place);

struct DimDefault {
  std::int64_t value;
  const char* reason;
};

/// `with_past`: the model has a cache of past tokens, so that a step of decoding is the natural default.
[[nodiscard]] DimDefault default_of(DimRole role, bool with_past);

enum class ScalarRole { trip_count, flag, cache_flag, length, count };

[[nodiscard]] DimDefault default_of(ScalarRole role, bool with_past);

}  // namespace costscan
