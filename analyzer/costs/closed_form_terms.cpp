// The sums that closed forms are made of.
#include <algorithm>
#include <utility>

#include "costs/closed_form.hpp"

namespace costscan {
namespace {

Expression accessor(Builtin function, Expression tensor) {
  Expression call;
  call.op = Op::call;
  call.function = function;
  call.args.push_back(std::move(tensor));
  return call;
}

}  // namespace

std::vector<ConditionalTerm> kernel_terms(const Program& program, KernelField field) {
  std::vector<ConditionalTerm> terms;
  for (const CompiledKernel& kernel : program.kernels) {
    const auto& expression = kernel.fields[static_cast<std::size_t>(field)];
    if (expression) terms.push_back({*expression, kernel.conditions});
  }
  return terms;
}

std::vector<ConditionalTerm> compulsory_terms(const Program& program) {
  std::vector<ConditionalTerm> terms;
  if (program.view && program.kernels.empty()) return terms;
  for (std::size_t i = 0; i < program.formals.size(); ++i) {
    const Formal& formal = program.formals[i];
    Expression tensor;
    tensor.op = Op::tensor;
    tensor.name = formal.name;
    tensor.place = Place::formal;
    tensor.target = static_cast<std::int32_t>(i);
    ConditionalTerm term;
    const auto touched = std::ranges::find(program.touched, static_cast<std::int32_t>(i), &TouchedBytes::formal);
    if (touched != program.touched.end()) {
      term.expression = touched->expression;
    } else if (formal.variadic) {
      term.expression.op = Op::comprehend;
      term.expression.function = Builtin::sum;
      term.expression.name = "t";
      Expression each;
      each.op = Op::tensor;
      each.name = "t";
      each.place = Place::local;
      each.target = 0;
      term.expression.args = {tensor, accessor(Builtin::bytes, std::move(each))};
    } else {
      term.expression = accessor(Builtin::bytes, tensor);
    }
    if (formal.optional) term.conditions.push_back(accessor(Builtin::present, std::move(tensor)));
    terms.push_back(std::move(term));
  }
  return terms;
}

}  // namespace costscan
