#include "compare/compare.hpp"

#include <fmt/format.h>

#include <utility>

#include "compare/align.hpp"
#include "compare/pair.hpp"
#include "compare/shared_dims.hpp"
#include "load/load.hpp"

namespace costscan {
namespace {

Result<SharedDims> dims_for(const std::filesystem::path& a, const std::filesystem::path& b, const ShapeOptions& given) {
  const auto model_a = load_model(a);
  if (!model_a) return tl::unexpected(model_a.error());
  const auto model_b = load_model(b);
  if (!model_b) return tl::unexpected(model_b.error());
  return share_dims(**model_a, **model_b, given.dims);
}

AnalyzeOptions with_dims(const AnalyzeOptions& options, const DimList& dims, const char* label) {
  AnalyzeOptions out = options;
  out.shapes.dims = dims;
  if (options.measure.progress) {
    out.measure.progress = [label, say = options.measure.progress](const std::string& line) {
      say(fmt::format("{}: {}", label, line));
    };
  }
  return out;
}

/// Of what the runtime executes where both know that, else of the files' own nodes.
std::optional<double> predicted_speedup(const Totals& a, const Totals& b) {
  const auto ratio = [](const std::optional<double>& above, const std::optional<double>& below) {
    return above && below && *above > 0 && *below > 0 ? std::optional(*above / *below) : std::nullopt;
  };
  const auto executed = ratio(a.predicted_runtime_us, b.predicted_runtime_us);
  return executed ? executed : ratio(a.predicted_us, b.predicted_us);
}

}  // namespace

Result<Comparison> compare_models(const std::filesystem::path& a, const std::filesystem::path& b,
                                  const AnalyzeOptions& options) {
  const auto dims = dims_for(a, b, options.shapes);
  if (!dims) return tl::unexpected(dims.error());
  auto analysis_a = analyze(a, with_dims(options, dims->a, "A"));
  if (!analysis_a) return tl::unexpected(analysis_a.error());
  AnalyzeOptions options_b = with_dims(options, dims->b, "B");
  // Roofs that were measured twice would differ by noise, which is no difference between the models.
  options_b.measure.roofs = analysis_a->measurement.roofs;
  auto analysis_b = analyze(b, options_b);
  if (!analysis_b) return tl::unexpected(analysis_b.error());
  Comparison out;
  out.a = *std::move(analysis_a);
  out.b = *std::move(analysis_b);
  out.notes = dims->notes;
  Alignment alignment = align(out.a, out.b);
  out.groups = std::move(alignment.groups);
  out.predicted_speedup = predicted_speedup(out.a.totals, out.b.totals);
  if (options.depth == Depth::measured) {
    const SharedWeights shared{std::move(alignment.constants), find_folded_norms(out.a, out.b, out.groups)};
    out.measurement = measure_pair(*out.a.shaped, *out.b.shaped, shared, options.measure);
  } else {
    out.measurement.status = options.depth == Depth::plan ? MeasureStatus::planned : MeasureStatus::skipped;
    out.measurement.reason = "nothing was executed";
    out.measurement.advice = "run without --static or --plan to measure";
  }
  return out;
}

}  // namespace costscan
