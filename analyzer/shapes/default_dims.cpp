#include "shapes/default_dims.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace costscan {
namespace {

/// Lower case; runs of anything but letters and digits become one '_', so that names match by words.
std::string words_of(std::string_view text) {
  std::string out = "_";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0) {
      out += static_cast<char>(std::tolower(byte));
    } else if (out.back() != '_') {
      out += '_';
    }
  }
  if (out.back() != '_') out += '_';
  return out;
}

struct NameRule {
  std::string_view part;  ///< looked for in "_words_of_the_name_"; underscores in it stand for word borders
  DimRole role;
};

/// The first match wins: the more telling parts stand first.
constexpr auto name_rules = std::to_array<NameRule>({
    {"total", DimRole::total},
    {"past_plus", DimRole::total},
    {"past_and", DimRole::total},
    {"past_sequence_length_1_", DimRole::total},
    {"kv_seq", DimRole::total},
    {"past", DimRole::past},
    {"_cache", DimRole::past},
    {"encoder", DimRole::encoder_sequence},
    {"num_beams", DimRole::beams},
    {"_beam", DimRole::beams},
    {"latent_height", DimRole::latent_size},
    {"latent_width", DimRole::latent_size},
    {"latent_channel", DimRole::latent_channels},
    {"batch", DimRole::batch},
    {"_bs_", DimRole::batch},
    {"_bsz_", DimRole::batch},
    {"_n_", DimRole::batch},
    {"_b_", DimRole::batch},
    {"num_head", DimRole::heads},
    {"channel", DimRole::channels},
    {"_c_", DimRole::channels},
    {"height", DimRole::image_size},
    {"width", DimRole::image_size},
    {"_h_", DimRole::image_size},
    {"_w_", DimRole::image_size},
    {"image_size", DimRole::image_size},
    {"mel", DimRole::mel_bins},
    {"frame", DimRole::frames},
    {"feature_size", DimRole::mel_bins},
    {"audio", DimRole::samples},
    {"sample", DimRole::samples},
    {"point", DimRole::points},
    {"seq", DimRole::sequence},
    {"token", DimRole::sequence},
    {"_len", DimRole::sequence},
    {"length", DimRole::sequence},
    {"_time", DimRole::frames},
    {"_t_", DimRole::sequence},
    {"_s_", DimRole::sequence},
    {"_l_", DimRole::sequence},
    {"hidden", DimRole::features},
    {"embed", DimRole::features},
    {"feature", DimRole::features},
});

DimRole role_by_name(std::string_view symbol, std::string_view input) {
  const std::string words = words_of(symbol);
  const auto* it = std::find_if(name_rules.begin(), name_rules.end(),
                                [&](const NameRule& rule) { return words.find(rule.part) != std::string::npos; });
  if (it == name_rules.end()) return DimRole::other;
  const bool latent = words_of(input).find("latent") != std::string::npos;
  if (latent && it->role == DimRole::image_size) return DimRole::latent_size;
  if (latent && it->role == DimRole::channels) return DimRole::latent_channels;
  return it->role;
}

bool name_has(std::string_view name, std::string_view part) { return words_of(name).find(part) != std::string::npos; }

DimRole role_by_place(const DimPlace& place) {
  if (place.rank == 0) return DimRole::other;
  if (place.axis == 0 && place.rank > 1) return DimRole::batch;
  const bool floating = is_floating(place.dtype) || place.dtype == DType::uint8;
  if (name_has(place.input, "_past") && place.rank == 4) {
    return place.axis == 2 ? DimRole::past : place.axis == 1 ? DimRole::heads : DimRole::features;
  }
  if (floating && place.rank == 4) {
    const bool latent = name_has(place.input, "latent");
    if (place.axis == 1) return latent ? DimRole::latent_channels : DimRole::channels;
    return latent ? DimRole::latent_size : DimRole::image_size;
  }
  if (floating && place.rank == 5) {
    return place.axis == 1 ? DimRole::channels : place.axis == 2 ? DimRole::video_frames : DimRole::image_size;
  }
  if (floating && place.rank == 3) {
    const bool audio = name_has(place.input, "mel") || name_has(place.input, "feature");
    if (audio) return place.axis == 1 ? DimRole::mel_bins : DimRole::frames;
    return place.axis == 1 ? DimRole::sequence : DimRole::features;
  }
  if (floating && place.rank == 2) {
    const bool audio =
        name_has(place.input, "audio") || name_has(place.input, "wav") || name_has(place.input, "_input_values");
    return audio ? DimRole::samples : DimRole::features;
  }
  if (!floating && place.rank == 2) return DimRole::sequence;
  return DimRole::other;
}

}  // namespace

DimRole role_of(const DimPlace& place) {
  if (!place.symbol.empty()) {
    const DimRole named = role_by_name(place.symbol, place.input);
    if (named != DimRole::other) return named;
  }
  return role_by_place(place);
}

DimDefault default_of(DimRole role, bool with_past) {
  switch (role) {
    case DimRole::batch: return {1, "default for a batch dimension: one sample"};
    case DimRole::sequence:
      return with_past ? DimDefault{1, "default for a sequence beside a cache: a decoding step of one token"}
                       : DimDefault{128, "default for a sequence dimension"};
    case DimRole::past: return {127, "default for a cache of past tokens: 128 with the new one"};
    case DimRole::total: return {128, "default for past and new tokens together"};
    case DimRole::encoder_sequence: return {128, "default for an encoder's sequence"};
    case DimRole::beams: return {1, "default for beams: greedy search"};
    case DimRole::channels: return {3, "default for image channels: RGB"};
    case DimRole::image_size: return {224, "default for an image's height or width"};
    case DimRole::latent_size: return {64, "default for a latent image's height or width: 512 pixels by 8"};
    case DimRole::latent_channels: return {4, "default for a latent image's channels"};
    case DimRole::mel_bins: return {80, "default for mel bins"};
    case DimRole::frames: return {3000, "default for audio frames: 30 s in steps of 10 ms"};
    case DimRole::samples: return {16000, "default for audio samples: 1 s at 16 kHz"};
    case DimRole::video_frames: return {16, "default for the frames of a video clip"};
    case DimRole::points: return {1024, "default for points"};
    case DimRole::heads: return {1, "default: nothing in the model says how many heads"};
    case DimRole::features: return {1, "default: nothing in the model says how many features"};
    case DimRole::other: break;
  }
  return {1, "default for a dimension without a known role"};
}

DimDefault default_of(ScalarRole role, bool with_past) {
  switch (role) {
    case ScalarRole::trip_count: return {3, "default for an input that counts loop trips"};
    case ScalarRole::cache_flag:
      return {with_past ? 1 : 0, with_past ? "default: the model has a cache, so it is used" : "default: no cache"};
    case ScalarRole::flag: return {0, "default for a flag: off"};
    case ScalarRole::length: return {128, "default for an input that sets a length"};
    case ScalarRole::count: break;
  }
  return {1, "default for an input that decides a size"};
}

}  // namespace costscan
