#include "shapes/infer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

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

}  // namespace

Result<std::shared_ptr<const ShapedModel>> infer_shapes(std::shared_ptr<const Model> model,
                                                        const ShapeOptions& options) {
  auto shaped = infer_once(model, options);
  if (shaped || options.dims.empty() || shaped.error().kind != ErrorKind::input) return shaped;
  // The graph contradicts itself under the given dimensions: their fault, if it does not without them.
  ShapeOptions without = options;
  without.dims.clear();
  if (!infer_once(model, without)) return shaped;
  return fail(ErrorKind::usage,
              fmt::format("{} does not fit the model: {}", given_text(options), shaped.error().message));
}

}  // namespace costscan
