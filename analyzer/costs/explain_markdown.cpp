// The worksheet as Markdown: the same sections as the text, with tables.
#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "costs/explain.hpp"
#include "costs/explain_impl.hpp"
#include "costs/explain_words.hpp"
#include "model/text.hpp"

namespace costscan {
namespace {

/// Text that Markdown shall not interpret, fit for a table's cell.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : printable(text, text.size() + 1)) {
    if (std::string_view("\\`*_{}[]<>#|").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

/// A formula in backticks; a bar would end the cell even there.
std::string code(std::string_view formula) {
  if (formula.empty()) return {};
  std::string out = "`";
  for (const char c : formula) out += c == '|' ? std::string("\\|") : c == '`' ? std::string("'") : std::string(1, c);
  return out + "`";
}

class MarkdownSheet {
 public:
  explicit MarkdownSheet(const Worksheet& sheet) : sheet_(sheet) {}

  std::string write() {
    line("# {}\n", escaped(sheet_.op));
    line("{}\n", escaped(sheet_.summary));
    line("{} · versions {} · trust **{}**", code(sheet_.id), escaped(sheet_.versions), escaped(sheet_.trust));
    if (!sheet_.unknown.empty()) line("\n**Unknown cost:** {}", escaped(sheet_.unknown));
    write_node();
    write_tensors();
    write_symbols();
    if (!sheet_.view.empty()) {
      const char* here = !sheet_.is_view ? "" : *sheet_.is_view ? " It is one here." : " It is none here.";
      line("\nFree view: {}.{}", sheet_.view == "always" ? "always" : "where " + code(sheet_.view), here);
    }
    if (!sheet_.kernels.empty())
      write_kernels(sheet_.paths.empty() ? "Kernels" : "Kernels of every path", sheet_.kernels);
    write_paths();
    const bool of_a_path = !sheet_.paths.empty() && sheet_.kernels.empty();  // and stand there already
    if (!sheet_.totals.empty() && !of_a_path) write_figures("Totals", sheet_.totals);
    write_extra();
    for (const std::string& note : sheet_.notes) line("\n{}", escaped(note));
    write_forms();
    write_references();
    write_list("Assumptions", sheet_.assumptions);
    write_list("Versions that differ", sheet_.versions_that_differ);
    line("\n## Source\n\n{}", escaped(sheet_.source));
    return std::move(out_);
  }

 private:
  const Worksheet& sheet_;
  std::string out_;

  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    out_ += fmt::format(format, std::forward<Args>(args)...);
    out_ += '\n';
  }

  void row(const std::vector<std::string>& cells) { line("| {} |", joined_cells(cells)); }
  static std::string joined_cells(const std::vector<std::string>& cells) {
    std::string out;
    for (std::size_t i = 0; i < cells.size(); ++i) out += (i == 0 ? "" : " | ") + cells[i];
    return out;
  }
  /// `right`: how many of the last columns hold numbers.
  void table(const std::vector<std::string>& titles, std::size_t right) {
    out_ += '\n';
    row(titles);
    std::vector<std::string> rule;
    for (std::size_t i = 0; i < titles.size(); ++i) rule.emplace_back(i + right >= titles.size() ? "---:" : "---");
    row(rule);
  }

  void write_node() {
    if (!sheet_.node) return;
    line("\nNode {}{}", escaped(node_title(*sheet_.node)),
         sheet_.node->subgraph.empty() ? ""
                                       : fmt::format(", in {}, executed {} times", escaped(sheet_.node->subgraph),
                                                     grouped(sheet_.node->executions)));
    for (const std::string& binding : sheet_.node->bindings) line("- {}", escaped(binding));
  }

  void write_tensors() {
    line("\n## Operands");
    table({"", "name", "type", "role", "tensor"}, 0);
    const auto rows = [&](const char* kind, const std::vector<WorksheetTensor>& tensors) {
      for (const WorksheetTensor& tensor : tensors) {
        row({kind, escaped(tensor.name + (tensor.optional ? "?" : "") + (tensor.variadic ? "..." : "")),
             code(tensor.type), tensor.role, escaped(tensor.value_name)});
      }
    };
    rows("input", sheet_.inputs);
    rows("output", sheet_.outputs);
    for (const auto& [name, value] : sheet_.attributes) row({"attribute", escaped(name), code(value), "", ""});
    if (sheet_.fast_memory) {
      line("\nFast memory: {} bytes ({}), {}.", grouped(sheet_.fast_memory->bytes),
           size_text(sheet_.fast_memory->bytes), escaped(sheet_.fast_memory->origin));
    }
  }

  void write_symbols() {
    if (sheet_.symbols.empty()) return;
    line("\n## Symbols");
    table({"symbol", "formula", "from", "value"}, 1);
    for (const WorksheetSymbol& symbol : sheet_.symbols) {
      const std::string from = symbol.meaning.empty() ? symbol.origin : symbol.origin + ": " + symbol.meaning;
      row({code(symbol.name), symbol.origin == "--dim" ? "" : code(symbol.formula), escaped(from),
           escaped(symbol.value)});
    }
  }

  std::vector<std::string> figure_cells(const WorksheetFigure& figure) const {
    std::vector<std::string> parts = equation(figure);
    const std::string value = figure.value ? grouped(*figure.value) : "";
    if (figure.value && !parts.empty()) parts.pop_back();
    std::string chain;
    for (const std::string& part : parts) chain += (chain.empty() ? "" : " = ") + code(part);
    return {figure.quantity, chain, value};
  }

  void write_kernels(std::string_view title, const std::vector<WorksheetKernel>& kernels) {
    line("\n## {}", escaped(title));
    table({"kernel", "operation", "quantity", "formula", "value"}, 1);
    for (const WorksheetKernel& kernel : kernels) {
      std::string name = "**" + escaped(kernel.name) + "**";
      if (!kernel.when.empty()) name += " when " + code(kernel.when);
      const bool idle = kernel.runs == false && !kernel.when.empty();
      if (idle || kernel.figures.empty()) {
        row({name, idle ? "does not run here" : escaped(kernel.why), "", "", ""});
        continue;
      }
      for (const WorksheetFigure& figure : kernel.figures) {
        const bool first = &figure == kernel.figures.data();
        std::vector<std::string> cells{first ? name : "", first ? escaped(kernel.why) : ""};
        const std::vector<std::string> numbers = figure_cells(figure);
        cells.insert(cells.end(), numbers.begin(), numbers.end());
        row(cells);
      }
    }
  }

  void write_figures(std::string_view title, const std::vector<WorksheetFigure>& figures) {
    line("\n## {}", escaped(title));
    table({"quantity", "closed form", "value"}, 1);
    for (const WorksheetFigure& figure : figures) {
      row(figure_cells(figure));
      if (!figure.all_given.empty()) row({"all given", code(figure.all_given), ""});
    }
  }

  void write_paths() {
    if (sheet_.paths.empty()) return;
    line("\n## Code paths\n\nThe first path whose working set fits into fast memory is taken.");
    table({"path", "chosen", "why", "working set", "bytes"}, 1);
    for (const WorksheetPath& path : sheet_.paths) {
      const std::vector<std::string> set = figure_cells(path.working_set);
      const std::string fit = fit_sentence(path.working_set, sheet_.fast_memory);
      row({escaped(path.name),
           !path.chosen   ? ""
           : *path.chosen ? "**yes**"
                          : "no",
           escaped(path.why + (fit.empty() ? "" : "; " + fit)), set[1], set[2]});
    }
    for (const WorksheetPath& path : sheet_.paths) {
      write_kernels(fmt::format("Kernels of path '{}'", path.name), path.kernels);
      write_figures(fmt::format("Totals of path '{}'", path.name), path.totals);
    }
  }

  void write_forms() {
    if (sheet_.forms.empty()) return;
    line("\n## Totals in {}", escaped(sheet_.forms_of));
    table({"quantity", "form", "with numbers", "where", "evidence"}, 0);
    for (const WorksheetForm& form : sheet_.forms) {
      row({form.quantity, code(form.formula), code(form.substituted), escaped(form.holds), escaped(form.evidence)});
    }
  }

  void write_extra() {
    if (sheet_.extra.empty()) return;
    line("\n## What the later paths pay");
    table({"path", "quantity", "closed form", "beyond the first path"}, 1);
    for (const WorksheetExtra& extra : sheet_.extra) {
      row({escaped(extra.path), extra.figure.quantity, code(extra.figure.formula), escaped(extra_sentence(extra))});
    }
  }

  void write_references() {
    for (const WorksheetReference& reference : sheet_.references) {
      line("\n## Reference: {}{}\n", escaped(reference.name),
           reference.kernels.empty() ? "" : " as " + escaped(reference.kernels));
      line("{} Source: {} ({}).", escaped(reference.summary), escaped(reference.source), code(reference.path));
      if (!reference.when.empty()) line("\nUsed when {}.", code(reference.when));
      table({"parameter", "meaning", "here", "why", "value"}, 1);
      for (const auto* list : {&reference.parameters, &reference.lets}) {
        for (const WorksheetArgument& argument : *list) {
          row({code(argument.name), escaped(argument.meaning), code(argument.formula), escaped(argument.why),
               escaped(argument.value)});
        }
      }
    }
  }

  void write_list(std::string_view title, const std::vector<std::string>& items) {
    if (items.empty()) return;
    line("\n## {}\n", escaped(title));
    for (const std::string& item : items) line("- {}", escaped(item));
  }
};

}  // namespace

std::string worksheet_markdown(const Worksheet& sheet) { return MarkdownSheet(sheet).write(); }

}  // namespace costscan
