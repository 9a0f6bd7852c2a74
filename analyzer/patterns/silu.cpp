// SiLU (Swish): the operators, and x times Sigmoid(x), which may be written out: x / (1 + exp(-x)). Its kin with a
// factor inside is quick_gelu: x Sigmoid(a x).
#include <algorithm>

#include "patterns/detectors.hpp"
#include "patterns/term_polynomial.hpp"

namespace costscan {
namespace {

/// The logistic function of `sign` times a value.
struct LogisticValue {
  ValueId argument = no_value;
  double sign = 1;
  ValueId result = no_value;
  NodeTrail nodes;
  std::string_view variant;
};

/// A value times a logistic gate, or over what the gate is the reciprocal of.
struct LogisticGate {
  LogisticValue gate;
  ValueId gated = no_value;
  ValueId y = no_value;
};

/// `use` reads a value made by the gate's nodes: joins them.
void join_reader(const GraphView& view, const ValueUse& use, NodeTrail& nodes) {
  static_cast<void>(traced_source(view, view.input(use.node, static_cast<std::size_t>(use.slot)), nodes));
  nodes.push_back(use.node);
}

void add_products(const GraphView& view, const LogisticValue& value, std::vector<LogisticGate>& gates) {
  for (const ValueUse& use : view.canonical_uses(value.result)) {
    if (use.slot < 0 || !is_op(view.node(use.node), "Mul")) continue;
    LogisticGate found{value, other_operand(view, use), view.output(use.node, 0)};
    join_reader(view, use, found.gate.nodes);
    gates.push_back(std::move(found));
  }
}

/// Whether a reader of 1 + exp(z) gives its reciprocal.
bool is_reciprocal(const GraphView& view, const ValueUse& use) {
  const Node& node = view.node(use.node);
  if (is_op(node, "Reciprocal")) return true;
  if (is_op(node, "Pow")) return use.slot == 0 && scalar_term(view, view.input(use.node, 1)) == -1.0;
  return is_op(node, "Div") && use.slot == 1 && scalar_term(view, view.input(use.node, 0)) == 1.0;
}

/// Gates by 1 / (1 + exp(z)), which is the logistic function of -z.
void add_exponential_gates(const GraphView& view, std::int32_t exp, std::vector<LogisticGate>& gates) {
  for (const ValueUse& sum : view.canonical_uses(view.output(exp, 0))) {
    if (sum.slot < 0 || !is_op(view.node(sum.node), "Add")) continue;
    if (scalar_term(view, other_operand(view, sum)) != 1.0) continue;
    LogisticValue above{view.input(exp, 0), -1, no_value, {exp}, "exp"};
    join_reader(view, sum, above.nodes);
    for (const ValueUse& use : view.canonical_uses(view.output(sum.node, 0))) {
      if (use.slot < 0) continue;
      LogisticValue value = above;
      join_reader(view, use, value.nodes);
      const ValueId out = view.output(use.node, 0);
      if (is_reciprocal(view, use)) {
        value.result = out;
        add_products(view, value, gates);
      } else if (use.slot == 1 && is_op(view.node(use.node), "Div")) {
        gates.push_back({std::move(value), view.input(use.node, 0), out});
      }
    }
  }
}

/// x of x Sigmoid(alpha x) and alpha; nullopt where the gate is of something else, or closes where x is large.
struct GatedInput {
  ValueId x = no_value;
  double alpha = 1;
  NodeTrail trail;
  bool one_x = true;
};

std::optional<GatedInput> gated_input(const GraphView& view, const LogisticGate& gate) {
  if (gate.gated == no_value) return std::nullopt;
  PolynomialReading reading;
  reading.x = view.source(gate.gated);
  const auto argument = as_polynomial(view, gate.gate.argument, reading);
  if (!argument) return std::nullopt;
  TermPolynomial linear;
  linear.coefficients[1][0] = argument->coefficients[1][0];
  if (argument->coefficients != linear.coefficients) return std::nullopt;
  GatedInput found;
  found.alpha = gate.gate.sign * linear.coefficients[1][0];
  if (!(found.alpha > 0)) return std::nullopt;
  found.trail = std::move(reading.trail);
  found.one_x = reading.reads.front() == gate.gated;
  found.x = found.one_x ? gate.gated : reading.x;
  found.trail.insert(found.trail.end(), gate.gate.nodes.begin(), gate.gate.nodes.end());
  tidy_nodes(found.trail);
  return found;
}

std::vector<PatternMatch> gated_by_sigmoid(const GraphView& view, std::string_view pattern, bool plain) {
  std::vector<LogisticGate> gates;
  for (std::int32_t index = 0; index < view.node_count(); ++index) {
    if (is_op(view.node(index), "Sigmoid")) {
      add_products(view, {view.input(index, 0), 1, view.output(index, 0), {index}, "sigmoid"}, gates);
    } else if (is_op(view.node(index), "Exp")) {
      add_exponential_gates(view, index, gates);
    }
  }
  std::vector<PatternMatch> found;
  for (const LogisticGate& gate : gates) {
    const auto input = gated_input(view, gate);
    if (!input || (input->alpha == 1) != plain) continue;
    PatternMatch match;
    match.pattern = pattern;
    match.variant = gate.gate.variant;
    match.nodes = input->trail;
    match.tensors = {{"x", input->x}, {"y", gate.y}};
    match.numbers = {{"alpha", input->alpha}, {"one_x", input->one_x ? 1.0 : 0.0}};
    if (gate.gate.variant != "sigmoid") match.numbers.emplace_back("other_form", 1.0);
    found.push_back(std::move(match));
  }
  return found;
}

std::optional<PatternMatch> silu_op(const GraphView& view, std::int32_t index) {
  const Node& node = view.node(index);
  const bool swish = is_op(node, "Swish") && float_attribute(node, "alpha").value_or(1) == 1.0F;
  const bool quick = is_op(node, "QuickGelu", "com.microsoft") && float_attribute(node, "alpha") == 1.0F;
  if (!swish && !quick) return std::nullopt;
  PatternMatch match;
  match.pattern = "silu";
  match.variant = "op";
  match.nodes = {index};
  match.tensors = {{"x", view.input(index, 0)}, {"y", view.output(index, 0)}};
  match.numbers = {{"alpha", 1.0}};
  return match;
}

}  // namespace

std::vector<PatternMatch> find_silu(const GraphView& view) {
  std::vector<PatternMatch> found = gated_by_sigmoid(view, "silu", true);
  for (std::int32_t index = 0; index < view.node_count(); ++index) {
    if (auto match = silu_op(view, index)) found.push_back(*std::move(match));
  }
  std::ranges::stable_sort(found, {}, [](const PatternMatch& match) { return match.nodes.front(); });
  return found;
}

std::vector<PatternMatch> find_quick_gelu(const GraphView& view) { return gated_by_sigmoid(view, "quick_gelu", false); }

}  // namespace costscan
