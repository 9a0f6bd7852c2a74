#include "fingerprint/study.hpp"

#include <fmt/format.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <utility>

namespace costscan {
namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

constexpr std::size_t nearest_kept = 5;

/// The features that distances are made of, and how they vary over the known models.
struct Standard {
  std::vector<std::size_t> features;  ///< indices into the specs
  Vector mean;
  Vector deviation;
};

std::vector<const FeatureSet*> sets_of(const FingerprintStudy& study) {
  std::vector<const FeatureSet*> all;
  for (const ReferenceModel& each : study.references) all.push_back(&each.features);
  for (const Fingerprint& each : study.models) all.push_back(&each.features);
  return all;
}

Matrix compared_values(const FingerprintStudy& study, const std::vector<const FeatureSet*>& sets,
                       const std::vector<std::size_t>& features) {
  Matrix values(static_cast<Eigen::Index>(sets.size()), static_cast<Eigen::Index>(features.size()));
  for (std::size_t row = 0; row < sets.size(); ++row) {
    for (std::size_t column = 0; column < features.size(); ++column) {
      const std::size_t feature = features[column];
      values(static_cast<Eigen::Index>(row), static_cast<Eigen::Index>(column)) =
          compared_value(study.specs[feature], sets[row]->at(feature));
    }
  }
  return values;
}

/// Over the references where there are some, so that a distance does not depend on what else was asked about. Features
/// that do not vary are left out.
Standard standard_of(const FingerprintStudy& study, const std::vector<const FeatureSet*>& sets) {
  std::vector<std::size_t> candidates;
  for (std::size_t i = 0; i < study.specs.size(); ++i) {
    if (study.specs[i].scale != FeatureScale::apart) candidates.push_back(i);
  }
  const std::size_t known = study.references.empty() ? sets.size() : study.references.size();
  const std::vector<const FeatureSet*> over(sets.begin(), sets.begin() + static_cast<std::ptrdiff_t>(known));
  const Matrix values = compared_values(study, over, candidates);
  const Vector mean = values.colwise().mean();
  const Vector deviation = ((values.rowwise() - mean.transpose()).array().square().colwise().mean()).sqrt();
  constexpr double smallest_deviation = 1e-6;
  Standard out;
  std::vector<Eigen::Index> kept;
  for (Eigen::Index i = 0; i < deviation.size(); ++i) {
    if (deviation[i] < smallest_deviation) continue;
    kept.push_back(i);
    out.features.push_back(candidates[static_cast<std::size_t>(i)]);
  }
  out.mean = mean(kept);
  out.deviation = deviation(kept);
  return out;
}

Matrix standardised(const FingerprintStudy& study, const std::vector<const FeatureSet*>& sets,
                    const Standard& standard) {
  Matrix values = compared_values(study, sets, standard.features);
  values.rowwise() -= standard.mean.transpose();
  // A feature that hardly varies among the known models must not drown all others in a model that has it.
  constexpr double farthest = 6;
  return (values.array().rowwise() / standard.deviation.transpose().array()).cwiseMax(-farthest).cwiseMin(farthest);
}

std::vector<Neighbour> nearest_to(const FingerprintStudy& study, const Matrix& values, std::size_t model) {
  std::vector<Neighbour> all;
  const auto row = static_cast<Eigen::Index>(study.references.size() + model);
  for (std::size_t r = 0; r < study.references.size(); ++r) {
    if (study.references[r].model == study.models[model].model) continue;
    const Vector difference = values.row(static_cast<Eigen::Index>(r)) - values.row(row);
    all.push_back(
        {study.references[r].model, study.references[r].family,
         std::sqrt(difference.squaredNorm() / static_cast<double>(std::max<Eigen::Index>(1, values.cols())))});
  }
  std::ranges::stable_sort(all, {}, &Neighbour::distance);
  all.resize(std::min(all.size(), nearest_kept));
  return all;
}

/// The features that weigh most in a direction: "flops_conv, convs_2d against attention, matmuls".
std::string words_for(const FingerprintStudy& study, const Standard& standard, const Vector& direction) {
  std::vector<Eigen::Index> order(static_cast<std::size_t>(direction.size()));
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<Eigen::Index>(i);
  std::ranges::stable_sort(order, {}, [&](Eigen::Index i) { return direction[i]; });
  const auto name = [&](Eigen::Index i) { return study.specs[standard.features[static_cast<std::size_t>(i)]].name; };
  constexpr std::size_t named = 2;
  std::string low;
  std::string high;
  for (std::size_t i = 0; i < std::min(named, order.size() / 2); ++i) {
    low += (i == 0 ? "" : ", ") + name(order[i]);
    high += (i == 0 ? "" : ", ") + name(order[order.size() - 1 - i]);
  }
  return fmt::format("{} against {}", low, high);
}

/// Principal components of the standardised features of all models. The sign of a component means nothing; the one is
/// taken in which its largest element is positive, so that a map looks the same every time.
void draw_map(FingerprintStudy& study, const Matrix& values, const Standard& standard) {
  constexpr Eigen::Index fewest = 3;
  if (values.rows() < fewest || values.cols() < 2) return;
  const Matrix centred = values.rowwise() - values.colwise().mean();
  const Matrix covariance = centred.transpose() * centred / static_cast<double>(values.rows());
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(covariance);
  const double total = solver.eigenvalues().sum();
  if (solver.info() != Eigen::Success || !(total > 0)) return;
  Matrix axes = solver.eigenvectors().rightCols(2).rowwise().reverse();
  for (Eigen::Index axis = 0; axis < 2; ++axis) {
    Eigen::Index largest = 0;
    axes.col(axis).cwiseAbs().maxCoeff(&largest);
    if (axes(largest, axis) < 0) axes.col(axis) = -axes.col(axis);
  }
  study.shown = solver.eigenvalues().tail(2).sum() / total;
  study.across = words_for(study, standard, axes.col(0));
  study.upward = words_for(study, standard, axes.col(1));
  const Matrix places = centred * axes;
  for (Eigen::Index row = 0; row < places.rows(); ++row) {
    const bool reference = row < static_cast<Eigen::Index>(study.references.size());
    (reference ? study.reference_places : study.places).push_back({places(row, 0), places(row, 1)});
  }
}

}  // namespace

FingerprintStudy study_fingerprints(std::vector<Fingerprint> models, std::vector<ReferenceModel> references) {
  FingerprintStudy study;
  study.specs.assign(feature_specs().begin(), feature_specs().end());
  study.models = std::move(models);
  study.references = std::move(references);
  if (study.models.empty()) return study;
  const std::vector<const FeatureSet*> sets = sets_of(study);
  const Standard standard = standard_of(study, sets);
  const Matrix values = standardised(study, sets, standard);
  for (std::size_t m = 0; m < study.models.size(); ++m) study.nearest.push_back(nearest_to(study, values, m));
  draw_map(study, values, standard);
  return study;
}

}  // namespace costscan
