#include "costs/lint_units.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace costscan {
namespace {

/// The power of bytes in a number: 0 for counts, 1 for bytes. nullopt goes with everything: a literal 0, texts, truth
/// values, and what was reported already.
using UnitPower = std::optional<int>;

std::string unit_name(int power) {
  if (power == 0) return "a plain number";
  if (power == 1) return "bytes";
  return fmt::format("bytes^{}", power);
}

class UnitChecker {
 public:
  explicit UnitChecker(const Program& program)
      : program_(program), symbols_(program.slots), slots_(program.slots.size()), done_(program.slots.size(), false) {}

  std::vector<UnitFinding> run() {
    for (std::size_t i = 0; i < program_.slots.size(); ++i) unit_of_slot(i);
    place_ = {program_.path, 0, "view"};
    if (program_.view) unit_of(*program_.view);
    for (const CompiledPath& path : program_.paths) {
      place_ = {program_.path, 0, path.where + "working_set"};
      expect(path.working_set, 1);
    }
    for (const CompiledKernel& kernel : program_.kernels) check_kernel(kernel);
    for (const TouchedBytes& touched : program_.touched) {
      place_ = {program_.path, touched.line, touched.where};
      expect(touched.expression, 1);
    }
    return std::move(findings_);
  }

 private:
  const Program& program_;
  ProgramSymbols symbols_;
  std::vector<UnitPower> slots_;
  std::vector<bool> done_;
  std::vector<UnitPower> locals_;
  std::vector<UnitFinding> findings_;
  UnitFinding place_;  ///< where the formula at hand stands; `what` is its name

  void report(const std::string& what) {
    UnitFinding finding = place_;
    finding.what = fmt::format("{}: {}", place_.what, what);
    findings_.push_back(std::move(finding));
  }

  void check_kernel(const CompiledKernel& kernel) {
    const std::string& path = kernel.use < 0 ? program_.path : program_.uses[static_cast<std::size_t>(kernel.use)].path;
    place_ = {path, 0, kernel.where + "when"};
    for (const Expression& condition : kernel.conditions) unit_of(condition);
    for (std::size_t i = 0; i < kernel_field_count; ++i) {
      if (!kernel.fields[i]) continue;
      const auto field = static_cast<KernelField>(i);
      place_ = {path, kernel.lines[i], fmt::format("{}{}", kernel.where, kernel_field_names[i])};
      expect(*kernel.fields[i], field == KernelField::read || field == KernelField::write ? 1 : 0);
    }
  }

  void expect(const Expression& expression, int power) {
    const UnitPower unit = unit_of(expression);
    if (!unit || *unit == power) return;
    report(fmt::format("is {}, must be {}: {}", unit_name(*unit), unit_name(power), print(expression, &symbols_)));
  }

  UnitPower unit_of_slot(std::size_t index) {
    if (done_[index]) return slots_[index];
    done_[index] = true;
    const Slot& slot = program_.slots[index];
    // Only the arguments of a template stand in the op's own file; its lets are reported without a line.
    const UnitFinding outer = std::exchange(place_, {program_.path, slot.hidden ? 0 : slot.line, slot.where});
    slots_[index] = unit_of(slot.expression);
    place_ = outer;
    return slots_[index];
  }

  /// The unit that both have; reports where they differ.
  UnitPower common(UnitPower a, UnitPower b, const Expression& whole) {
    if (!a) return b;
    if (!b || *a == *b) return a;
    report(fmt::format("{} and {} do not go together: {}", unit_name(*a), unit_name(*b), print(whole, &symbols_)));
    return std::nullopt;
  }

  UnitPower common_of_args(const Expression& expression, std::size_t first) {
    UnitPower unit;
    for (std::size_t i = first; i < expression.args.size(); ++i) {
      unit = common(unit, unit_of(expression.args[i]), expression);
    }
    return unit;
  }

  static UnitPower times(UnitPower a, UnitPower b) { return a && b ? UnitPower(*a + *b) : std::nullopt; }

  /// A literal zero below is a mistake of its own; one that sizes decide shows at the node.
  UnitPower quotient(const Expression& expression) {
    const UnitPower above = unit_of(expression.args[0]);
    const Expression& divisor = expression.args[1];
    const UnitPower below = unit_of(divisor);
    if (divisor.op == Op::number && divisor.number.numerator == 0) {
      report(fmt::format("division by zero: {}", print(expression, &symbols_)));
    }
    return above && below ? UnitPower(*above - *below) : std::nullopt;
  }

  UnitPower unit_of(const Expression& expression) {
    const auto arg = [&](std::size_t i) { return unit_of(expression.args[i]); };
    switch (expression.op) {
      case Op::number: return expression.number.numerator == 0 ? UnitPower() : UnitPower(0);
      case Op::symbol:
        if (expression.place == Place::slot) return unit_of_slot(static_cast<std::size_t>(expression.target));
        if (expression.place == Place::local) return locals_[static_cast<std::size_t>(expression.target)];
        return std::nullopt;
      case Op::negate: return arg(0);
      case Op::multiply: return times(arg(0), arg(1));
      case Op::divide: return quotient(expression);
      case Op::add:
      case Op::subtract:
      case Op::list: return common_of_args(expression, 0);
      case Op::choose: {
        static_cast<void>(arg(0));
        return common_of_args(expression, 1);
      }
      case Op::index:
      case Op::slice: {
        for (std::size_t i = 1; i < expression.args.size(); ++i) static_cast<void>(arg(i));
        return arg(0);
      }
      case Op::equal:
      case Op::not_equal:
      case Op::less:
      case Op::less_equal:
      case Op::greater:
      case Op::greater_equal: {
        static_cast<void>(common_of_args(expression, 0));
        return std::nullopt;
      }
      case Op::comprehend: return fold(expression);
      case Op::call: return call(expression);
      default: {
        for (std::size_t i = 0; i < expression.args.size(); ++i) static_cast<void>(arg(i));
        return std::nullopt;
      }
    }
  }

  UnitPower fold(const Expression& expression) {
    const UnitPower items = expression.args[0].op == Op::tensor ? UnitPower() : unit_of(expression.args[0]);
    locals_.push_back(items);
    const UnitPower body = unit_of(expression.args[1]);
    locals_.pop_back();
    if (expression.function == Builtin::prod) return product(body, expression);
    return body;
  }

  UnitPower product(UnitPower factor, const Expression& expression) {
    if (factor && *factor != 0) {
      report(fmt::format("a product of {} has no unit: {}", unit_name(*factor), print(expression, &symbols_)));
      return std::nullopt;
    }
    return factor;
  }

  UnitPower call(const Expression& expression) {
    const auto arg = [&](std::size_t i) { return unit_of(expression.args[i]); };
    switch (expression.function) {
      case Builtin::elem:
      case Builtin::bits:
      case Builtin::bytes:
      case Builtin::size_of:
      case Builtin::fast_memory: return 1;
      case Builtin::attr:  // an element's width, as bits(T)
        if (expression.name == "bits" || expression.name.ends_with("_bits")) return 1;
        return 0;
      case Builtin::ceil_div:
      case Builtin::floor_div: return quotient(expression);
      case Builtin::mod:
      case Builtin::min:
      case Builtin::max: return common_of_args(expression, 0);
      case Builtin::abs:
      case Builtin::sum: return arg(0);
      case Builtin::prod: return product(arg(0), expression);
      case Builtin::unknown:
      case Builtin::dtype:
      case Builtin::present:
      case Builtin::constant:
      case Builtin::known:
      case Builtin::has_attr: return std::nullopt;
      default: {
        // Sizes and contents of tensors, attributes, versions: plain numbers. A tensor's name is no number.
        const std::size_t first = facts_of(expression.function).takes_tensor ? 1 : 0;
        for (std::size_t i = first; i < expression.args.size(); ++i) static_cast<void>(arg(i));
        return 0;
      }
    }
  }
};

}  // namespace

std::vector<UnitFinding> check_units(const Program& program) { return UnitChecker(program).run(); }

}  // namespace costscan
