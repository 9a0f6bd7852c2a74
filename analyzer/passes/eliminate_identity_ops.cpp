// Class 0: each operator's definition, at these operands, returns its first data operand unchanged.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "passes/facts.hpp"
#include "passes/finders.hpp"

namespace costscan {
namespace {

/// What a node returns unchanged.
struct Unchanged {
  ValueId value = no_value;
  Holds holds = Holds::no;
  const char* why = "";
};

bool all_are(const std::optional<std::vector<std::int64_t>>& list, std::int64_t wanted) {
  return list && std::ranges::all_of(*list, [&](std::int64_t each) { return each == wanted; });
}

std::optional<std::vector<std::int64_t>> listed(const GraphView& view, std::int32_t n, std::size_t slot,
                                                std::string_view attribute) {
  if (const auto* stated = ints_attribute(view.node(n), attribute)) return *stated;
  return view.ints(view.input(n, slot));
}

Unchanged identity(const GraphView& view, std::int32_t n) { return {view.input(n, 0), Holds::every_binding, "a copy"}; }

Unchanged dropout(const GraphView& view, std::int32_t n) {
  const ValueId mask = view.output(n, 1);
  const bool mask_read = mask != no_value && (!view.uses(mask).empty() || view.is_output(mask));
  if (mask_read || !view.is_inference_dropout(n)) return {};
  return {view.input(n, 0), Holds::every_binding, "drops nothing at inference"};
}

Unchanged cast(const GraphView& view, std::int32_t n) {
  const DType from = view.dtype(view.input(n, 0));
  if (from == DType::undefined || from != view.dtype(view.output(n, 0))) return {};
  return {view.input(n, 0), Holds::every_binding, "to the type that it has"};
}

/// Whether a bound that is a number could cut off what a longer tensor has: not where the axis is as long for every
/// size, nor where the number is the greatest.
bool may_cut_longer(const GraphView& view, std::int32_t n) {
  constexpr std::int64_t all = std::numeric_limits<std::int32_t>::max();
  const auto ends = listed(view, n, 2, "ends");
  if (!ends) return false;  // computed: then its shapes at other sizes tell
  const bool stated = ints_attribute(view.node(n), "axes") != nullptr || view.input(n, 3) != no_value;
  const auto axes = listed(view, n, 3, "axes");
  const auto shapes = view.shapes_by_binding(view.input(n, 0));
  for (std::size_t i = 0; i < ends->size(); ++i) {
    if ((*ends)[i] >= all) continue;
    if (shapes.empty() || (stated && (!axes || i >= axes->size()))) return true;
    const auto rank = static_cast<std::int64_t>(shapes.front().size());
    const std::int64_t given = stated ? (*axes)[i] : static_cast<std::int64_t>(i);
    const std::int64_t axis = given < 0 ? given + rank : given;
    if (axis < 0 || axis >= rank) return true;
    const auto extent = [&](const Shape& shape) { return shape[static_cast<std::size_t>(axis)]; };
    if (std::ranges::any_of(shapes, [&](const Shape& s) { return extent(s) != extent(shapes.front()); })) return true;
  }
  return false;
}

/// With equal shapes and positive steps each axis is taken whole.
Unchanged slice(const GraphView& view, std::int32_t n) {
  const ValueId in = view.input(n, 0);
  const Holds holds = view.same_shape(in, view.output(n, 0));
  const auto steps =
      view.input(n, 4) == no_value ? std::optional(std::vector<std::int64_t>{}) : view.ints(view.input(n, 4));
  if (holds == Holds::no || !steps || std::ranges::any_of(*steps, [](std::int64_t s) { return s < 1; })) return {};
  return {in, may_cut_longer(view, n) ? Holds::this_binding : holds, "takes everything"};
}

Unchanged pad(const GraphView& view, std::int32_t n) {
  const auto pads = listed(view, n, 1, "pads");
  if (!all_are(pads ? pads : listed(view, n, 1, "paddings"), 0)) return {};
  return {view.input(n, 0), Holds::every_binding, "pads by 0"};
}

Unchanged tile(const GraphView& view, std::int32_t n) {
  const SteadyInts repeats = steady_ints(view, view.input(n, 1));
  if (view.opset() < 6 || repeats.holds == Holds::no || !all_are(repeats.ints, 1)) return {};
  return {view.input(n, 0), repeats.holds, "repeats once"};
}

bool is_empty_everywhere(const GraphView& view, ValueId value) {
  const auto shapes = view.shapes_by_binding(value);
  return !shapes.empty() &&
         std::ranges::all_of(shapes, [](const Shape& shape) { return std::ranges::count(shape, 0) > 0; });
}

/// Of one input, or of one that is not empty and has the shape of the result.
Unchanged concat(const GraphView& view, std::int32_t n) {
  const auto& inputs = view.node(n).inputs;
  if (inputs.size() == 1) return {inputs.front(), Holds::every_binding, "joins one tensor"};
  ValueId only = no_value;
  for (const ValueId in : inputs) {
    if (is_empty_everywhere(view, in)) continue;
    if (only != no_value) return {};
    only = in;
  }
  return {only, view.same_shape(only, view.output(n, 0)), "all others are empty"};
}

Unchanged single_operand(const GraphView& view, std::int32_t n) {
  if (view.node(n).inputs.size() != 1) return {};
  return {view.input(n, 0), Holds::every_binding, "of one operand"};
}

Unchanged split(const GraphView& view, std::int32_t n) {
  if (view.node(n).outputs.size() != 1) return {};
  return {view.input(n, 0), view.same_shape(view.input(n, 0), view.output(n, 0)), "into one part"};
}

Unchanged block_of_one(const GraphView& view, std::int32_t n) {
  if (int_attribute(view.node(n), "blocksize") != 1) return {};
  return {view.input(n, 0), view.same_shape(view.input(n, 0), view.output(n, 0)), "blocks of 1"};
}

/// The one number that all elements of a constant are.
std::optional<double> uniform(const GraphView& view, ValueId value) {
  if (const auto floats = view.floats(value); floats && !floats->empty()) {
    const bool same = std::ranges::all_of(*floats, [&](double each) {
      return each == floats->front() && std::signbit(each) == std::signbit(floats->front());
    });
    return same ? std::optional(floats->front()) : std::nullopt;
  }
  if (const auto ints = view.ints(value); ints && !ints->empty()) {
    const bool same = std::ranges::all_of(*ints, [&](std::int64_t each) { return each == ints->front(); });
    return same ? std::optional(static_cast<double>(ints->front())) : std::nullopt;
  }
  return std::nullopt;
}

/// x·1, x/1, x−0 and, for integers, x+0 are x to the bit; so is x+(−0). x+(+0) is not: it turns −0 into +0.
Unchanged arithmetic(const GraphView& view, std::int32_t n) {
  const Node& node = view.node(n);
  const bool commutes = node.op_type == "Add" || node.op_type == "Mul";
  for (const std::size_t slot : {std::size_t{1}, std::size_t{0}}) {
    if (slot == 0 && !commutes) break;
    const auto number = uniform(view, view.input(n, slot));
    const ValueId other = view.input(n, 1 - slot);
    if (!number || view.dtype(other) != view.dtype(view.output(n, 0))) continue;
    const bool floating = is_floating(view.dtype(other));
    const bool times = node.op_type == "Mul" || node.op_type == "Div";
    const bool plus = node.op_type == "Add" && *number == 0 && (!floating || std::signbit(*number));
    const bool minus = node.op_type == "Sub" && *number == 0 && !(floating && std::signbit(*number));
    if (!plus && !minus && !(times && *number == 1)) continue;
    return {other, view.same_shape(other, view.output(n, 0)), times ? "times or over 1" : "plus or minus 0"};
  }
  return {};
}

/// x and true, x or false, x xor false.
Unchanged logic(const GraphView& view, std::int32_t n) {
  const double neutral = view.node(n).op_type == "And" ? 1 : 0;
  for (const std::size_t slot : {std::size_t{1}, std::size_t{0}}) {
    const ValueId other = view.input(n, 1 - slot);
    if (other == no_value || uniform(view, view.input(n, slot)) != neutral) continue;
    return {other, view.same_shape(other, view.output(n, 0)), neutral == 1 ? "with true" : "with false"};
  }
  return {};
}

/// A condition that is one constant throughout, or that chooses between a value and itself.
Unchanged one_choice(const GraphView& view, std::int32_t n) {
  const ValueId yes = view.input(n, 1);
  const ValueId no = view.input(n, 2);
  const auto always = uniform(view, view.input(n, 0));
  if (!always && yes != no) return {};
  const ValueId chosen = !always || *always != 0 ? yes : no;
  return {chosen, view.same_shape(chosen, view.output(n, 0)), "always the same choice"};
}

struct Rule {
  std::string_view op_type;
  Unchanged (*find)(const GraphView&, std::int32_t);
};

constexpr std::array rules{
    Rule{"Identity", identity},
    Rule{"Dropout", dropout},
    Rule{"Cast", cast},
    Rule{"CastLike", cast},
    Rule{"Slice", slice},
    Rule{"Pad", pad},
    Rule{"Tile", tile},
    Rule{"Concat", concat},
    Rule{"Sum", single_operand},
    Rule{"Max", single_operand},
    Rule{"Min", single_operand},
    Rule{"Mean", single_operand},
    Rule{"Split", split},
    Rule{"DepthToSpace", block_of_one},
    Rule{"SpaceToDepth", block_of_one},
    Rule{"Add", arithmetic},
    Rule{"Sub", arithmetic},
    Rule{"Mul", arithmetic},
    Rule{"Div", arithmetic},
    Rule{"And", logic},
    Rule{"Or", logic},
    Rule{"Xor", logic},
    Rule{"Where", one_choice},
};

}  // namespace

std::vector<Rewrite> find_identity_ops(const PassContext& context) {
  const GraphView& view = context.view;
  std::vector<Rewrite> found;
  for (std::int32_t n = 0; n < view.node_count(); ++n) {
    const Node& node = view.node(n);
    const auto rule = std::ranges::find(rules, node.op_type, &Rule::op_type);
    if (rule == rules.end() || !node.domain.empty() || view.output(n, 0) == no_value) continue;
    const Unchanged unchanged = rule->find(view, n);
    if (unchanged.value == no_value || unchanged.holds == Holds::no) continue;
    found.push_back(bypass(view, n, unchanged.value, unchanged.holds, node.op_type + ": " + unchanged.why));
  }
  return found;
}

}  // namespace costscan
