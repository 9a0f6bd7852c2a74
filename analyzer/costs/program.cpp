#include "costs/program.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "costs/program_atoms.hpp"

namespace costscan {
namespace {

/// The names that an expression can see: those of the op, or those of one use of a template.
struct NameScope {
  std::unordered_map<std::string, std::int32_t> slots;
  bool sees_node = true;  ///< tensors, attributes and opset; templates see only their parameters
};

class Compiler {
 public:
  Compiler(const CostFile& file, const CostBody& body, const CompileContext& context) : body_(body), context_(context) {
    program_.path = file.path;
    program_.issues = file.issues;
    program_.trust = body.trust;
    program_.since_version = context.since_version;
    program_.formals = body.inputs;
    program_.input_count = body.inputs.size();
    program_.formals.insert(program_.formals.end(), body.outputs.begin(), body.outputs.end());
    program_.text = std::make_shared<const CostModelText>(
        CostModelText{fmt::format("{}@{}", qualified_op(file.domain, file.op), context.since_version), body.summary,
                      body.assumptions, body.source});
  }

  Program run() {
    NameScope scope;
    for (const DimSpec& dim : body_.dims) {
      add_slot(scope, dim.name, dim.formula, "dims." + dim.name, false, scope);
      program_.slots.back().dim = true;
      program_.slots.back().meaning = dim.meaning;
    }
    for (const NamedFormula& let : body_.let) {
      if (scope.slots.contains(let.name)) fatal(let.formula.line, fmt::format("let.{} is a dim already", let.name));
      add_slot(scope, let.name, let.formula, "let." + let.name, false, scope);
    }
    if (body_.view) program_.view = resolved(body_.view->expression, scope, "view", body_.view->line);
    add_kernels(body_.kernels, scope, "", "", {});
    for (const PathSpec& path : body_.paths) add_path(path, scope);
    for (const NamedFormula& touched : body_.touched) add_touched(touched, scope);
    collect_atoms(program_);
    return std::move(program_);
  }

 private:
  const CostBody& body_;
  const CompileContext& context_;
  Program program_;
  std::vector<std::string> locals_;         ///< variables of the comprehensions around
  std::vector<std::string> template_path_;  ///< templates being expanded, to find recursion
  std::int32_t path_ = -1;                  ///< the code path and the template use that kernels are added for
  std::int32_t use_ = -1;

  void fatal(int line, std::string what) { program_.issues.push_back({line, std::move(what), true}); }

  /// `visible_to` gets the name, the expression is resolved in `sees`.
  void add_slot(NameScope& visible_to, const std::string& name, const Formula& formula, std::string where, bool hidden,
                NameScope& sees) {
    Slot slot;
    slot.name = name;
    slot.expression = resolved(formula.expression, sees, where, formula.line);
    slot.where = std::move(where);
    slot.line = formula.line;
    slot.hidden = hidden;
    visible_to.slots[name] = static_cast<std::int32_t>(program_.slots.size());
    program_.slots.push_back(std::move(slot));
  }

  void add_touched(const NamedFormula& touched, NameScope& scope) {
    const std::string where = "touched." + touched.name;
    const auto formal = std::ranges::find(program_.formals, touched.name, &Formal::name);
    if (formal == program_.formals.end()) return fatal(touched.formula.line, where + ": no such input or output");
    program_.touched.push_back({static_cast<std::int32_t>(formal - program_.formals.begin()),
                                resolved(touched.formula.expression, scope, where, touched.formula.line), where,
                                touched.formula.line});
  }

  /// Its kernels run where its working set fits and that of no earlier path does.
  void add_path(const PathSpec& spec, NameScope& scope) {
    if (!spec.working_set) return;  // said when the file was read
    const std::string where = fmt::format("paths[{}].", program_.paths.size());
    program_.paths.push_back(
        {spec.name, spec.why,
         resolved(spec.working_set->expression, scope, where + "working_set", spec.working_set->line), where});
    path_ = static_cast<std::int32_t>(program_.paths.size()) - 1;
    std::vector<Expression> conditions;
    for (const CompiledPath& path : program_.paths) {
      const bool own = &path == &program_.paths.back();
      Expression limit;
      limit.op = Op::call;
      limit.function = Builtin::fast_memory;
      Expression fits;
      fits.op = own ? Op::less_equal : Op::greater;
      fits.args = {path.working_set, std::move(limit)};
      conditions.push_back(std::move(fits));
    }
    add_kernels(spec.kernels, scope, where, "", conditions);
    path_ = -1;
  }

  void add_kernels(const std::vector<KernelSpec>& specs, NameScope& scope, const std::string& where_prefix,
                   const std::string& name_prefix, const std::vector<Expression>& conditions) {
    for (std::size_t i = 0; i < specs.size(); ++i) {
      const KernelSpec& spec = specs[i];
      const std::string where = fmt::format("{}kernels[{}]", where_prefix, i);
      std::vector<Expression> all = conditions;
      if (spec.when) all.push_back(resolved(spec.when->expression, scope, where + ".when", spec.when->line));
      const bool never = std::ranges::any_of(all, [&](const Expression& c) { return decided(c) == false; });
      std::erase_if(all, [&](const Expression& c) { return decided(c) == true; });
      const std::size_t kernels_before = program_.kernels.size();
      if (spec.use.empty()) {
        add_kernel(spec, scope, where, name_prefix, std::move(all));
      } else {
        expand_template(spec, scope, where, name_prefix, all);
      }
      // Resolved all the same, so that its mistakes are found; but this op never runs it.
      if (never) program_.kernels.resize(kernels_before);
    }
  }

  void expand_template(const KernelSpec& spec, NameScope& scope, const std::string& where,
                       const std::string& name_prefix, const std::vector<Expression>& conditions) {
    if (std::ranges::find(template_path_, spec.use) != template_path_.end()) {
      return fatal(spec.line, fmt::format("{}: template '{}' uses itself ({} -> {})", where, spec.use,
                                          fmt::join(template_path_, " -> "), spec.use));
    }
    const TemplateFile* used = context_.find_template(spec.use);
    if (used == nullptr) return fatal(spec.line, fmt::format("{}: no template 'templates/{}.yaml'", where, spec.use));
    for (const Issue& issue : used->issues) {
      if (issue.fatal) fatal(spec.line, fmt::format("{}: {}:{}: {}", where, used->path, issue.line, issue.what));
    }
    NameScope inner;
    inner.sees_node = false;
    bind_arguments(spec, *used, scope, inner, where);
    const std::string inside = fmt::format("{} use {}: ", where, spec.use);
    const std::string prefix = spec.name.empty() ? name_prefix : name_prefix + spec.name + ".";
    const std::int32_t outer_use = std::exchange(use_, add_use(spec, *used, inner, prefix, conditions));
    for (const NamedFormula& let : used->let) {
      program_.uses.back().lets.push_back(static_cast<std::int32_t>(program_.slots.size()));
      add_slot(inner, let.name, let.formula, inside + "let." + let.name, true, inner);
    }
    template_path_.push_back(spec.use);
    // One kernel under a name of its own needs no second part: "scores", not "scores.matmul".
    if (!spec.name.empty() && used->kernels.size() == 1 && used->kernels[0].use.empty()) {
      std::vector<KernelSpec> renamed = used->kernels;
      renamed[0].name = spec.name;
      add_kernels(renamed, inner, inside, name_prefix, conditions);
    } else {
      add_kernels(used->kernels, inner, inside, prefix, conditions);
    }
    template_path_.pop_back();
    use_ = outer_use;
  }

  std::int32_t add_use(const KernelSpec& spec, const TemplateFile& used, const NameScope& inner,
                       const std::string& prefix, const std::vector<Expression>& conditions) {
    TemplateUse use{used.name, used.path, used.summary, used.source, prefix, {}, {}, conditions};
    for (const TemplateParameter& parameter : used.parameters) {
      const auto argument = std::ranges::find(spec.arguments, parameter.name, &TemplateArgument::name);
      const auto slot = inner.slots.find(parameter.name);
      if (argument == spec.arguments.end() || slot == inner.slots.end()) continue;
      program_.slots[static_cast<std::size_t>(slot->second)].meaning = parameter.meaning;
      use.arguments.push_back({slot->second, argument->why});
    }
    program_.uses.push_back(std::move(use));
    return static_cast<std::int32_t>(program_.uses.size()) - 1;
  }

  void bind_arguments(const KernelSpec& spec, const TemplateFile& used, NameScope& scope, NameScope& inner,
                      const std::string& where) {
    for (const TemplateArgument& argument : spec.arguments) {
      if (std::ranges::find(used.parameters, argument.name, &TemplateParameter::name) == used.parameters.end()) {
        fatal(argument.formula.line,
              fmt::format("{}: template '{}' has no parameter '{}'", where, spec.use, argument.name));
      }
    }
    for (const TemplateParameter& parameter : used.parameters) {
      const auto argument = std::ranges::find(spec.arguments, parameter.name, &TemplateArgument::name);
      if (argument == spec.arguments.end()) {
        fatal(spec.line, fmt::format("{}: template '{}' needs '{}'", where, spec.use, parameter.name));
        continue;
      }
      add_slot(inner, parameter.name, argument->formula, fmt::format("{}.with.{}", where, parameter.name), true, scope);
    }
  }

  /// What a condition is where an op's literal argument decides it: true, false, or open.
  std::optional<bool> decided(const Expression& condition) const {
    const ProgramSymbols symbols(program_.slots);
    const Expression* behind = &condition;
    while (behind->op == Op::symbol) {
      behind = symbols.inlined(*behind);
      if (behind == nullptr) return std::nullopt;
    }
    if (behind->op == Op::logical_not) {
      const auto inner = decided(behind->args[0]);
      return inner ? std::optional<bool>(!*inner) : std::nullopt;
    }
    if (behind->op != Op::truth) return std::nullopt;
    return behind->value_flag;
  }

  void add_kernel(const KernelSpec& spec, NameScope& scope, const std::string& where, const std::string& name_prefix,
                  std::vector<Expression> conditions) {
    CompiledKernel kernel;
    kernel.where = where + ".";
    kernel.path = path_;
    kernel.use = use_;
    kernel.conditions = std::move(conditions);
    for (std::size_t i = 0; i < kernel_field_count; ++i) {
      if (!spec.fields[i]) continue;
      kernel.lines[i] = spec.fields[i]->line;
      kernel.fields[i] = resolved(spec.fields[i]->expression, scope, fmt::format("{}.{}", where, kernel_field_names[i]),
                                  spec.fields[i]->line);
    }
    if (spec.arith_type) kernel.arith_type = resolved_arith_type(*spec.arith_type, scope, where);
    make_texts(kernel, name_prefix + spec.name, spec.why);
    program_.kernels.push_back(std::move(kernel));
  }

  /// `arith_type: X` names a tensor, or is an expression that yields a dtype's name.
  Expression resolved_arith_type(const Formula& formula, NameScope& scope, const std::string& where) {
    Expression expression = formula.expression;
    const bool names_tensor =
        expression.op == Op::symbol && scope.sees_node && !scope.slots.contains(expression.name) &&
        std::ranges::find(program_.formals, expression.name, &Formal::name) != program_.formals.end();
    if (names_tensor) {
      Expression call;
      call.op = Op::call;
      call.function = Builtin::dtype;
      expression.op = Op::tensor;
      call.args.push_back(std::move(expression));
      expression = std::move(call);
    }
    return resolved(std::move(expression), scope, where + ".arith_type", formula.line);
  }

  void make_texts(CompiledKernel& kernel, const std::string& name, const std::string& why) {
    const ProgramSymbols symbols(program_.slots);
    const auto text_of = [&](KernelField field) {
      const auto& expression = kernel.fields[static_cast<std::size_t>(field)];
      return expression ? print(*expression, &symbols) : std::string();
    };
    const auto joined = [](const std::string& a, const std::string& b) {
      return a.empty() || b.empty() ? a + b : a + " + " + b;
    };
    KernelText text{name,
                    text_of(KernelField::flops),
                    text_of(KernelField::macs),
                    text_of(KernelField::transcendentals),
                    text_of(KernelField::int_ops),
                    text_of(KernelField::read),
                    text_of(KernelField::write),
                    why};
    const std::string arith = text_of(KernelField::arith);
    KernelText on_integers = text;
    text.flops = joined(text.flops, arith);
    on_integers.int_ops = joined(on_integers.int_ops, arith);
    kernel.floating_text = std::make_shared<const KernelText>(std::move(text));
    kernel.integer_text =
        arith.empty() ? kernel.floating_text : std::make_shared<const KernelText>(std::move(on_integers));
  }

  Expression resolved(Expression expression, NameScope& scope, const std::string& where, int line) {
    resolve(expression, scope, where, line);
    return expression;
  }

  void resolve(Expression& expression, NameScope& scope, const std::string& where, int line) {
    switch (expression.op) {
      case Op::symbol: return resolve_symbol(expression, scope, where, line);
      case Op::tensor: return resolve_tensor(expression, scope, where, line);
      case Op::comprehend: return resolve_comprehension(expression, scope, where, line);
      case Op::call: resolve_call(expression, scope, where, line); break;
      default: break;
    }
    for (Expression& arg : expression.args) resolve(arg, scope, where, line);
  }

  /// The innermost comprehension variable of that name, or -1.
  std::int32_t find_local(const std::string& name) const {
    const auto found = std::find(locals_.rbegin(), locals_.rend(), name);
    return found == locals_.rend() ? -1 : static_cast<std::int32_t>(locals_.rend() - found) - 1;
  }

  std::int32_t find_formal(const std::string& name) const {
    const auto found = std::ranges::find(program_.formals, name, &Formal::name);
    return found == program_.formals.end() ? -1 : static_cast<std::int32_t>(found - program_.formals.begin());
  }

  void resolve_symbol(Expression& symbol, NameScope& scope, const std::string& where, int line) {
    if (const std::int32_t local = find_local(symbol.name); local >= 0) {
      symbol.place = Place::local;
      symbol.target = local;
      return;
    }
    const auto slot = scope.slots.find(symbol.name);
    if (slot == scope.slots.end()) {
      const bool tensor = scope.sees_node && find_formal(symbol.name) >= 0;
      return fatal(line, fmt::format("{}: {} '{}'", where,
                                     tensor ? "an accessor is missing around tensor" : "unknown symbol", symbol.name));
    }
    symbol.place = Place::slot;
    symbol.target = slot->second;
    program_.slots[static_cast<std::size_t>(slot->second)].used = true;
  }

  void resolve_tensor(Expression& tensor, NameScope& scope, const std::string& where, int line) {
    if (const std::int32_t local = find_local(tensor.name); local >= 0) {
      tensor.place = Place::local;
      tensor.target = local;
      return;
    }
    const std::int32_t formal = find_formal(tensor.name);
    if (!scope.sees_node) {
      return fatal(line, fmt::format("{}: a template sees only its parameters, not tensor '{}'", where, tensor.name));
    }
    if (formal < 0) return fatal(line, fmt::format("{}: no input or output '{}'", where, tensor.name));
    tensor.place = Place::formal;
    tensor.target = formal;
  }

  void resolve_comprehension(Expression& fold, NameScope& scope, const std::string& where, int line) {
    Expression& list = fold.args[0];
    const bool over_tensors = list.op == Op::symbol && find_local(list.name) < 0 && !scope.slots.contains(list.name) &&
                              find_formal(list.name) >= 0;
    if (over_tensors) {
      list.op = Op::tensor;
      resolve_tensor(list, scope, where, line);
      if (list.target >= 0 && !program_.formals[static_cast<std::size_t>(list.target)].variadic) {
        fatal(line, fmt::format("{}: '{}' is one tensor, not a list", where, list.name));
      }
    } else {
      resolve(list, scope, where, line);
    }
    locals_.push_back(fold.name);
    resolve(fold.args[1], scope, where, line);
    locals_.pop_back();
  }

  void resolve_call(Expression& call, NameScope& scope, const std::string& where, int line) {
    const bool reads_node = call.function == Builtin::attr || call.function == Builtin::has_attr ||
                            call.function == Builtin::opset || call.function == Builtin::tree_depths ||
                            call.function == Builtin::fast_memory;
    if (reads_node && !scope.sees_node) {
      return fatal(line, fmt::format("{}: a template sees only its parameters; pass it", where));
    }
    if (call.function == Builtin::attr) call.fallback = context_.attribute_default(call.name);
    const bool lists_tensors =
        call.function == Builtin::arity || call.function == Builtin::present || call.function == Builtin::label_sizes;
    const bool plain_tensor = facts_of(call.function).takes_tensor && call.args[0].op == Op::tensor;
    if (!plain_tensor || lists_tensors || find_local(call.args[0].name) >= 0) return;
    const std::int32_t formal = find_formal(call.args[0].name);
    if (formal >= 0 && program_.formals[static_cast<std::size_t>(formal)].variadic) {
      fatal(line, fmt::format("{}: '{}' is a list of tensors: use sum(t in {}: ...) or {}[0]", where, call.args[0].name,
                              call.args[0].name, call.args[0].name));
    }
  }
};

}  // namespace

const Expression* ProgramSymbols::inlined(const Expression& symbol) const noexcept {
  if (symbol.place != Place::slot) return nullptr;
  const Slot& slot = slots_[static_cast<std::size_t>(symbol.target)];
  return slot.hidden ? &slot.expression : nullptr;
}

Program compile(const CostFile& file, const CostBody& body, const CompileContext& context) {
  return Compiler(file, body, context).run();
}

}  // namespace costscan
