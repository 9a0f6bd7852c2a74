// A cost file compiled for one operator version: names resolved, templates expanded, texts made once.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "costs/cost_file.hpp"
#include "model/cost.hpp"

namespace costscan {

/// A let of the op (visible), or an argument or let of a template that it uses (hidden: printed by what it stands for).
/// Slots are evaluated when first needed, once per node.
struct Slot {
  std::string name;
  Expression expression;
  std::string where;  ///< "let.H", for messages
  int line = 0;
  bool hidden = false;
  bool used = false;    ///< some formula names it
  bool dim = false;     ///< of `dims`: bound by --dim where there is no graph
  std::string meaning;  ///< of a dim, or of a template's parameter
};

/// One use of a template: what `explain` says of it.
struct TemplateUse {
  std::string name;
  std::string path;  ///< "templates/layer_norm.yaml"
  std::string summary;
  std::string source;
  std::string prefix;  ///< of its kernels' names; may be empty
  struct Argument {
    std::int32_t slot = -1;
    std::string why;
  };
  std::vector<Argument> arguments;
  std::vector<std::int32_t> lets;  ///< slots
  std::vector<Expression> conditions;
};

/// A way to compute the op; taken where no earlier one fits into fast memory and its own working set does.
struct CompiledPath {
  std::string name;
  std::string why;
  Expression working_set;  ///< bytes
  std::string where;       ///< "paths[0].", for messages
};

struct CompiledKernel {
  std::shared_ptr<const KernelText> floating_text;  ///< `arith` counts as flops
  std::shared_ptr<const KernelText> integer_text;   ///< `arith` counts as int_ops; the same text without `arith`
  std::vector<Expression> conditions;  ///< all must hold: its own `when` and those of the templates around it
  std::array<std::optional<Expression>, kernel_field_count> fields;
  std::array<int, kernel_field_count> lines{};  ///< of the fields, in the file that `use` names
  std::optional<Expression> arith_type;         ///< a dtype's name
  std::int32_t path = -1;                       ///< index into Program::paths; -1: runs on every path
  std::int32_t use = -1;                        ///< index into Program::uses; -1: written in the op's own file
  std::string where;                            ///< "kernels[0].", for messages
};

struct TouchedBytes {
  std::int32_t formal = -1;
  Expression expression;
  std::string where;
  int line = 0;
};

struct Program {
  std::string path;             ///< of the cost file
  std::vector<Formal> formals;  ///< inputs, then outputs
  std::size_t input_count = 0;
  std::vector<Slot> slots;
  std::vector<CompiledKernel> kernels;
  std::vector<CompiledPath> paths;
  std::vector<TemplateUse> uses;
  std::vector<TouchedBytes> touched;
  std::vector<Expression> atoms;  ///< accessors that the kernels' formulas show, each once: `numel(X)`
  std::optional<Expression> view;
  Trust trust = Trust::unknown;
  std::int64_t since_version = 1;
  std::shared_ptr<const CostModelText> text;
  std::vector<Issue> issues;  ///< of the file and of the compilation
};

/// Prints hidden slots by the expressions that they stand for.
class ProgramSymbols final : public SymbolTable {
 public:
  explicit ProgramSymbols(const std::vector<Slot>& slots) noexcept : slots_(slots) {}
  [[nodiscard]] const Expression* inlined(const Expression& symbol) const noexcept override;

 private:
  const std::vector<Slot>& slots_;
};

struct CompileContext {
  /// The parsed template, or nullptr.
  std::function<const TemplateFile*(const std::string& name)> find_template;
  /// The schema's default of an attribute, or nullptr where it has none.
  std::function<std::shared_ptr<const Datum>(const std::string& attribute)> attribute_default;
  std::int64_t since_version = 1;
};

/// Compiles the body for one version. Problems are in `issues`; unused lets are told by Slot::used.
[[nodiscard]] Program compile(const CostFile& file, const CostBody& body, const CompileContext& context);

}  // namespace costscan
