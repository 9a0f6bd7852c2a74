// Findings about the cost files themselves.
#include "costs/lint.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <set>
#include <tuple>

#include "costs/library_impl.hpp"
#include "costs/lint_units.hpp"
#include "costs/schema_facts.hpp"
#include "model/dtype.hpp"

namespace costscan {
namespace {

/// Operators that ONNX Runtime registers in ONNX's own domain without ONNX defining them (or no longer).
constexpr std::array<std::string_view, 10> foreign_ops{"Affine",
                                                       "Crop",
                                                       "DynamicSlice",
                                                       "ImageScaler",
                                                       "MemcpyFromHost",
                                                       "MemcpyToHost",
                                                       "ParametricSoftplus",
                                                       "Scale",
                                                       "ScaledTanh",
                                                       "SimplifiedLayerNormalization"};

using Visit = std::function<void(const Expression&)>;

void walk(const Expression& expression, const Visit& visit) {
  visit(expression);
  for (const Expression& arg : expression.args) walk(arg, visit);
}

void walk(const Program& program, const Visit& visit) {
  for (const Slot& slot : program.slots) walk(slot.expression, visit);
  if (program.view) walk(*program.view, visit);
  for (const TouchedBytes& touched : program.touched) walk(touched.expression, visit);
  for (const CompiledKernel& kernel : program.kernels) {
    for (const Expression& condition : kernel.conditions) walk(condition, visit);
    for (const auto& field : kernel.fields) {
      if (field) walk(*field, visit);
    }
    if (kernel.arith_type) walk(*kernel.arith_type, visit);
  }
}

class Linter {
 public:
  explicit Linter(const CostLibrary::Impl& library) : library_(library) {}

  std::vector<std::string> run() {
    for (const std::string& path : library_.op_paths()) check_op(*library_.parsed_file(path));
    for (const std::string& path : library_.template_paths()) check_template(path);
    report_units();
    std::vector<std::string> out;
    for (const auto& [path, line, what] : findings_) {
      out.push_back(line > 0 ? fmt::format("{}:{}: {}", path, line, what) : fmt::format("{}: {}", path, what));
    }
    return out;
  }

 private:
  const CostLibrary::Impl& library_;
  std::set<std::tuple<std::string, int, std::string>> findings_;  ///< each once, by file and line
  std::set<std::string> used_templates_;
  std::set<std::tuple<std::string, int, std::string>> unit_findings_;  ///< by file, so that a file may be exempt

  void add(const std::string& path, int line, std::string what) { findings_.emplace(path, line, std::move(what)); }

  void check_op(const CostFile& file) {
    for (const Issue& issue : file.issues) add(file.path, issue.line, issue.what);
    note_templates(file.body.kernels);
    for (const CostVersion& version : file.versions) note_templates(version.body.kernels);
    const std::vector<SchemaFacts> schemas = schema_versions(file.op, file.domain);
    const bool foreign = std::ranges::find(foreign_ops, file.op) != foreign_ops.end();
    if (schemas.empty() && file.domain.empty() && !foreign) add(file.path, 1, "ONNX defines no operator of this name");
    // What follows from a file that could not be read at all says nothing.
    const CostBody& body = file.body;
    if (!file.issues.empty() && body.inputs.empty() && body.outputs.empty() && body.kernels.empty() && !body.view)
      return;
    check_versions(file, schemas);
    check_programs(file, schemas);
    if (!schemas.empty()) check_operands(file, schemas);
  }

  /// Those of files that are not exempt; an exemption without a finding is one itself.
  void report_units() {
    std::set<std::string> found;
    for (const auto& [path, line, what] : unit_findings_) {
      found.insert(path);
      if (exemption(path, "units") == nullptr) add(path, line, what);
    }
    for (const auto& paths : {library_.op_paths(), library_.template_paths()}) {
      for (const std::string& path : paths) {
        const Exemption* exempt = exemption(path, "units");
        if (exempt != nullptr && !found.contains(path)) {
          add(path, exempt->line, "exempt.units is not needed: the units are consistent");
        }
      }
    }
  }

  const Exemption* exemption(const std::string& path, std::string_view check) const {
    const std::string name = path.substr(path.rfind('/') + 1, path.rfind('.') - path.rfind('/') - 1);
    const TemplateFile* of_template = path.starts_with("templates/") ? library_.find_template(name) : nullptr;
    const CostFile* of_op = of_template == nullptr ? library_.parsed_file(path) : nullptr;
    if (of_template == nullptr && of_op == nullptr) return nullptr;
    const std::vector<Exemption>& all = of_op == nullptr ? of_template->exempt : of_op->exempt;
    const auto exempt = std::ranges::find(all, check, &Exemption::check);
    return exempt == all.end() ? nullptr : &*exempt;
  }

  void note_templates(const std::vector<KernelSpec>& kernels) {
    for (const KernelSpec& kernel : kernels) {
      if (!kernel.use.empty()) used_templates_.insert(kernel.use);
    }
  }

  void check_versions(const CostFile& file, const std::vector<SchemaFacts>& schemas) {
    for (const CostVersion& version : file.versions) {
      if (version.until && *version.until < version.since) add(file.path, version.line, "until lies before since");
      // Version 1 also stands for what a runtime accepts before ONNX's own first version.
      const bool known =
          version.since == 1 || std::ranges::find(schemas, version.since, &SchemaFacts::since_version) != schemas.end();
      if (!known) {
        add(file.path, version.line, fmt::format("ONNX has no version {} of {}", version.since, file.op));
      }
    }
  }

  /// Compiles every version; a let must be used by one of them, an attribute known to one schema.
  void check_programs(const CostFile& file, const std::vector<SchemaFacts>& schemas) {
    std::set<std::int64_t> versions{1};
    for (const SchemaFacts& schema : schemas) versions.insert(schema.since_version);
    std::set<std::string> attributes;
    for (const SchemaFacts& schema : schemas) attributes.insert(schema.attributes.begin(), schema.attributes.end());
    std::set<std::pair<int, std::string>> used;
    std::set<std::pair<int, std::string>> unused;
    for (const std::int64_t version : versions) {
      const Program& program = library_.program_for_version(file, version);
      for (const Issue& issue : program.issues) add(file.path, issue.line, issue.what);
      for (const Slot& slot : program.slots) {
        if (!slot.hidden) (slot.used ? used : unused).emplace(slot.line, slot.name);
      }
      const bool always_view = program.view && program.view->op == Op::truth && program.view->value_flag;
      if (always_view && !program.kernels.empty()) add(file.path, 0, "a view has no kernels");
      for (const UnitFinding& finding : check_units(program)) {
        unit_findings_.emplace(finding.path, finding.line, finding.what);
      }
      walk(program, [&](const Expression& expression) { check_expression(file, expression, schemas, attributes); });
    }
    for (const auto& let : unused) {
      if (!used.contains(let)) add(file.path, let.first, fmt::format("let.{} is not used", let.second));
    }
  }

  void check_expression(const CostFile& file, const Expression& expression, const std::vector<SchemaFacts>& schemas,
                        const std::set<std::string>& attributes) {
    const bool reads_attribute =
        expression.op == Op::call && (expression.function == Builtin::attr || expression.function == Builtin::has_attr);
    if (reads_attribute && !schemas.empty() && !attributes.contains(expression.name)) {
      add(file.path, 0, fmt::format("no version of {} has an attribute '{}'", file.op, expression.name));
    }
    if (expression.op != Op::equal && expression.op != Op::not_equal) return;
    for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
      const Expression& dtype = expression.args[side];
      const Expression& name = expression.args[1 - side];
      const bool compared = dtype.op == Op::call && dtype.function == Builtin::dtype && name.op == Op::text;
      if (compared && !dtype_from_string(name.name)) {
        add(file.path, 0, fmt::format("'{}' is no dtype ({})", name.name, print(expression)));
      }
    }
  }

  /// The names must take what a schema allows, and must not demand what it does not.
  void check_operands(const CostFile& file, const std::vector<SchemaFacts>& schemas) {
    for (const SchemaFacts& schema : schemas) {
      if (schema.deprecated && &schema == &schemas.back()) continue;
      const CostBody& body = body_for_version(file, schema.since_version);
      const bool newest = &schema == &schemas.back();
      check_count(file, schema, body.inputs, schema.max_inputs, "inputs", newest);
      check_count(file, schema, body.outputs, schema.max_outputs, "outputs", newest);
      const auto required =
          std::ranges::count_if(body.inputs, [](const Formal& f) { return !f.optional && !f.variadic; });
      if (required > schema.min_inputs) {
        add(file.path, 0,
            fmt::format("version {}: {} inputs are required, ONNX requires {}", schema.since_version, required,
                        schema.min_inputs));
      }
    }
  }

  void check_count(const CostFile& file, const SchemaFacts& schema, const std::vector<Formal>& formals, int most,
                   const char* what, bool newest) {
    const bool variadic = !formals.empty() && formals.back().variadic;
    const int named = variadic ? std::numeric_limits<int>::max() : static_cast<int>(formals.size());
    if (named < most || (newest && named > most)) {
      const auto count = [](int n) {
        return n == std::numeric_limits<int>::max() ? "any number of" : std::to_string(n);
      };
      add(file.path, 0,
          fmt::format("version {}: names {} {}, ONNX has {}", schema.since_version, count(named), what, count(most)));
    }
  }

  void check_template(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    const std::string name = path.substr(slash + 1, path.size() - slash - 1 - std::string_view(".yaml").size());
    const TemplateFile& file = *library_.find_template(name);
    for (const Issue& issue : file.issues) add(path, issue.line, issue.what);
    std::set<std::string> used;
    const Visit note = [&](const Expression& expression) {
      if (expression.op == Op::symbol) used.insert(expression.name);
    };
    for (const NamedFormula& let : file.let) walk(let.formula.expression, note);
    for (const KernelSpec& kernel : file.kernels) note_kernel(kernel, note);
    note_templates(file.kernels);
    for (const TemplateParameter& parameter : file.parameters) {
      if (!used.contains(parameter.name))
        add(path, parameter.line, fmt::format("parameter '{}' is not used", parameter.name));
      if (parameter.meaning.empty())
        add(path, parameter.line, fmt::format("parameter '{}' has no meaning", parameter.name));
    }
    for (const NamedFormula& let : file.let) {
      if (!used.contains(let.name)) add(path, let.formula.line, fmt::format("let.{} is not used", let.name));
    }
    if (reaches(name, name)) add(path, 0, fmt::format("template '{}' uses itself", name));
    if (!used_templates_.contains(name)) unused_template(path, name);
  }

  /// Whether expanding template `from` comes upon template `to`.
  bool reaches(const std::string& from, const std::string& to) const {
    std::vector<std::string> open{from};
    std::set<std::string> seen;
    while (!open.empty()) {
      const TemplateFile* file = library_.find_template(open.back());
      open.pop_back();
      if (file == nullptr) continue;
      for (const KernelSpec& kernel : file->kernels) {
        if (kernel.use == to) return true;
        if (!kernel.use.empty() && seen.insert(kernel.use).second) open.push_back(kernel.use);
      }
    }
    return false;
  }

  static void note_kernel(const KernelSpec& kernel, const Visit& note) {
    if (kernel.when) walk(kernel.when->expression, note);
    if (kernel.arith_type) walk(kernel.arith_type->expression, note);
    for (const auto& field : kernel.fields) {
      if (field) walk(field->expression, note);
    }
    for (const TemplateArgument& argument : kernel.arguments) walk(argument.formula.expression, note);
  }

  void unused_template(const std::string& path, const std::string& name) {
    // Templates may serve other templates that come later in the alphabet.
    for (const std::string& other : library_.template_paths()) {
      const std::size_t slash = other.rfind('/');
      const TemplateFile* file =
          library_.find_template(other.substr(slash + 1, other.size() - slash - 1 - std::string_view(".yaml").size()));
      if (std::ranges::find(file->kernels, name, &KernelSpec::use) != file->kernels.end() && file->name != name) return;
    }
    add(path, 0, "no operator uses this template");
  }
};

}  // namespace

std::span<const Exemption> exemptions(const CostLibrary& library, std::string_view domain, std::string_view op) {
  const CostFile* file = library.impl().find_file(domain, op);
  return file == nullptr ? std::span<const Exemption>() : std::span<const Exemption>(file->exempt);
}

std::vector<std::string> lint(const CostLibrary& library) { return Linter(library.impl()).run(); }

}  // namespace costscan
