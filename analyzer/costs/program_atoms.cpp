#include "costs/program_atoms.hpp"

#include <unordered_set>

namespace costscan {
namespace {

void collect(Program& program, const Expression& expression, std::unordered_set<std::string>& seen) {
  const ProgramSymbols symbols(program.slots);
  if (expression.op == Op::comprehend) return;  // has names that mean nothing outside
  if (const Expression* inlined = symbols.inlined(expression)) return collect(program, *inlined, seen);
  const bool accessor =
      expression.op == Op::call && (facts_of(expression.function).takes_tensor || expression.function == Builtin::attr);
  if (accessor) {
    if (seen.insert(print(expression, &symbols)).second) program.atoms.push_back(expression);
    return;
  }
  for (const Expression& arg : expression.args) collect(program, arg, seen);
}

}  // namespace

void collect_atoms(Program& program) {
  std::unordered_set<std::string> seen;
  for (const CompiledKernel& kernel : program.kernels) {
    for (const auto& field : kernel.fields) {
      if (field) collect(program, *field, seen);
    }
  }
}

}  // namespace costscan
