// Several fingerprints beside one another and beside models that are known: nearest ones, and a map of all of them.
#pragma once

#include <string>
#include <vector>

#include "fingerprint/fingerprint.hpp"

namespace costscan {

/// A model whose family somebody stated, as costmodels/families/reference/corpus.yaml has it.
struct ReferenceModel {
  std::string model;
  std::string family;
  FeatureSet features;
};

struct Neighbour {
  std::string model;
  std::string family;   ///< as stated
  double distance = 0;  ///< root of the mean square difference of the standardised features
};

/// A place on the map: the first two principal components.
struct MapPoint {
  double x = 0;
  double y = 0;
};

struct FingerprintStudy {
  std::vector<FeatureSpec> specs;  ///< of the features, in the order of the columns
  std::vector<Fingerprint> models;
  std::vector<std::vector<Neighbour>> nearest;  ///< by model: the nearest first; a reference of its own name left out
  std::vector<ReferenceModel> references;
  std::vector<MapPoint> places;            ///< by model; empty where fewer than three models make a map
  std::vector<MapPoint> reference_places;  ///< by reference
  double shown = 0;                        ///< share of the variance that the map shows
  std::string across;                      ///< the features that tell left from right and below from above, in words
  std::string upward;
};

/// The built-in references; none where the library has no such file. Error (defect) names the file.
[[nodiscard]] Result<std::vector<ReferenceModel>> builtin_references();

[[nodiscard]] FingerprintStudy study_fingerprints(std::vector<Fingerprint> models,
                                                  std::vector<ReferenceModel> references);

}  // namespace costscan
