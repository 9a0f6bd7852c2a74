// Networks of kinds that the corpus lacks, each with the family that it is to be told as.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "unit/fingerprint_net.hpp"

namespace costscan::test {

struct ZooCase {
  std::string_view name;
  std::string_view family;
  void (*build)(Net&);
  std::string_view also = {};  ///< a family that is as right
};

[[nodiscard]] std::span<const ZooCase> zoo_of_images();
[[nodiscard]] std::span<const ZooCase> zoo_of_sequences();
[[nodiscard]] std::span<const ZooCase> zoo_of_other_things();
[[nodiscard]] std::span<const ZooCase> zoo_of_confusable_things();

}  // namespace costscan::test
