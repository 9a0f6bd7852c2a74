#include <algorithm>
#include <set>

#include "costs/library_impl.hpp"
#include "costs/lint.hpp"
#include "costs/node_view.hpp"
#include "model/checked_math.hpp"

namespace costscan {
namespace {

std::optional<std::int64_t> touched_bytes(const Program& program, NodeView& view, std::int32_t formal, ValueId value) {
  const auto touched = std::ranges::find(program.touched, formal, &TouchedBytes::formal);
  if (touched == program.touched.end()) {
    const auto bytes = view.tensor_bytes(value);
    return bytes ? std::optional(*bytes) : std::nullopt;
  }
  const Evaluated bytes = view.evaluate(touched->expression);
  const auto* number = bytes ? std::get_if<Rational>(&bytes->value) : nullptr;
  return number == nullptr ? std::nullopt : std::optional(ceil(*number));
}

}  // namespace

std::optional<std::int64_t> compulsory_output_bytes(const CostLibrary& library, const Scope& scope, const Node& node) {
  std::int64_t opset = 0;
  for (const OpsetImport& import : scope.opset_imports) {
    if (import.domain == node.domain) opset = import.version;
  }
  const Program* program = library.impl().find_program(node.domain, node.op_type, opset);
  if (program == nullptr) return std::nullopt;
  NodeView view(*program, scope, node);
  std::set<ValueId> seen;
  std::optional<std::int64_t> total = 0;
  for (std::size_t i = program->input_count; i < program->formals.size() && total; ++i) {
    const auto formal = static_cast<std::int32_t>(i);
    for (std::size_t k = 0; k < view.bound_count(formal) && total; ++k) {
      const ValueId value = view.bound_value(formal, k);
      if (value == no_value || !seen.insert(value).second) continue;
      const auto bytes = touched_bytes(*program, view, formal, value);
      total = bytes ? checked_add(*total, *bytes) : std::nullopt;
    }
  }
  return total;
}

std::vector<LintedOp> linted_ops(const CostLibrary& library) {
  std::vector<LintedOp> out;
  for (const std::string& path : library.impl().op_paths()) {
    const CostFile& file = *library.impl().parsed_file(path);
    if (file.op.empty()) continue;
    LintedOp op{file.path, file.domain, file.op, file.body.example, {}, {}};
    for (const Formal& formal : file.body.inputs) op.inputs.push_back(formal.name);
    for (const Formal& formal : file.body.outputs) {
      if (!formal.optional || op.outputs.empty()) op.outputs.push_back(formal.name);
    }
    out.push_back(std::move(op));
  }
  return out;
}

int line_of_kernel(const CostLibrary& library, std::string_view domain, std::string_view op, std::string_view kernel) {
  const CostFile* file = library.impl().find_file(domain, op);
  if (file == nullptr) return 1;
  int first = 0;
  const auto find = [&](const CostBody& body) {
    for (const KernelSpec& each : body.kernels) {
      if (first == 0) first = each.line;
      if (each.name == kernel && !kernel.empty()) return each.line;
    }
    return 0;
  };
  int found = find(file->body);
  for (const CostVersion& version : file->versions) found = found == 0 ? find(version.body) : found;
  return std::max(found != 0 ? found : first, 1);
}

}  // namespace costscan
