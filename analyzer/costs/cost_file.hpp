// A cost file as a value: what the YAML says, with lines for messages; formulas are parsed, names not yet resolved.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "costs/expression.hpp"
#include "model/cost.hpp"

namespace costscan {

/// Something wrong with the data. A fatal one makes the model unusable; the others are lint findings.
struct Issue {
  int line = 0;  ///< 1-based; 0: the file as a whole
  std::string what;
  bool fatal = true;
};

struct Formula {
  Expression expression;
  int line = 0;
};

/// The numbers of a kernel, in the order of `kernel_field_names`.
enum class KernelField : std::uint8_t { flops, macs, transcendentals, int_ops, arith, read, write };
inline constexpr std::size_t kernel_field_count = 7;
inline constexpr std::array<std::string_view, kernel_field_count> kernel_field_names{
    "flops", "macs", "transcendentals", "int_ops", "arith", "read", "write"};

/// `exempt: {check: why}`: a check of the data's linter that does not hold for this file, for a stated reason.
struct Exemption {
  std::string check;  ///< one of `lint_checks`
  std::string why;
  int line = 0;
};

/// units: counts are plain numbers and traffic is bytes. writes: no less is written than the outputs' bytes. monotone:
/// larger tensors never cost less. empty: empty outputs cost nothing. overflow: large but legal sizes stay below 2^62.
inline constexpr std::array<std::string_view, 5> lint_checks{"units", "writes", "monotone", "empty", "overflow"};

struct NamedFormula {
  std::string name;
  Formula formula;
};

struct TemplateArgument {
  std::string name;
  Formula formula;
  std::string why;
};

/// One entry of `kernels`: a kernel with numbers, or (`use` set) a template with arguments.
struct KernelSpec {
  std::string name;
  std::string why;
  std::optional<Formula> when;
  std::array<std::optional<Formula>, kernel_field_count> fields;
  std::optional<Formula> arith_type;
  std::string use;
  std::vector<TemplateArgument> arguments;
  int line = 0;
};

/// A size that --dim binds where there is no graph: at a node, its formula gives it.
struct DimSpec {
  std::string name;
  Formula formula;
  std::string meaning;
};

/// One of several ways to compute the same thing: the first path whose working set fits into fast memory is taken.
struct PathSpec {
  std::string name;
  std::string why;
  std::optional<Formula> working_set;  ///< bytes of fast memory that one core needs
  std::vector<KernelSpec> kernels;
  int line = 0;
};

struct Formal {
  std::string name;
  bool optional = false;
  bool variadic = false;
};

/// What an operator version can override.
struct CostBody {
  std::string summary;
  std::string source;
  Trust trust = Trust::unknown;
  std::vector<Formal> inputs;
  std::vector<Formal> outputs;
  std::vector<std::string> assumptions;
  std::vector<std::pair<std::string, std::string>> example;  ///< input → type with names for sizes: "float32[B,S,H]"
  std::vector<DimSpec> dims;
  std::vector<NamedFormula> let;
  std::vector<KernelSpec> kernels;
  std::vector<PathSpec> paths;        ///< their kernels run after `kernels`
  std::vector<NamedFormula> touched;  ///< bytes touched of an input or output, where not all of it
  std::optional<Formula> view;
};

struct CostVersion {
  std::int64_t since = 0;
  std::optional<std::int64_t> until;  ///< inclusive
  CostBody body;
  int line = 0;
};

struct CostFile {
  std::string path;  ///< "onnx/LayerNormalization.yaml"
  std::string op;
  std::string domain;  ///< "" for ai.onnx
  CostBody body;
  std::vector<CostVersion> versions;  ///< by ascending `since`
  std::vector<Exemption> exempt;
  std::vector<Issue> issues;
};

struct TemplateParameter {
  std::string name;
  std::string meaning;
  int line = 0;
};

struct TemplateFile {
  std::string path;  ///< "templates/layer_norm.yaml"
  std::string name;
  std::string summary;
  std::string source;
  std::vector<TemplateParameter> parameters;
  std::vector<NamedFormula> let;
  std::vector<KernelSpec> kernels;
  std::vector<Exemption> exempt;
  std::vector<Issue> issues;
};

/// Never fail: what cannot be read is in `issues`. `path` is relative to the cost model folder.
[[nodiscard]] CostFile parse_cost_file(std::string_view path, std::string_view bytes);
[[nodiscard]] TemplateFile parse_template_file(std::string_view path, std::string_view bytes);

/// The body that holds for an operator of this since_version.
[[nodiscard]] const CostBody& body_for_version(const CostFile& file, std::int64_t since_version) noexcept;

/// "ai.onnx/Conv", "com.microsoft/BiasGelu": how an op is called in texts.
[[nodiscard]] std::string qualified_op(std::string_view domain, std::string_view op);

}  // namespace costscan
