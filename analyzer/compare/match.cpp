#include "compare/match.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <string_view>

namespace costscan {
namespace {

bool order_is_free(std::string_view op_type) {
  static constexpr std::array<std::string_view, 9> ops{"Add", "Mul", "Min", "Max", "Sum", "Mean", "And", "Or", "Equal"};
  return std::ranges::find(ops, op_type) != ops.end();
}

/// Same operator; com.microsoft's Gelu is ONNX's Gelu.
bool same_operator(const Side& a, UnitId ua, const Side& b, UnitId ub) { return a.op_type(ua) == b.op_type(ub); }

}  // namespace

const char* to_string(FoundBy found) noexcept {
  switch (found) {
    case FoundBy::output_name: return "output name";
    case FoundBy::node_name: return "node name";
    case FoundBy::structure: break;
  }
  return "structure";
}

TensorMatch::TensorMatch(const Side& a, const Side& b)
    : a_(a),
      b_(b),
      partner_a_(a.tensors.size(), no_tensor),
      partner_b_(b.tensors.size(), no_tensor),
      found_(a.tensors.size(), FoundBy::structure) {}

bool TensorMatch::pair(LineageTensor a, LineageTensor b, FoundBy found) {
  if (a == no_tensor || b == no_tensor || partner_of_a(a) != no_tensor || partner_of_b(b) != no_tensor) return false;
  if (!shapes_agree(a_.tensor(a), b_.tensor(b))) return false;
  partner_a_[static_cast<std::size_t>(a)] = b;
  partner_b_[static_cast<std::size_t>(b)] = a;
  found_[static_cast<std::size_t>(a)] = found;
  fresh_.emplace_back(a, b);
  return true;
}

bool TensorMatch::pair_outputs(UnitId a, UnitId b, FoundBy found) {
  const auto& outputs_a = a_.unit(a).outputs;
  const auto& outputs_b = b_.unit(b).outputs;
  bool any = false;
  for (std::size_t i = 0; i < outputs_a.size() && i < outputs_b.size(); ++i) {
    const MadePair made = past_folded(a_, b_, {outputs_a[i], outputs_b[i]});
    any = pair(made.a, made.b, found) || any;
  }
  return any;
}

/// Units that were found to do the same: their outputs and, where neither has something folded into it, their operands.
void TensorMatch::pair_units(UnitId a, UnitId b) {
  if (!pair_outputs(a, b, FoundBy::structure)) return;
  const bool plain = std::ranges::any_of(a_.unit(a).outputs, [&](LineageTensor tensor) {
    const LineageTensor partner = partner_of_a(tensor);
    return partner != no_tensor && b_.producer(partner) == b;
  });
  if (plain) pair_operands(a, b);
}

void TensorMatch::spread() {
  while (!fresh_.empty()) {
    const auto [a, b] = fresh_.front();
    fresh_.pop_front();
    backward(a, b);
    forward(a, b);
  }
}

/// An equal operator made both: so are its other outputs and its operands.
void TensorMatch::backward(LineageTensor a, LineageTensor b) {
  const UnitId made_a = a_.producer(a);
  const UnitId made_b = b_.producer(b);
  if (made_a < 0 || made_b < 0 || !same_operator(a_, made_a, b_, made_b)) return;
  pair_outputs(made_a, made_b, FoundBy::structure);
  pair_operands(made_a, made_b);
}

void TensorMatch::pair_operands(UnitId a, UnitId b) {
  const auto& inputs_a = a_.unit(a).inputs;
  const auto& inputs_b = b_.unit(b).inputs;
  if (inputs_a.size() != inputs_b.size()) {
    // With other optional operands only the first, the data, is sure to be the same.
    if (inputs_a.empty() || inputs_b.empty()) return;
    if (!a_.tensor(inputs_a.front()).constant && !b_.tensor(inputs_b.front()).constant) {
      pair(inputs_a.front(), inputs_b.front(), FoundBy::structure);
    }
    return;
  }
  if (order_is_free(a_.op_type(a))) return pair_unordered(inputs_a, inputs_b);
  for (std::size_t i = 0; i < inputs_a.size(); ++i) {
    if (a_.tensor(inputs_a[i]).constant == b_.tensor(inputs_b[i]).constant) {
      pair(inputs_a[i], inputs_b[i], FoundBy::structure);
    }
  }
}

/// Operands without an order: those of equal kind (constant, shape, operator that made it), in order among equals.
void TensorMatch::pair_unordered(const std::vector<LineageTensor>& a, const std::vector<LineageTensor>& b) {
  const auto kind = [](const Side& side, LineageTensor tensor) {
    const UnitId made = side.producer(tensor);
    return fmt::format("{} {}", side.tensor(tensor).constant, made < 0 ? std::string() : side.op_type(made));
  };
  std::vector<LineageTensor> open_a;
  std::vector<LineageTensor> open_b;
  for (const LineageTensor tensor : a) {
    if (partner_of_a(tensor) == no_tensor) open_a.push_back(tensor);
  }
  for (const LineageTensor tensor : b) {
    if (partner_of_b(tensor) == no_tensor) open_b.push_back(tensor);
  }
  if (open_a.size() != open_b.size()) return;
  for (const LineageTensor tensor : open_a) {
    const auto equal = std::ranges::find_if(open_b, [&](LineageTensor other) {
      return partner_of_b(other) == no_tensor && kind(a_, tensor) == kind(b_, other) &&
             shapes_agree(a_.tensor(tensor), b_.tensor(other));
    });
    if (equal != open_b.end()) pair(tensor, *equal, FoundBy::structure);
  }
}

bool TensorMatch::has_pair(const Side& side, UnitId unit) const {
  const auto& partners = &side == &a_ ? partner_a_ : partner_b_;
  return std::ranges::any_of(side.unit(unit).outputs, [&](LineageTensor tensor) {
    return partners[static_cast<std::size_t>(tensor)] != no_tensor;
  });
}

/// Operator, operands and shapes of results, in terms of tensors of B; empty where an operand has no partner.
std::string TensorMatch::key(const Side& side, UnitId unit) const {
  std::vector<std::string> operands;
  // A bias may be there or have come out of a folded node.
  const bool may_gain_bias = side.op_type(unit) == "Conv" || side.op_type(unit) == "ConvTranspose";
  for (const LineageTensor tensor : side.unit(unit).inputs) {
    if (may_gain_bias && operands.size() == 2) break;
    const LineageTensor in_b =
        &side == &b_ ? (partner_of_b(tensor) == no_tensor ? no_tensor : tensor) : partner_of_a(tensor);
    const SideTensor& known = side.tensor(tensor);
    if (in_b != no_tensor) {
      operands.push_back(fmt::format("={}", in_b));
    } else if (known.constant) {
      operands.push_back(known.shape ? fmt::format("c{}", fmt::join(*known.shape, "x")) : "c?");
    } else {
      return {};
    }
  }
  if (order_is_free(side.op_type(unit))) std::ranges::sort(operands);
  std::string out = fmt::format("{}({})", side.op_type(unit), fmt::join(operands, ","));
  for (const LineageTensor tensor : side.unit(unit).outputs) {
    const auto& shape = side.tensor(tensor).shape;
    out += shape ? fmt::format(":{}", fmt::join(*shape, "x")) : ":?";
  }
  return out;
}

/// Readers of both that do the same to the same, as many here as there: in file order.
void TensorMatch::forward(LineageTensor a, LineageTensor b) {
  std::map<std::string, std::pair<std::vector<UnitId>, std::vector<UnitId>>> readers;
  const auto collect = [&](const Side& side, LineageTensor tensor,
                           std::vector<UnitId> std::pair<std::vector<UnitId>, std::vector<UnitId>>::* which) {
    UnitId last = -1;
    for (const UnitId unit : side.readers(tensor)) {
      if (unit == last || has_pair(side, unit)) continue;  // a tensor read twice by one unit is listed twice
      last = unit;
      if (std::string text = key(side, unit); !text.empty()) (readers[std::move(text)].*which).push_back(unit);
    }
  };
  collect(a_, a, &std::pair<std::vector<UnitId>, std::vector<UnitId>>::first);
  collect(b_, b, &std::pair<std::vector<UnitId>, std::vector<UnitId>>::second);
  for (const auto& [text, units] : readers) {
    if (units.first.size() != units.second.size()) continue;
    for (std::size_t i = 0; i < units.first.size(); ++i) {
      pair_units(units.first[i], units.second[i]);
    }
  }
}

}  // namespace costscan
