#include "shapes/bindings.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "model/checked_math.hpp"
#include "shapes/deciding_inputs.hpp"
#include "shapes/default_dims.hpp"
#include "shapes/dim_slots.hpp"
#include "shapes/weight_dims.hpp"

namespace costscan {
namespace {

/// No tensor dimension of a model that runs is larger; products stay checked anyway.
constexpr std::int64_t max_dim = (std::int64_t{1} << 31) - 1;
/// Longer integer inputs hold data, not sizes.
constexpr std::int64_t max_size_elements = 8;

class Binder {
 public:
  explicit Binder(const Model& model) : model_(model), deciding_(deciding_inputs(model)) {}

  Result<Bindings> run(const std::vector<std::pair<std::string, std::int64_t>>& given) {
    collect_slots();
    collect_relations();
    for (const auto& [name, value] : given) {
      if (auto error = take_given(name, value)) return tl::unexpected(std::move(*error));
    }
    bind_all();
    if (auto error = check()) return tl::unexpected(std::move(*error));
    return finish();
  }

 private:
  const Value& value(ValueId id) const { return model_.graph.values[static_cast<std::size_t>(id)]; }
  std::string file() const { return model_.path.filename().string(); }

  void collect_slots() {
    for (const ValueId id : model_.graph.inputs) {
      const Value& input = value(id);
      if (input.initializer >= 0 || !input.declared || !input.declared->dims) continue;
      const auto& dims = *input.declared->dims;
      first_slot_.emplace(id, slots_.size());  // an input's slots lie side by side
      for (std::size_t axis = 0; axis < dims.size(); ++axis) {
        DimSlot slot{id, axis, {}, {}};
        if (const auto* fixed = std::get_if<std::int64_t>(&dims[axis]); fixed != nullptr && *fixed >= 0) {
          slot.expr = number_expr(*fixed);
        } else {
          const auto* text = std::get_if<std::string>(&dims[axis]);
          const bool named = text != nullptr && !text->empty() && *text != "?" && *text != "None" && *text != "-1";
          slot.text = named ? *text : fmt::format("{}_dim_{}", input.name, axis);
          slot.expr = named ? expression_of(slot.text) : symbol_expr(slot.text);
          add_symbols(slot, input, dims.size(), named);
        }
        slots_.push_back(std::move(slot));
      }
    }
  }

  void add_symbols(const DimSlot& slot, const Value& input, std::size_t rank, bool named) {
    for (const std::string& name : symbols_of(slot.expr)) {
      if (find(name) != nullptr) continue;
      NamedDim symbol;
      symbol.name = name;
      const DimPlace place{named ? std::string_view(name) : std::string_view{}, input.name, input.declared->dtype,
                           slot.axis, rank};
      symbol.role = role_of(place);
      if (slot.expr.op == DimOp::symbol && symbol.role != DimRole::batch) {
        if (auto dim = dim_of_weights(model_.graph, slot.input, slot.axis, rank)) {
          symbol.weight_dim = dim->value;
          symbol.weight_reason = std::move(dim->reason);
        }
      }
      symbols_.push_back(std::move(symbol));
    }
  }

  /// Relations that hold by names: a `total` beside a past and a sequence is their sum.
  void collect_relations() {
    const auto of_role = [&](DimRole role) {
      return std::find_if(symbols_.begin(), symbols_.end(), [&](const NamedDim& s) { return s.role == role; });
    };
    const auto past = of_role(DimRole::past);
    const auto sequence = of_role(DimRole::sequence);
    if (past == symbols_.end() || sequence == symbols_.end()) return;
    for (const NamedDim& total : symbols_) {
      if (total.role != DimRole::total) continue;
      DimExpr sum;
      sum.op = DimOp::add;
      sum.operands = {symbol_expr(past->name), symbol_expr(sequence->name)};
      relations_.push_back({symbol_expr(total.name), std::move(sum),
                            fmt::format("{} = {} + {}", total.name, past->name, sequence->name), true});
    }
  }

  NamedDim* find(std::string_view name) {
    const auto it = std::find_if(symbols_.begin(), symbols_.end(), [&](const NamedDim& s) { return s.name == name; });
    return it == symbols_.end() ? nullptr : &*it;
  }

  std::string known_names() const {
    std::vector<std::string> names;
    for (const NamedDim& symbol : symbols_) names.push_back(symbol.name);
    for (const ValueId id : model_.graph.inputs) {
      const auto count = size_elements(id);
      if (!count || deciding_.count(id) == 0) continue;
      names.push_back(*count == 1 ? value(id).name : fmt::format("{}[0]", value(id).name));
    }
    if (names.empty()) return "all dimensions of this model are fixed";
    return fmt::format("this model has {}", fmt::join(names, ", "));
  }

  tl::unexpected<Error> usage(std::string_view name, std::int64_t number, std::string_view what) const {
    return fail(ErrorKind::usage,
                fmt::format("{}: --dim {}={}: {}; {}", file(), name.substr(0, 200), number, what, known_names()));
  }

  /// The element count of an integer or bool input that is small enough to decide sizes.
  std::optional<std::int64_t> size_elements(ValueId id) const {
    const Value& input = value(id);
    if (input.initializer >= 0 || !input.declared || input.declared->kind != TypeKind::tensor) return std::nullopt;
    if (!is_integer(input.declared->dtype) && input.declared->dtype != DType::boolean) return std::nullopt;
    if (!input.declared->dims || input.declared->dims->size() > 1) return std::nullopt;
    const auto shape = resolve_shape(*input.declared, values_);
    const auto count = shape ? element_count(std::span<const std::int64_t>(*shape)) : std::nullopt;
    return count && *count >= 1 && *count <= max_size_elements ? count : std::nullopt;
  }

  std::optional<Error> take_given(const std::string& name, std::int64_t number) {
    if (NamedDim* symbol = find(name)) return give(*symbol, number);
    if (auto taken = give_input(name, number)) return taken->message.empty() ? std::nullopt : taken;
    if (auto taken = give_axis(name, number)) return taken->message.empty() ? std::nullopt : taken;
    if (auto parsed = parse_dim_expr(name)) {
      const std::string wanted = canonical(*parsed);
      for (const DimSlot& slot : slots_) {
        if (slot.text.empty() || canonical(slot.expr) != wanted) continue;
        relations_.push_back({slot.expr, number_expr(number), fmt::format("{} = {}", name, number), false});
        return std::nullopt;
      }
    }
    return usage(name, number, "names no free dimension").value();
  }

  std::optional<Error> give(NamedDim& symbol, std::int64_t number) {
    // A cache may be empty: the first step of a decoder.
    const std::int64_t least = symbol.role == DimRole::past ? 0 : 1;
    if (number < least || number > max_dim) {
      return usage(symbol.name, number, fmt::format("a dimension is between {} and {}", least, max_dim)).value();
    }
    if (symbol.value && *symbol.value != number) {
      return usage(symbol.name, number, fmt::format("given before as {}", *symbol.value)).value();
    }
    symbol.value = number;
    symbol.origin = BindingOrigin::given;
    symbol.reason = "given by --dim";
    values_[symbol.name] = number;
    return std::nullopt;
  }

  /// `n=3` for a scalar input, `shape[0]=3` for an element. An error with an empty message means: taken.
  std::optional<Error> give_input(const std::string& name, std::int64_t number) {
    std::string base = name;
    std::size_t index = 0;
    if (const auto bracket = name.rfind('['); bracket != std::string::npos && name.ends_with(']')) {
      const char* const end = name.data() + name.size() - 1;
      const auto [stop, status] = std::from_chars(name.data() + bracket + 1, end, index);
      if (status == std::errc{} && stop == end) base = name.substr(0, bracket);
    }
    const auto it = model_.graph.value_by_name.find(base);
    if (it == model_.graph.value_by_name.end()) return std::nullopt;
    const auto& inputs = model_.graph.inputs;
    if (std::find(inputs.begin(), inputs.end(), it->second) == inputs.end()) return std::nullopt;
    const auto count = size_elements(it->second);
    if (!count || (base == name && *count != 1) || static_cast<std::int64_t>(index) >= *count) return std::nullopt;
    const bool flag = value(it->second).declared->dtype == DType::boolean;
    if (flag && number != 0 && number != 1) return usage(name, number, "a bool input is 0 or 1").value();
    if (number > max_dim || number < -max_dim) {
      return usage(name, number, fmt::format("a size is at most {}", max_dim)).value();
    }
    auto& elements = given_elements_[it->second];
    elements.resize(static_cast<std::size_t>(*count));
    if (elements[index] && *elements[index] != number) {
      return usage(name, number, fmt::format("given before as {}", *elements[index])).value();
    }
    elements[index] = number;
    return Error{ErrorKind::usage, {}};
  }

  /// `<input>_dim_<axis>=N` names any dimension by its place.
  std::optional<Error> give_axis(const std::string& name, std::int64_t number) {
    for (const DimSlot& slot : slots_) {
      if (name != fmt::format("{}_dim_{}", value(slot.input).name, slot.axis)) continue;
      if (slot.expr.op == DimOp::number && slot.expr.number != number) {
        return usage(name, number,
                     fmt::format("dimension {} of input '{}' is fixed at {}", slot.axis, value(slot.input).name,
                                 slot.expr.number))
            .value();
      }
      if (slot.expr.op == DimOp::symbol) {
        auto error = give(*find(slot.expr.name), number);
        return error ? error : Error{ErrorKind::usage, {}};
      }
      relations_.push_back({slot.expr, number_expr(number), fmt::format("{} = {}", slot.text, number), false});
      return Error{ErrorKind::usage, {}};
    }
    return std::nullopt;
  }

  void set(NamedDim& symbol, std::int64_t number, BindingOrigin origin, std::string reason) {
    symbol.value = number;
    symbol.origin = origin;
    symbol.reason = std::move(reason);
    values_[symbol.name] = number;
  }

  /// Solves every relation that has one open symbol left, until nothing more follows.
  void derive() {
    for (bool changed = true; changed;) {
      changed = false;
      for (const DimRelation& relation : relations_) {
        DimExpr difference;
        difference.op = DimOp::subtract;
        difference.operands = {relation.left, relation.right};
        std::vector<std::string> open;
        for (std::string& name : symbols_of(difference)) {
          if (values_.count(name) == 0) open.push_back(std::move(name));
        }
        if (open.size() != 1) continue;
        NamedDim* symbol = find(open[0]);
        if (symbol == nullptr) continue;
        auto solution = solve(difference, open[0], 0, values_);
        // left - right may fall in the symbol: the other way round it rises.
        if (!solution) {
          std::swap(difference.operands[0], difference.operands[1]);
          solution = solve(difference, open[0], 0, values_);
        }
        if (!solution || (*solution == 0 && symbol->role != DimRole::past)) continue;
        set(*symbol, *solution, BindingOrigin::derived, relation.text);
        changed = true;
      }
    }
  }

  void bind_all() {
    for (NamedDim& symbol : symbols_) {
      if (!symbol.value && symbol.weight_dim) {
        set(symbol, *symbol.weight_dim, BindingOrigin::derived, symbol.weight_reason);
      }
    }
    derive();
    const bool with_past = has_role(DimRole::past);
    // Totals last, so that they follow from what they are the total of.
    for (const bool totals : {false, true}) {
      for (NamedDim& symbol : symbols_) {
        if (symbol.value || (symbol.role == DimRole::total) != totals) continue;
        const DimDefault chosen = default_of(symbol.role, with_past);
        set(symbol, chosen.value, BindingOrigin::default_value, chosen.reason);
        derive();
      }
    }
  }

  bool has_role(DimRole role) const {
    return std::any_of(symbols_.begin(), symbols_.end(), [&](const NamedDim& s) { return s.role == role; });
  }

  std::optional<Error> check() const {
    for (const DimRelation& relation : relations_) {
      if (relation.by_name) continue;
      const auto left = evaluate(relation.left, values_);
      const auto right = evaluate(relation.right, values_);
      if (left && right && *left == *right) continue;
      return Error{ErrorKind::usage,
                   fmt::format("{}: --dim {}: contradicts the other dimensions ({}); {}", file(), relation.text,
                               left ? fmt::format("it is {} under them", *left) : left.error().message, known_names())};
    }
    for (const DimSlot& slot : slots_) {
      const auto dim = evaluate(slot.expr, values_);
      if (dim && *dim >= 0 && *dim <= max_dim) continue;
      if (slot.text.empty()) {
        return Error{ErrorKind::input, fmt::format("{}: dimension {} of input '{}' is {}: no tensor is that large",
                                                   file(), slot.axis, value(slot.input).name, slot.expr.number)};
      }
      return Error{
          ErrorKind::usage,
          fmt::format("{}: dimension {} of input '{}' ({}) {} under {}; give other values by --dim", file(), slot.axis,
                      value(slot.input).name, slot.text,
                      dim ? fmt::format("comes out as {}", *dim) : "has no value: " + dim.error().message, summary())};
    }
    return check_products();
  }

  /// Every input's element count fits 64 bits.
  std::optional<Error> check_products() const {
    for (const ValueId id : model_.graph.inputs) {
      const Shape shape = shape_of_input(id);
      if (element_count(std::span<const std::int64_t>(shape))) continue;
      const bool fixed = std::all_of(slots_.begin(), slots_.end(),
                                     [&](const DimSlot& slot) { return slot.input != id || slot.text.empty(); });
      return Error{fixed ? ErrorKind::input : ErrorKind::usage,
                   fmt::format("{}: input '{}' of [{}] has more elements than 64 bits count{}", file(), value(id).name,
                               fmt::join(shape, ","), fixed ? "" : "; give smaller values by --dim")};
    }
    return std::nullopt;
  }

  Shape shape_of_input(ValueId id) const {
    Shape shape;
    const auto first = first_slot_.find(id);
    for (std::size_t i = first == first_slot_.end() ? slots_.size() : first->second;
         i < slots_.size() && slots_[i].input == id; ++i) {
      shape.push_back(evaluate(slots_[i].expr, values_).value_or(0));
    }
    return shape;
  }

  std::string summary() const {
    std::vector<std::string> out;
    for (const NamedDim& symbol : symbols_) out.push_back(fmt::format("{}={}", symbol.name, symbol.value.value_or(0)));
    return fmt::format("{}", fmt::join(out, ", "));
  }

  Bindings finish() {
    Bindings out;
    for (const NamedDim& symbol : symbols_) {
      out.list.push_back({symbol.name, symbol.value.value_or(1), symbol.origin, symbol.reason});
    }
    out.symbols = values_;
    for (const DimRelation& relation : relations_) {
      const auto left = evaluate(relation.left, values_);
      const auto right = evaluate(relation.right, values_);
      if (!relation.by_name || (left && right && *left == *right)) continue;
      out.warnings.push_back(fmt::format("the dimensions' names suggest {}, but it is {} against {}", relation.text,
                                         left.value_or(0), right.value_or(0)));
    }
    for (const ValueId id : model_.graph.inputs) {
      if (value(id).initializer >= 0 || !value(id).declared || !value(id).declared->dims) continue;
      out.input_shapes.emplace(id, shape_of_input(id));
      bind_contents(id, out);
    }
    return out;
  }

  /// Contents of an input: as given; a default where one element decides a size; else unknown.
  void bind_contents(ValueId id, Bindings& out) const {
    const auto count = size_elements(id);
    if (!count) return;
    const auto given = given_elements_.find(id);
    const auto decides = deciding_.find(id);
    const bool has_default = *count == 1 && decides != deciding_.end() && decides->second != Decides::form;
    if (given == given_elements_.end() && !has_default) return;
    // An undecided flag keeps both branches in the account, unless it says whether a cache is used.
    const bool counts_trips = decides != deciding_.end() && decides->second == Decides::trips;
    const ScalarRole role = scalar_role(value(id), counts_trips);
    if (given == given_elements_.end() && role == ScalarRole::flag) return;
    const DimDefault chosen = default_of(role, has_role(DimRole::past));
    std::vector<std::int64_t> contents;
    for (std::int64_t i = 0; i < *count; ++i) {
      const auto index = static_cast<std::size_t>(i);
      const bool is_given = given != given_elements_.end() && given->second[index].has_value();
      if (!is_given && *count != 1) return;  // some elements given, some not: nothing to work with
      contents.push_back(is_given ? *given->second[index] : chosen.value);
      out.list.push_back({*count == 1 ? value(id).name : fmt::format("{}[{}]", value(id).name, i), contents.back(),
                          is_given ? BindingOrigin::given : BindingOrigin::default_value,
                          is_given ? "given by --dim" : chosen.reason});
    }
    out.input_values.emplace(id, std::move(contents));
  }

  const Model& model_;
  std::unordered_map<ValueId, Decides> deciding_;
  std::vector<DimSlot> slots_;
  std::unordered_map<ValueId, std::size_t> first_slot_;
  std::vector<NamedDim> symbols_;
  std::vector<DimRelation> relations_;
  SymbolValues values_;
  std::unordered_map<ValueId, std::vector<std::optional<std::int64_t>>> given_elements_;
};

}  // namespace

Result<Bindings> bind_dims(const Model& model, const std::vector<std::pair<std::string, std::int64_t>>& given) {
  return Binder(model).run(given);
}

}  // namespace costscan
