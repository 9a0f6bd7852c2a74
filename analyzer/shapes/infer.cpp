#include "shapes/infer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "shapes/bindings.hpp"
#include "shapes/inference.hpp"

namespace costscan {
namespace {

std::string given_text(const ShapeOptions& options) {
  std::vector<std::string> out;
  for (const auto& [name, value] : options.dims) out.push_back(fmt::format("--dim {}={}", name, value));
  return fmt::format("{}", fmt::join(out, " "));
}

std::string defaults_text(const std::vector<DimBinding>& bindings) {
  std::vector<std::string> out;
  for (const DimBinding& binding : bindings) {
    if (binding.origin == BindingOrigin::default_value)
      out.push_back(fmt::format("{}={}", binding.name, binding.value));
  }
  return fmt::format("{}", fmt::join(out, ", "));
}

Result<std::shared_ptr<const ShapedModel>> infer_once(const std::shared_ptr<const Model>& model,
                                                      const ShapeOptions& options) {
  auto bindings = bind_dims(*model, options.dims);
  if (!bindings) return tl::unexpected(std::move(bindings.error()));
  const std::string defaults = defaults_text(bindings->list);
  Inference inference(model, std::move(*bindings), options);
  if (auto error = inference.run()) {
    if (!defaults.empty()) error->message += fmt::format("; dimensions bound by default: {} (--dim NAME=N)", defaults);
    return tl::unexpected(std::move(*error));
  }
  return inference.take();
}

/// `bindings` with every default capped at (or, for image sizes, moved to) `value`; nullopt where that changes nothing.
std::optional<ShapeOptions> with_defaults_at(const ShapeOptions& options, const std::vector<DimBinding>& bindings,
                                             std::int64_t value) {
  constexpr std::int64_t image_default = 224;
  ShapeOptions moved = options;
  bool changed = false;
  for (const DimBinding& binding : bindings) {
    if (binding.origin != BindingOrigin::default_value) continue;
    const bool fits = value > image_default ? binding.value != image_default : binding.value <= value;
    changed = changed || !fits;
    if (!fits) moved.dims.emplace_back(binding.name, value);
  }
  return changed ? std::optional(std::move(moved)) : std::nullopt;
}

/// A default may be longer than a table of positions in the model, or an image of the wrong size for one: others are
/// tried, and what fits is bound, still as a default, with that reason.
Result<std::shared_ptr<const ShapedModel>> infer_with_other_defaults(const std::shared_ptr<const Model>& model,
                                                                     const ShapeOptions& options) {
  const auto bindings = bind_dims(*model, options.dims);
  if (!bindings) return tl::unexpected(bindings.error());
  for (const std::int64_t value : {64, 32, 16, 8, 4, 2, 1, 256, 384, 512, 640}) {
    const auto moved = with_defaults_at(options, bindings->list, value);
    if (!moved) continue;
    const auto shaped = infer_once(model, *moved);
    if (!shaped) continue;
    auto stated = std::make_shared<ShapedModel>(**shaped);
    for (DimBinding& binding : stated->bindings) {
      const auto usual = std::ranges::find(bindings->list, binding.name, &DimBinding::name);
      if (usual == bindings->list.end() || usual->origin != BindingOrigin::default_value) continue;
      binding.origin = BindingOrigin::default_value;
      binding.reason =
          usual->value == binding.value
              ? usual->reason
              : fmt::format("the usual default {} does not fit this model, {} does", usual->value, binding.value);
    }
    return std::shared_ptr<const ShapedModel>(std::move(stated));
  }
  return fail(ErrorKind::input, "no default fits");
}

}  // namespace

Result<std::shared_ptr<const ShapedModel>> infer_shapes(std::shared_ptr<const Model> model,
                                                        const ShapeOptions& options) {
  auto shaped = infer_once(model, options);
  if (!shaped && shaped.error().kind == ErrorKind::input) {
    if (auto other = infer_with_other_defaults(model, options)) return other;
  }
  if (shaped || options.dims.empty() || shaped.error().kind != ErrorKind::input) return shaped;
  // The graph contradicts itself under the given dimensions: their fault, if it does not without them.
  ShapeOptions without = options;
  without.dims.clear();
  if (!infer_once(model, without) && !infer_with_other_defaults(model, without)) return shaped;
  return fail(ErrorKind::usage,
              fmt::format("{} does not fit the model: {}", given_text(options), shaped.error().message));
}

}  // namespace costscan
