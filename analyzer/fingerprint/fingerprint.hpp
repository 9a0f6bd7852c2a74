// What kind of model this is: counted features, the family that rules read off them, and the evidence in words.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fingerprint/features.hpp"
#include "model/analysis.hpp"
#include "model/result.hpp"

namespace costscan {

/// One rule that held, or whose features are not known.
struct Evidence {
  std::string says;   ///< in words, with this model's numbers
  std::string why;    ///< the rule's reason
  double weight = 0;  ///< natural logarithm of how many times likelier the family is for it
};

struct FamilyScore {
  std::string family;
  double score = 0;        ///< sum of the weights of what holds
  double probability = 0;  ///< of all families' scores, by softmax
  std::vector<Evidence> evidence;
  std::vector<std::string> not_looked_for;  ///< features that rules asked for in vain
};

struct Fingerprint {
  std::string model;                  ///< the file's stem
  std::vector<FamilyScore> families;  ///< the likeliest first
  FeatureSet features;
  std::vector<std::pair<std::string, std::int64_t>> op_histogram;  ///< all scopes, the most frequent first
  std::vector<std::string> inputs;  ///< in words: "input_ids: int64 1x128, token ids below 30522"
  std::vector<std::string> outputs;

  [[nodiscard]] const std::string& family() const { return families.front().family; }
  [[nodiscard]] double confidence() const { return families.front().probability; }
};

/// Needs rows with costs and predicted times; nothing is measured or read of weights but small constants (masks).
/// Error (defect): a rule file of the library's own that cannot be read.
[[nodiscard]] Result<Fingerprint> fingerprint(const Analysis& analysis);

}  // namespace costscan
