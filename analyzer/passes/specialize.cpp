#include "passes/specialize.hpp"

#include <algorithm>
#include <utility>

#include "shapes/bindings.hpp"

namespace costscan {

Result<std::shared_ptr<const Model>> with_fixed_dims(const std::shared_ptr<const Model>& model,
                                                     const std::vector<std::pair<std::string, std::int64_t>>& dims) {
  const auto bound = bind_dims(*model, dims);  // says what is wrong with a name
  if (!bound) return tl::unexpected(bound.error());
  SymbolValues symbols;
  for (const auto& [name, value] : dims) symbols[name] = value;
  auto fixed = std::make_shared<Model>(*model);
  const auto fix = [&](ValueId id) {
    Value& value = fixed->graph.values[static_cast<std::size_t>(id)];
    if (!value.declared || value.declared->kind != TypeKind::tensor || !value.declared->dims) return;
    for (std::size_t axis = 0; axis < value.declared->dims->size(); ++axis) {
      DeclaredDim& dim = (*value.declared->dims)[axis];
      // Nameless dimensions are called after their input (shapes/bindings.hpp).
      if (std::holds_alternative<std::monostate>(dim)) {
        const auto named = symbols.find(value.name + "_dim_" + std::to_string(axis));
        if (named != symbols.end() && value.origin == ValueOrigin::graph_input) dim = named->second;
      } else if (const auto number = resolve_dim(dim, symbols)) {
        dim = *number;
      }
    }
  };
  for (const ValueId in : fixed->graph.inputs) fix(in);
  for (const ValueId out : fixed->graph.outputs) fix(out);
  return std::shared_ptr<const Model>(std::move(fixed));
}

std::vector<ValueId> overridable_initializers(const Model& model) {
  constexpr std::int64_t defaults_since = 4;
  std::vector<ValueId> found;
  if (model.ir_version < defaults_since) return found;
  for (const ValueId in : model.graph.inputs) {
    if (model.graph.values[static_cast<std::size_t>(in)].initializer >= 0) found.push_back(in);
  }
  return found;
}

std::shared_ptr<const Model> without_overridable(const std::shared_ptr<const Model>& model) {
  auto fixed = std::make_shared<Model>(*model);
  const std::vector<ValueId> defaults = overridable_initializers(*model);
  std::erase_if(fixed->graph.inputs, [&](ValueId in) { return std::ranges::find(defaults, in) != defaults.end(); });
  return fixed;
}

}  // namespace costscan
