// MatMul of a stack of matrices with a weight, and the Add of its bias. A: one Gemm between Reshapes. B: the bias goes
// into what follows (absorbed_bias.hpp), or two constants that are added one after the other become one. Where a site
// has both, the prediction chooses; without one B, which leaves fewer nodes.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

#include "passes/absorbed_bias.hpp"
#include "passes/finders.hpp"
#include "passes/linear_layer.hpp"

namespace costscan {
namespace {

/// Target of the Reshape back to the dimensions of y: numbers, and -1 for the one that varies; nullopt where more do.
std::optional<std::vector<std::int64_t>> shape_back(const GraphView& view, ValueId y) {
  const auto shapes = view.shapes_by_binding(y);
  if (shapes.empty() || !view.complete()) return std::nullopt;
  std::vector<std::int64_t> target = shapes.front();
  for (std::size_t i = 0; i < target.size(); ++i) {
    const bool varies = std::ranges::any_of(shapes, [&](const Shape& shape) { return shape[i] != target[i]; });
    // A 0 would mean: as in the input.
    if (!varies && target[i] == 0) return std::nullopt;
    if (varies) target[i] = -1;
  }
  return std::ranges::count(target, -1) <= 1 ? std::optional(std::move(target)) : std::nullopt;
}

std::optional<Rewrite> as_gemm(const GraphView& view, const LinearLayer& layer) {
  const auto back = shape_back(view, layer.y);
  if (!back) return std::nullopt;
  std::vector<std::int32_t> site;
  append_nodes(site, layer);
  RewriteBuilder builder(view, std::move(site));
  const ValueId rows = builder.node("Reshape", {layer.x, builder.ints({-1, layer.weight.dims[0]})});
  const std::size_t slot = view.input(layer.add, 0) == view.output(layer.product, 0) ? 1 : 0;
  const ValueId bias = with_dims(builder, view, view.input(layer.add, slot), {layer.weight.dims[1]});
  const ValueId product = builder.node("Gemm", {rows, view.input(layer.product, 1), bias});
  builder.replace(layer.y, builder.node("Reshape", {product, builder.ints(*back)}));
  builder.note(
      fmt::format("A: Gemm [*, {}] x [{}, {}]", layer.weight.dims[0], layer.weight.dims[0], layer.weight.dims[1]));
  return builder.finish();
}

/// Two constants added one after the other.
std::optional<Rewrite> joined_adds(const GraphView& view, const LinearLayer& layer) {
  const std::int32_t next = view.sole_user(layer.add);
  if (next < 0 || !is_op(view.node(next), "Add")) return std::nullopt;
  const std::size_t slot = view.input(next, 0) == layer.y ? 1 : 0;
  const auto second = weight_source(view, view.input(next, slot));
  if (!second || second->dtype != layer.weight.dtype || second->dims.empty()) return std::nullopt;
  const std::int64_t outputs = layer.weight.dims[1];
  // Rows of the second, each as long as the first.
  if (second->dims.back() != outputs) return std::nullopt;
  std::vector<std::int32_t> site{layer.add, next};
  std::ranges::sort(site);
  RewriteBuilder builder(view, std::move(site));
  const auto elements = [layer, second = *second](const ReadWeight& read) -> Result<std::vector<double>> {
    const auto first = read_floats(*layer.bias, read);
    auto sum = read_floats(second, read);
    if (!first) return first;
    if (!sum) return sum;
    for (std::size_t i = 0; i < sum->size(); ++i) (*sum)[i] += (*first)[i % first->size()];
    return sum;
  };
  const ValueId both = builder.constant(computed_constant(second->dtype, second->dims, elements));
  builder.replace(view.output(next, 0), builder.node("Add", {view.output(layer.product, 0), both}));
  builder.note("B: two constants into one");
  return builder.finish();
}

/// Rewrites of one MatMul+Add in their order of preference, the best first.
class Chooser {
 public:
  explicit Chooser(const PassContext& context) : context_(context) {}

  /// What is added first is what the runner takes, where it can.
  void choose(const std::string& kind, std::vector<Rewrite> options, std::vector<Rewrite>& found) {
    if (options.size() > 1 && context_.gain_us) {
      auto known = best_.find(kind);
      if (known == best_.end()) known = best_.emplace(kind, best_of(options)).first;
      std::rotate(options.begin(), options.begin() + static_cast<std::ptrdiff_t>(known->second),
                  options.begin() + static_cast<std::ptrdiff_t>(known->second) + 1);
    }
    for (Rewrite& option : options) found.push_back(std::move(option));
  }

 private:
  [[nodiscard]] std::size_t best_of(const std::vector<Rewrite>& options) const {
    std::size_t best = 0;
    std::optional<double> most;
    for (std::size_t i = 0; i < options.size(); ++i) {
      const auto gain = context_.gain_us(options[i]);
      if (!gain || (most && *gain <= *most)) continue;
      most = gain;
      best = i;
    }
    return best;
  }

  const PassContext& context_;
  std::map<std::string, std::size_t> best_;  ///< by the kind of site: asking once for all layers of one size is enough
};

}  // namespace

std::vector<Rewrite> find_matmul_add_3d(const PassContext& context) {
  const GraphView& view = context.view;
  std::vector<Rewrite> absorbed;
  for (const AttentionCore& core : attention_cores(view)) find_absorbed_biases(view, core, absorbed);
  std::vector<Rewrite> found;
  Chooser chooser(context);
  for (std::int32_t index = 0; index < view.node_count(); ++index) {
    if (!is_op(view.node(index), "MatMul") || view.rank(view.output(index, 0)) < 3) continue;
    const auto layer = linear_layer(view, index);
    if (!layer || layer->add < 0) continue;
    std::vector<Rewrite> options;
    for (const Rewrite& rewrite : absorbed) {
      // What an absorbed bias replaces first is its own result; a bias that takes in another's stays.
      if (rewrite.replaced.front().first != layer->y) continue;
      options.push_back(rewrite);
      options.back().note.insert(0, "B: ");
    }
    if (auto rewrite = joined_adds(view, *layer)) options.push_back(*std::move(rewrite));
    if (auto rewrite = as_gemm(view, *layer)) options.push_back(*std::move(rewrite));
    const std::string kind = fmt::format("{} {} {} {}", layer->weight.dims[0], layer->weight.dims[1], options.size(),
                                         options.empty() ? "" : options.front().note);
    chooser.choose(kind, std::move(options), found);
  }
  return found;
}

}  // namespace costscan
