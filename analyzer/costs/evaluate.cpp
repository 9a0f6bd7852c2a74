// Cost models at the nodes of one scope.
#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <unordered_set>
#include <utility>

#include "costs/gradient.hpp"
#include "costs/library_impl.hpp"
#include "costs/node_view.hpp"
#include "model/checked_math.hpp"

namespace costscan {
namespace {

using Count = tl::expected<std::int64_t, std::string>;

tl::unexpected<std::string> no_count(std::string why) { return tl::unexpected<std::string>(std::move(why)); }

/// A field's total: rounded up to a whole number, never negative.
Count count_of(NodeView& view, const Expression& expression) {
  const Evaluated value = view.evaluate(expression);
  if (!value) return no_count(value.error());
  const auto* number = std::get_if<Rational>(&value->value);
  if (number == nullptr) return no_count("yields no number");
  if (number->numerator < 0) return no_count(fmt::format("yields {}, a negative count", to_string(*number)));
  return ceil(*number);
}

tl::expected<bool, std::string> truth_of(NodeView& view, const Expression& expression) {
  const Evaluated value = view.evaluate(expression);
  if (!value) return no_count(value.error());
  const auto* flag = std::get_if<bool>(&value->value);
  if (flag == nullptr) return no_count("yields no truth value");
  return *flag;
}

bool counts_as_flops(DType dtype) noexcept {
  return is_floating(dtype) || dtype == DType::complex64 || dtype == DType::complex128;
}

/// One node under its program; gives up at the first formula that has no value.
class NodeEvaluation {
 public:
  NodeEvaluation(const Program& program, const Scope& scope, const Node& node, const CostOptions& options)
      : program_(program), node_(node), options_(options), view_(program, scope, node) {
    if (options.fast_memory) view_.set_fast_memory(*options.fast_memory);
    for (const auto& [name, number] : options.bindings) view_.bind(name, number);
  }

  NodeCost run() {
    if (const std::string problem = evaluate(); !problem.empty()) {
      NodeCost unknown;
      unknown.unknown_reason = problem;
      return unknown;
    }
    cost_.model = program_.text;
    cost_.trust = cost_.view ? program_.trust : std::max(program_.trust, view_.trust());
    return std::move(cost_);
  }

 private:
  const Program& program_;
  const Node& node_;
  const CostOptions& options_;
  NodeView view_;
  NodeCost cost_;

  std::string in_file(const std::string& what) const { return fmt::format("{}: {}", program_.path, what); }

  /// Names the line of a kernel's formula, in the template's file where it stands there.
  std::string at_kernel(const CompiledKernel& kernel, const std::string& what, std::size_t field) const {
    const std::string& path = kernel.use < 0 ? program_.path : program_.uses[static_cast<std::size_t>(kernel.use)].path;
    return fmt::format("{}:{}: {}{}", path, kernel.lines[field], kernel.where, what);
  }

  /// Empty, or why there is no cost.
  std::string evaluate() {
    for (const Issue& issue : program_.issues) {
      if (issue.fatal) return fmt::format("{}:{}: {}", program_.path, issue.line, issue.what);
    }
    if (std::string problem = check_operands(); !problem.empty()) return in_file(problem);
    if (program_.view) {
      const auto is_view = truth_of(view_, *program_.view);
      if (!is_view) return in_file("view: " + is_view.error());
      cost_.view = *is_view;
    }
    if (!cost_.view) {
      if (std::string problem = check_paths(); !problem.empty()) return in_file(problem);
      for (const CompiledKernel& kernel : program_.kernels) {
        if (std::string problem = add_kernel(kernel); !problem.empty()) return problem;
      }
      if (std::string problem = add_bytes(); !problem.empty()) return in_file(problem);
    }
    if (options_.symbols) add_symbols();
    return {};
  }

  /// Where no path fits, no kernel would run, and the sum would be a silent zero.
  std::string check_paths() {
    if (program_.paths.empty()) return {};
    for (const CompiledPath& path : program_.paths) {
      Expression limit;
      limit.op = Op::call;
      limit.function = Builtin::fast_memory;
      Expression fits;
      fits.op = Op::less_equal;
      fits.args = {path.working_set, std::move(limit)};
      const auto holds = truth_of(view_, fits);
      if (!holds) return path.where + "working_set: " + holds.error();
      if (*holds) return {};
    }
    return "no code path fits into fast memory";
  }

  std::string check_operands() const {
    const auto check = [&](std::size_t begin, std::size_t end, const std::vector<ValueId>& given, const char* what) {
      const bool variadic = end > begin && program_.formals[end - 1].variadic;
      std::size_t used = given.size();
      while (used > 0 && given[used - 1] == no_value) --used;
      if (!variadic && used > end - begin) {
        return fmt::format("the node has {} {}, the cost model names {}", used, what, end - begin);
      }
      return std::string();
    };
    const std::size_t inputs = program_.input_count;
    std::string problem = check(0, inputs, node_.inputs, "inputs");
    if (problem.empty()) problem = check(inputs, program_.formals.size(), node_.outputs, "outputs");
    for (std::size_t i = 0; problem.empty() && i < inputs; ++i) {
      const Formal& formal = program_.formals[i];
      if (!formal.optional && !formal.variadic && view_.bound_count(static_cast<std::int32_t>(i)) == 0) {
        problem = fmt::format("the node lacks input '{}'", formal.name);
      }
    }
    return problem;
  }

  /// Whether elementwise arithmetic of this kernel is floating.
  tl::expected<bool, std::string> arithmetic_floats(const CompiledKernel& kernel) {
    if (kernel.arith_type) {
      const Evaluated name = view_.evaluate(*kernel.arith_type);
      if (!name) return no_count(name.error());
      const auto* text = std::get_if<std::string>(&name->value);
      const auto dtype = text != nullptr ? dtype_from_string(*text) : std::nullopt;
      if (!dtype) return no_count("arith_type yields no dtype");
      return counts_as_flops(*dtype);
    }
    for (const std::vector<ValueId>* values : {&node_.inputs, &node_.outputs}) {
      for (const ValueId value : *values) {
        if (value != no_value) return counts_as_flops(view_.info(value).dtype);
      }
    }
    return no_count("no operand decides the type of the arithmetic");
  }

  std::string add_kernel(const CompiledKernel& kernel) {
    for (const Expression& condition : kernel.conditions) {
      const auto holds = truth_of(view_, condition);
      if (!holds) return in_file(kernel.where + "when: " + holds.error());
      if (!*holds) return {};
    }
    std::array<std::int64_t, kernel_field_count> counts{};
    for (std::size_t i = 0; i < kernel_field_count; ++i) {
      if (!kernel.fields[i]) continue;
      const Count count = count_of(view_, *kernel.fields[i]);
      if (!count) return at_kernel(kernel, fmt::format("{}: {}", kernel_field_names[i], count.error()), i);
      counts[i] = *count;
    }
    const auto count = [&](KernelField field) { return counts[static_cast<std::size_t>(field)]; };
    KernelCost cost{kernel.floating_text,
                    {count(KernelField::flops), count(KernelField::macs), count(KernelField::transcendentals),
                     count(KernelField::int_ops), count(KernelField::read), count(KernelField::write)}};
    if (kernel.fields[static_cast<std::size_t>(KernelField::arith)]) {
      const auto floats = arithmetic_floats(kernel);
      if (!floats) return in_file(kernel.where + "arith: " + floats.error());
      std::int64_t& total = *floats ? cost.work.flops : cost.work.int_ops;
      const auto sum = checked_add(total, count(KernelField::arith));
      if (!sum) return in_file(kernel.where + "arith: overflow beyond 2^62");
      total = *sum;
      if (!*floats) cost.text = kernel.integer_text;
    }
    if (!add_work(cost_.work, cost.work)) return in_file(kernel.where + "sum over the kernels: overflow beyond 2^62");
    cost_.kernels.push_back(std::move(cost));
    return {};
  }

  static bool add_count(std::int64_t& total, std::int64_t more) {
    const auto sum = checked_add(total, more);
    if (!sum || *sum > rational_limit) return false;
    total = *sum;
    return true;
  }

  static bool add_work(Work& total, const Work& more) {
    return add_count(total.flops, more.flops) && add_count(total.macs, more.macs) &&
           add_count(total.transcendentals, more.transcendentals) && add_count(total.int_ops, more.int_ops) &&
           add_count(total.read_bytes, more.read_bytes) && add_count(total.write_bytes, more.write_bytes);
  }

  Count touched_bytes(std::int32_t formal, ValueId value) {
    for (const TouchedBytes& touched : program_.touched) {
      if (touched.formal != formal) continue;
      const Count bytes = count_of(view_, touched.expression);
      return bytes ? bytes : no_count(touched.where + ": " + bytes.error());
    }
    return view_.tensor_bytes(value);
  }

  /// Compulsory and weight bytes: every distinct value once, at the most that any of its uses touches.
  std::string add_bytes() {
    struct Touched {
      ValueId value;
      std::int64_t bytes;
    };
    std::vector<Touched> seen;
    for (std::size_t i = 0; i < program_.formals.size(); ++i) {
      const auto formal = static_cast<std::int32_t>(i);
      for (std::size_t k = 0; k < view_.bound_count(formal); ++k) {
        const ValueId value = view_.bound_value(formal, k);
        if (value == no_value) continue;
        const Count bytes = touched_bytes(formal, value);
        if (!bytes) return bytes.error();
        const auto known = std::ranges::find(seen, value, &Touched::value);
        if (known != seen.end()) {
          known->bytes = std::max(known->bytes, *bytes);
          continue;
        }
        seen.push_back({value, *bytes});
        if (i >= program_.input_count || !view_.info(value).constant) continue;
        const Count stored = view_.tensor_bytes(value);
        if (stored && !add_count(cost_.weight_bytes, *stored)) return "weight bytes: overflow beyond 2^62";
      }
    }
    for (const Touched& touched : seen) {
      if (!add_count(cost_.compulsory_bytes, touched.bytes)) return "compulsory bytes: overflow beyond 2^62";
    }
    return {};
  }

  void add_symbols() {
    const ProgramSymbols symbols(program_.slots);
    const auto add = [&](const std::string& name, const Expression& expression, std::string origin) {
      const Evaluated value = view_.evaluate(expression);
      cost_.symbols.push_back({name, value ? to_string(*value) : "not defined here", std::move(origin)});
    };
    for (const Slot& slot : program_.slots) {
      if (!slot.hidden) add(slot.name, slot.expression, print(slot.expression, &symbols));
    }
    for (const Expression& atom : program_.atoms) add(print(atom, &symbols), atom, "");
  }
};

}  // namespace

NodeCost cost_node(const Program& program, const Scope& scope, const Node& node, const CostOptions& options) {
  return NodeEvaluation(program, scope, node, options).run();
}

std::vector<NodeCost> cost_scope(const CostLibrary& library, const ShapedModel& shaped, ScopeId scope_id,
                                 const CostOptions& options) {
  static const auto calling = std::make_shared<const CostModelText>(
      CostModelText{"call", "The cost stands at the nodes of the body.", {}, "costscan: rows sum to the model"});
  const Scope& scope = shaped.scopes[static_cast<std::size_t>(scope_id)];
  std::unordered_set<std::int32_t> callers;
  for (const ScopeId child_id : scope.children) {
    const Scope& child = shaped.scopes[static_cast<std::size_t>(child_id)];
    // Text generation and the like run graphs beside work of their own.
    const bool side_graph = child.kind == ScopeKind::other_body &&
                            !scope.graph->nodes[static_cast<std::size_t>(child.calling_node)].domain.empty();
    if (!side_graph) callers.insert(child.calling_node);
  }
  std::unordered_map<std::string, std::int64_t> opsets;
  for (const OpsetImport& import : scope.opset_imports) opsets.emplace(import.domain, import.version);
  std::vector<NodeCost> costs;
  costs.reserve(scope.graph->nodes.size());
  for (std::size_t i = 0; i < scope.graph->nodes.size(); ++i) {
    const Node& node = scope.graph->nodes[i];
    NodeCost cost;
    if (callers.contains(static_cast<std::int32_t>(i))) {
      cost.trust = Trust::exact;
      cost.view = true;
      cost.model = calling;
    } else {
      const auto opset = opsets.find(node.domain);
      const Program* program =
          library.impl().find_program(node.domain, node.op_type, opset == opsets.end() ? 0 : opset->second);
      if (program != nullptr) {
        CostOptions own = options;
        if (node.domain == "ai.onnx.preview.training" && node.op_type == "Gradient") {
          for (auto& binding : differentiated_work(scope, node, costs)) own.bindings.push_back(std::move(binding));
        }
        cost = NodeEvaluation(*program, scope, node, own).run();
      } else {
        cost.unknown_reason =
            fmt::format("no cost model for {}: costmodels/{} is missing", qualified_op(node.domain, node.op_type),
                        cost_file_path(node.domain, node.op_type));
      }
    }
    costs.push_back(std::move(cost));
  }
  return costs;
}

}  // namespace costscan
