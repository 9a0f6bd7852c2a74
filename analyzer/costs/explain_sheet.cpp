// Fills the worksheet from a compiled cost model and, where there is one, a node.
#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "costs/explain_figures.hpp"
#include "costs/explain_impl.hpp"
#include "costs/explain_origin.hpp"
#include "costs/library_impl.hpp"
#include "model/analysis.hpp"
#include "model/text.hpp"

namespace costscan {
namespace {

constexpr std::array<std::string_view, kernel_field_count> quantity_names{
    "flops", "macs", "transcendentals", "int_ops", "flops", "read_bytes", "write_bytes"};

std::size_t at(KernelField field) noexcept { return static_cast<std::size_t>(field); }

/// What holds for every model; costmodels/README.md has all of it.
std::vector<std::string> conventions(bool has_paths) {
  return {
      "tensors are contiguous: strides and padding bytes are not modelled",
      "sizes in bytes follow the element types of the node's tensors (elem, bytes)",
      has_paths ? "what a path says it keeps in fast memory is not read again; everything else comes from and goes to "
                  "memory each time; compulsory bytes are as if everything stayed"
                : "nothing stays cached between kernels: each reads its operands from and writes its results to "
                  "memory once; compulsory bytes are as if everything stayed",
      "one FLOP per add, multiply, divide and compare-select; a multiply-accumulate is two; transcendentals count in "
      "flops too"};
}

class SheetMaker {
 public:
  SheetMaker(const CostFile& file, const Program& program, const ExplainOptions& options)
      : file_(file), program_(program), options_(options) {
    if (options.node == nullptr) return;
    view_.emplace(program, *options.scope, *options.node);
    if (options.fast_memory) view_->set_fast_memory(options.fast_memory->bytes);
    for (const auto& [name, number] : options.bindings) view_->bind(name, number);
    CostOptions cost;
    cost.bindings = options.bindings;
    if (options.fast_memory) cost.fast_memory = options.fast_memory->bytes;
    cost_ = cost_node(program, *options.scope, *options.node, cost);
  }

  Worksheet make() {
    figures_.emplace(program_, view_ ? &*view_ : nullptr);
    sheet_.op = display_name(file_.path);
    sheet_.id = program_.text->id;
    sheet_.versions = versions_text(file_);
    sheet_.trust = to_string(cost_ && cost_->trust != Trust::unknown ? cost_->trust : program_.trust);
    sheet_.summary = program_.text->summary;
    sheet_.unknown = cost_ ? cost_->unknown_reason : std::string();
    if (!program_.paths.empty()) sheet_.fast_memory = options_.fast_memory;
    add_tensors();
    add_symbols();
    add_view();
    sheet_.kernels = kernels_of(-1);
    add_paths();
    add_references();
    if (program_.paths.empty() || view_) sheet_.totals = totals_of(chosen_path_, engine_work());
    add_notes();
    return std::move(sheet_);
  }

 private:
  const CostFile& file_;
  const Program& program_;
  const ExplainOptions& options_;
  std::optional<NodeView> view_;
  std::optional<NodeCost> cost_;
  std::optional<FigureMaker> figures_;
  std::int32_t chosen_path_ = -1;
  Worksheet sheet_;

  bool costed() const { return cost_ && cost_->trust != Trust::unknown; }

  // --- tensors and symbols

  std::string type_text(ValueId value) const {
    const TensorInfo& info = view_->info(value);
    if (info.kind != TypeKind::tensor) return info.kind == TypeKind::sequence ? "sequence" : "";
    if (info.dtype == DType::undefined) return "";
    if (!info.shape) return std::string(to_string(info.dtype));
    std::string dims;
    for (const std::int64_t dim : *info.shape) dims += (dims.empty() ? "" : ",") + std::to_string(dim);
    return fmt::format("{}[{}]{}", to_string(info.dtype), dims, info.data_dependent ? " at most" : "");
  }

  void add_tensor(std::vector<WorksheetTensor>& to, const Formal& formal, ValueId value, bool input) {
    WorksheetTensor tensor;
    tensor.name = formal.name;
    tensor.optional = formal.optional;
    tensor.variadic = formal.variadic;
    if (view_ && value == no_value) tensor.role = "not given";
    if (view_ && value != no_value) {
      tensor.type = type_text(value);
      tensor.value_name = view_->value_name(value);
      tensor.role = !input ? "" : view_->info(value).constant ? "constant" : "";
    }
    to.push_back(std::move(tensor));
  }

  void add_tensors() {
    for (std::size_t i = 0; i < program_.formals.size(); ++i) {
      const bool input = i < program_.input_count;
      auto& to = input ? sheet_.inputs : sheet_.outputs;
      const auto formal = static_cast<std::int32_t>(i);
      const std::size_t count = view_ ? view_->bound_count(formal) : 0;
      if (count == 0) add_tensor(to, program_.formals[i], no_value, input);
      for (std::size_t k = 0; k < count; ++k) add_tensor(to, program_.formals[i], view_->bound_value(formal, k), input);
    }
    if (options_.node == nullptr) return;
    for (const Attribute& attribute : options_.node->attributes) {
      if (auto text = attribute_text(attribute)) sheet_.attributes.emplace_back(attribute.name, std::move(*text));
    }
  }

  bool is_bound(const std::string& name) const {
    return std::ranges::any_of(options_.bindings, [&](const auto& binding) { return binding.first == name; });
  }

  void add_symbols() {
    for (const Slot& slot : program_.slots) {
      if (slot.hidden) continue;
      WorksheetSymbol symbol;
      symbol.name = slot.name;
      symbol.formula = figures_->formula(slot.expression);
      symbol.meaning = slot.meaning;
      symbol.origin = is_bound(slot.name) ? "--dim" : origin_of(slot.expression, program_, options_.node);
      if (slot.dim && slot.expression.op == Op::number && symbol.origin != "--dim") symbol.origin = "default";
      symbol.value = figures_->value(symbol_of(program_, slot));
      if (view_ && symbol.value.empty()) symbol.value = "not defined here";
      sheet_.symbols.push_back(std::move(symbol));
    }
    for (const Expression& atom : program_.atoms) {
      sheet_.symbols.push_back(
          {figures_->formula(atom), "", figures_->value(atom), origin_of(atom, program_, options_.node), ""});
    }
  }

  void add_view() {
    if (!program_.view) return;
    const bool always = program_.view->op == Op::truth && program_.view->value_flag;
    sheet_.view = always ? "always" : figures_->formula(*program_.view);
    sheet_.is_view = always ? std::optional<bool>(true) : figures_->truth(*program_.view);
  }

  // --- kernels, paths, totals

  /// Conditions of the kernel itself: those of its path stand first.
  std::span<const Expression> own_conditions(const CompiledKernel& kernel) const {
    const std::size_t of_path = kernel.path < 0 ? 0 : static_cast<std::size_t>(kernel.path) + 1;
    return std::span(kernel.conditions).subspan(of_path);
  }

  std::optional<bool> runs(const CompiledKernel& kernel) const {
    if (!view_) return std::nullopt;
    if (cost_->view) return false;
    for (const Expression& condition : kernel.conditions) {
      const auto holds = figures_->truth(condition);
      if (!holds || !*holds) return holds;
    }
    return true;
  }

  /// What the engine says of a kernel that ran: whether its `arith` went to int_ops.
  bool on_integers(const CompiledKernel& kernel) const {
    if (kernel.floating_text == kernel.integer_text || !cost_) return false;
    return std::ranges::any_of(cost_->kernels, [&](const KernelCost& ran) { return ran.text == kernel.integer_text; });
  }

  WorksheetKernel kernel_row(const CompiledKernel& kernel) const {
    WorksheetKernel out;
    out.name = kernel.floating_text->name;
    out.why = kernel.floating_text->why;
    for (const Expression& condition : own_conditions(kernel)) {
      out.when += (out.when.empty() ? "" : " and ") + figures_->formula(condition);
    }
    out.runs = runs(kernel);
    if (kernel.use >= 0) out.reference = program_.uses[static_cast<std::size_t>(kernel.use)].name;
    for (std::size_t i = 0; i < kernel_field_count; ++i) {
      if (!kernel.fields[i]) continue;
      const bool integers = i == at(KernelField::arith) && on_integers(kernel);
      out.figures.push_back(figures_->field(integers ? "int_ops" : quantity_names[i], *kernel.fields[i]));
    }
    return out;
  }

  std::vector<WorksheetKernel> kernels_of(std::int32_t path) const {
    std::vector<WorksheetKernel> out;
    for (const CompiledKernel& kernel : program_.kernels) {
      if (kernel.path == path) out.push_back(kernel_row(kernel));
    }
    return out;
  }

  /// The terms of one field over the kernels that every path runs and those of `path`.
  std::vector<ConditionalTerm> terms(KernelField field, std::int32_t path, bool also_common) const {
    std::vector<ConditionalTerm> out;
    for (const CompiledKernel& kernel : program_.kernels) {
      if (kernel.path != path && !(also_common && kernel.path < 0)) continue;
      const auto own = own_conditions(kernel);
      if (kernel.fields[at(field)]) out.push_back({*kernel.fields[at(field)], {own.begin(), own.end()}});
    }
    return out;
  }

  /// `arith` joins the flops, or the int_ops of a node whose elements are integers.
  std::vector<ConditionalTerm> count_terms(KernelField field, std::int32_t path) const {
    std::vector<ConditionalTerm> out = terms(field, path, true);
    if (field != KernelField::flops && field != KernelField::int_ops) return out;
    for (const CompiledKernel& kernel : program_.kernels) {
      if (kernel.path != path && kernel.path >= 0) continue;
      const bool here = on_integers(kernel) == (field == KernelField::int_ops);
      const auto own = own_conditions(kernel);
      if (here && kernel.fields[at(KernelField::arith)]) {
        out.push_back({*kernel.fields[at(KernelField::arith)], {own.begin(), own.end()}});
      }
    }
    return out;
  }

  std::optional<Work> engine_work() const { return costed() ? std::optional<Work>(cost_->work) : std::nullopt; }

  std::vector<WorksheetFigure> totals_of(std::int32_t path, const std::optional<Work>& work) const {
    std::vector<WorksheetFigure> out;
    if (cost_ && cost_->view) return out;
    const auto add = [&](KernelField field, std::int64_t Work::* member) {
      const std::vector<ConditionalTerm> sum = count_terms(field, path);
      const auto value = work ? std::optional<std::int64_t>((*work).*member) : std::nullopt;
      WorksheetFigure figure = figures_->total(quantity_names[at(field)], sum, value);
      const bool nothing = value ? *value == 0 && figure.formula == "0" : figure.formula == "0";
      if (!nothing) out.push_back(std::move(figure));
    };
    add(KernelField::flops, &Work::flops);
    add(KernelField::macs, &Work::macs);
    add(KernelField::transcendentals, &Work::transcendentals);
    add(KernelField::int_ops, &Work::int_ops);
    add(KernelField::read, &Work::read_bytes);
    add(KernelField::write, &Work::write_bytes);
    if (program_.kernels.empty()) return out;
    const auto compulsory = costed() ? std::optional<std::int64_t>(cost_->compulsory_bytes) : std::nullopt;
    out.push_back(figures_->total("compulsory_bytes", compulsory_terms(program_), compulsory));
    return out;
  }

  void add_paths() {
    for (std::size_t i = 0; i < program_.paths.size(); ++i) {
      const auto index = static_cast<std::int32_t>(i);
      const CompiledPath& path = program_.paths[i];
      WorksheetPath out{path.name, path.why, figures_->field("working_set", path.working_set), {}, {}, {}};
      if (out.working_set.value && sheet_.fast_memory) {
        const bool first = chosen_path_ < 0 && *out.working_set.value <= sheet_.fast_memory->bytes;
        out.chosen = first;
        if (first) chosen_path_ = index;
      }
      out.kernels = kernels_of(index);
      out.totals = totals_of(index, std::nullopt);
      sheet_.paths.push_back(std::move(out));
      if (index > 0) add_extra(index);
    }
  }

  /// What this path does beyond the first one: the difference of their sums.
  void add_extra(std::int32_t path) {
    const auto difference = [&](std::string_view quantity, std::initializer_list<KernelField> fields) {
      std::vector<ConditionalTerm> terms_of_first;
      std::vector<ConditionalTerm> all_of_first;  // with the kernels that every path runs, for the ratio
      std::vector<ConditionalTerm> sum;
      for (const KernelField field : fields) {
        const auto more = terms(field, path, false);
        const auto less = terms(field, 0, false);
        const auto first = terms(field, 0, true);
        all_of_first.insert(all_of_first.end(), first.begin(), first.end());
        sum.insert(sum.end(), more.begin(), more.end());
        terms_of_first.insert(terms_of_first.end(), less.begin(), less.end());
      }
      for (ConditionalTerm term : terms_of_first) {
        Expression negated;
        negated.op = Op::negate;
        negated.args.push_back(std::move(term.expression));
        term.expression = std::move(negated);
        sum.push_back(std::move(term));
      }
      WorksheetExtra extra{program_.paths[static_cast<std::size_t>(path)].name, program_.paths[0].name,
                           figures_->total(quantity, sum), std::nullopt};
      const WorksheetFigure first = figures_->total(quantity, all_of_first);
      if (first.value && *first.value > 0 && extra.figure.value) {
        extra.ratio = 1.0 + static_cast<double>(*extra.figure.value) / static_cast<double>(*first.value);
      }
      sheet_.extra.push_back(std::move(extra));
    };
    difference("flops", {KernelField::flops});
    difference("read_bytes", {KernelField::read});
    difference("write_bytes", {KernelField::write});
    difference("moved_bytes", {KernelField::read, KernelField::write});
  }

  // --- references and notes

  WorksheetArgument argument(std::int32_t index, std::string why) const {
    const Slot& slot = program_.slots[static_cast<std::size_t>(index)];
    return {figures_->symbols().name_of(index).value_or(slot.name), slot.meaning, figures_->formula(slot.expression),
            figures_->value(symbol_of(program_, slot)), std::move(why)};
  }

  void add_references() {
    for (const TemplateUse& use : program_.uses) {
      WorksheetReference out;
      out.name = use.name;
      out.path = use.path;
      out.summary = use.summary;
      out.source = use.source;
      out.kernels = use.prefix.empty() ? "" : use.prefix.substr(0, use.prefix.size() - 1);
      for (const Expression& condition : use.conditions) {
        out.when += (out.when.empty() ? "" : " and ") + figures_->formula(condition);
      }
      for (const TemplateUse::Argument& given : use.arguments) {
        out.parameters.push_back(argument(given.slot, given.why));
      }
      for (const std::int32_t let : use.lets) out.lets.push_back(argument(let, ""));
      sheet_.references.push_back(std::move(out));
    }
  }

  bool any_total(auto&& holds) const {
    const auto in = [&](const std::vector<WorksheetFigure>& figures) { return std::ranges::any_of(figures, holds); };
    return in(sheet_.totals) || std::ranges::any_of(sheet_.paths, [&](const auto& path) { return in(path.totals); });
  }

  void add_notes() {
    const bool arith = std::ranges::any_of(program_.kernels, [](const CompiledKernel& kernel) {
      return kernel.fields[at(KernelField::arith)].has_value();
    });
    if (arith && !view_) sheet_.notes.emplace_back("flops are int_ops where the arithmetic is on integers");
    if (any_total([](const WorksheetFigure& figure) {
          return figure.formula.find("[") != std::string::npos && figure.formula.find("*[") != std::string::npos;
        })) {
      sheet_.notes.emplace_back("[c] is 1 where c holds, else 0");
    }
    if (any_total([](const WorksheetFigure& figure) { return !figure.all_given.empty(); })) {
      sheet_.notes.emplace_back("all given: at a node that has every optional operand");
    }
    sheet_.assumptions = program_.text->assumptions;
    sheet_.assumptions.insert(sheet_.assumptions.end(), options_.assumptions.begin(), options_.assumptions.end());
    for (std::string& line : conventions(!program_.paths.empty())) sheet_.assumptions.push_back(std::move(line));
    for (const CostVersion& version : file_.versions) {
      sheet_.versions_that_differ.push_back(fmt::format("{}{}   trust {}", version.since,
                                                        version.until ? fmt::format(" to {}", *version.until) : " on",
                                                        to_string(version.body.trust)));
    }
    sheet_.source = program_.text->source;
  }
};

}  // namespace

Result<Worksheet> make_worksheet(const CostLibrary& library, const OpHandle& op, const ExplainOptions& options) {
  const CostFile* file = library.impl().find_file(op.domain, op.op);
  if (file == nullptr) return fail(ErrorKind::usage, fmt::format("no cost model for '{}'", printable(op.op)));
  const Program& program = library.impl().program_for_version(*file, op.version);
  for (const Issue& issue : program.issues) {
    if (issue.fatal) return fail(ErrorKind::input, fmt::format("{}:{}: {}", program.path, issue.line, issue.what));
  }
  if (auto ok = check_bindings(program, op, options); !ok) return tl::unexpected(ok.error());
  ExplainOptions complete = options;
  if (!complete.fast_memory && !program.paths.empty()) {
    auto generic = machine_fast_memory(generic_machine);
    if (!generic) return tl::unexpected(generic.error());
    complete.fast_memory = std::move(*generic);
  }
  return SheetMaker(*file, program, complete).make();
}

}  // namespace costscan
