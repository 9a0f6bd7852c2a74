#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "fingerprint/gather.hpp"
#include "model/text.hpp"

namespace costscan {
namespace {

struct Output {
  std::string name;
  DType dtype = DType::undefined;
  Shape dims;
};

/// A number per row of the vocabulary; exporters and trainers pad one of the two by some rows.
bool spans_vocabulary(const Output& output, double vocabulary) {
  if (output.dims.empty() || vocabulary <= 0 || !is_floating(output.dtype)) return false;
  const auto last = static_cast<double>(output.dims.back());
  constexpr double padding = 0.02;
  return last >= vocabulary * (1 - padding) && last <= vocabulary * (1 + padding);
}

/// [..., N, 4] beside another output whose N is the same: boxes and what stands in them.
bool are_boxes(const Output& output, const std::vector<Output>& all) {
  constexpr std::int64_t fewest = 4;
  const Shape& d = output.dims;
  if (d.size() < 2 || d.back() != 4 || !is_floating(output.dtype)) return false;
  const std::int64_t rows = d[d.size() - 2];
  if (rows < fewest) return false;
  return std::ranges::any_of(all, [&](const Output& other) {
    return &other != &output && std::ranges::find(other.dims, rows) != other.dims.end();
  });
}

bool is_image(const Output& output) {
  constexpr std::int64_t smallest_side = 16;
  const Shape& d = output.dims;
  if (d.size() != 4) return false;
  const auto few = [](std::int64_t channels) { return channels == 1 || channels == 3; };
  return (few(d[1]) && std::min(d[2], d[3]) >= smallest_side) || (few(d[3]) && std::min(d[1], d[2]) >= smallest_side);
}

/// The two longest axes of a feature map, batch apart: its place among scales.
std::pair<std::int64_t, std::int64_t> map_size(const Shape& dims) {
  Shape sides(dims.begin() + 1, dims.end());
  // NCHW and [N, anchors, H, W, numbers] alike: two equal neighbours are the sides, else the last two.
  for (std::size_t i = 0; i + 1 < sides.size(); ++i) {
    if (sides[i] == sides[i + 1]) return {sides[i], sides[i]};
  }
  return {sides[sides.size() - 2], sides.back()};
}

std::vector<Output> main_outputs(const GraphView& view) {
  std::vector<Output> outputs;
  for (const ValueId id : view.graph().outputs) {
    if (id == no_value) continue;
    Output output{view.graph().values[static_cast<std::size_t>(id)].name, view.dtype(id), {}};
    if (const Shape* dims = view.shape(id)) output.dims = *dims;
    outputs.push_back(std::move(output));
  }
  return outputs;
}

/// Shapes of floating inputs of three to five axes.
std::set<Shape> map_inputs(const GraphView& view) {
  std::set<Shape> shapes;
  for (const ValueId id : view.graph().inputs) {
    const Value& value = view.graph().values[static_cast<std::size_t>(id)];
    const Shape* dims = view.shape(id);
    const bool fits = value.origin != ValueOrigin::initializer && dims != nullptr && dims->size() >= 3;
    if (fits && is_floating(view.dtype(id))) shapes.insert(*dims);
  }
  return shapes;
}

}  // namespace

std::vector<std::string> gather_outputs(const GatherContext& context) {
  FeatureSet& features = context.features;
  const std::vector<Output> outputs = main_outputs(context.views.main());
  const std::set<Shape> like = map_inputs(context.views.main());
  const double vocabulary = features.get("vocabulary").value_or(0);
  double spans = 0;
  double classes = 0;
  double boxes = 0;
  double images = 0;
  double same = 0;
  std::set<std::pair<std::int64_t, std::int64_t>> scales;
  std::vector<std::string> words;
  for (const Output& output : outputs) {
    const std::size_t rank = output.dims.size();
    spans += spans_vocabulary(output, vocabulary) ? 1 : 0;
    classes += rank == 2 && is_floating(output.dtype) ? 1 : 0;
    boxes += are_boxes(output, outputs) ? 1 : 0;
    images += is_image(output) ? 1 : 0;
    same += like.contains(output.dims) ? 1 : 0;
    if ((rank == 4 || rank == 5) && is_floating(output.dtype)) scales.insert(map_size(output.dims));
    words.push_back(
        fmt::format("{}: {} {}", printable(output.name), to_string(output.dtype), fmt::join(output.dims, "x")));
  }
  features.set("outputs", static_cast<double>(outputs.size()));
  features.set("output_vocabulary", spans);
  features.set("output_classes", classes);
  features.set("output_boxes", boxes);
  features.set("output_images", images);
  features.set("output_like_input", same);
  features.set("output_scales", static_cast<double>(scales.size()));
  return words;
}

}  // namespace costscan
