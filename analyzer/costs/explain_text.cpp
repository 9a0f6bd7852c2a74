// The worksheet for a terminal of 100 columns.
#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "costs/explain.hpp"
#include "costs/explain_impl.hpp"
#include "costs/explain_words.hpp"
#include "model/checked_math.hpp"
#include "model/text.hpp"

namespace costscan {
namespace {

constexpr std::size_t columns = 100;
constexpr std::size_t longest_reason = 600;

/// The pieces between which a line may break: words; of a formula, a sign with what follows it up to the next sign
/// outside of all parentheses.
std::vector<std::string_view> pieces(std::string_view text, bool formula) {
  std::vector<std::string_view> out;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size()) depth += std::string_view("([").find(text[i]) != std::string_view::npos ? 1 : 0;
    if (i < text.size()) depth -= std::string_view(")]").find(text[i]) != std::string_view::npos ? 1 : 0;
    const bool blank = i == text.size() || text[i] == ' ';
    if (!blank) continue;
    const std::string_view word = text.substr(begin, i - begin);
    const bool sign = word == "+" || word == "-" || word == "=" || word == "and" || word == "or";
    if (formula && i < text.size() && (depth > 0 || sign)) continue;
    out.push_back(word);
    begin = i + 1;
  }
  return out;
}

/// Fills lines up to the last column; later lines get `indent` blanks.
std::string wrapped(std::string_view text, std::size_t first_column, std::size_t indent, bool formula = false) {
  std::string out;
  std::size_t column = first_column;
  const auto add = [&](std::string_view piece) {
    const bool first = out.empty();
    if (!first && column + 1 + piece.size() > columns) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (!first) {
      out += ' ';
      ++column;
    }
    out += piece;
    column += piece.size();
  };
  for (std::string_view piece : pieces(text, formula)) {
    if (formula && piece.size() > columns - indent) return wrapped(text, first_column, indent, false);
    // A product that no line holds goes on after a sign.
    while (piece.size() > columns - indent) {
      const std::size_t sign = piece.rfind('*', columns - indent - 1);
      if (sign == std::string_view::npos) break;
      add(piece.substr(0, sign + 1));
      piece.remove_prefix(sign + 1);
    }
    add(piece);
  }
  return out;
}

class TextSheet {
 public:
  explicit TextSheet(const Worksheet& sheet) : sheet_(sheet) {}

  std::string write() {
    line("{}   versions {}   trust {}", sheet_.id, sheet_.versions, sheet_.trust);
    paragraph(sheet_.summary, 0);
    line("");
    write_node();
    write_tensors("inputs ", sheet_.inputs);
    write_tensors("outputs", sheet_.outputs);
    write_attributes();
    if (!sheet_.unknown.empty()) paragraph("cost     unknown: " + printable(sheet_.unknown, longest_reason), 9);
    write_symbols();
    write_view();
    if (!sheet_.kernels.empty()) line("\nkernels{}", sheet_.paths.empty() ? "" : " of every path");
    for (const WorksheetKernel& kernel : sheet_.kernels) write_kernel(kernel, 2);
    write_paths();
    write_totals();
    write_extra();
    for (const std::string& note : sheet_.notes) line("  {}", note);
    write_forms();
    write_references();
    write_notes();
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

  void paragraph(std::string_view text, std::size_t indent) {
    const std::size_t first = text.find_first_not_of(' ');
    const std::size_t start = first == std::string_view::npos ? 0 : first;
    out_ += std::string(start, ' ') + wrapped(text.substr(start), start, indent) + "\n";
  }

  std::string chosen_name() const {
    const auto chosen = std::ranges::find_if(sheet_.paths, [](const auto& path) { return path.chosen == true; });
    return chosen == sheet_.paths.end() ? std::string() : chosen->name;
  }

  void write_node() {
    if (!sheet_.node) return;
    const WorksheetNode& node = *sheet_.node;
    line("node     {}", node_title(node));
    if (!node.subgraph.empty()) {
      paragraph(fmt::format("         in {}, executed {} times", printable(node.subgraph), grouped(node.executions)),
                9);
    }
    for (const std::string& binding : node.bindings) paragraph("         " + binding, 11);
  }

  void write_tensors(std::string_view title, const std::vector<WorksheetTensor>& tensors) {
    const bool typed = std::ranges::any_of(tensors, [](const auto& t) { return !t.type.empty() || !t.role.empty(); });
    const auto shown = [](const WorksheetTensor& t) {
      return t.name + (t.optional ? "?" : "") + (t.variadic ? "..." : "");
    };
    if (!typed) {
      std::string names;
      for (const WorksheetTensor& tensor : tensors) names += (names.empty() ? "" : ", ") + shown(tensor);
      return paragraph(fmt::format("{}  {}", title, names.empty() ? "none" : names), 9);
    }
    std::size_t names = 0;
    std::size_t types = 0;
    for (const WorksheetTensor& tensor : tensors) {
      names = std::max(names, shown(tensor).size());
      types = std::max(types, tensor.type.size());
    }
    for (const WorksheetTensor& tensor : tensors) {
      const bool first = &tensor == tensors.data();
      const std::string name = tensor.value_name.empty() || tensor.value_name == tensor.name
                                   ? std::string()
                                   : "  '" + printable(tensor.value_name, 60) + "'";
      std::string row = fmt::format("{}  {:<{}}  {:<{}}  {}{}", first ? title : "       ", shown(tensor), names,
                                    tensor.type, types, tensor.role, name);
      row.resize(row.find_last_not_of(' ') + 1);
      line("{}", row);
    }
  }

  void write_attributes() {
    std::string text;
    for (const auto& [name, value] : sheet_.attributes)
      text += (text.empty() ? "" : ", ") + printable(name) + " = " + value;
    if (!text.empty()) paragraph("attrs    " + text, 9);
    if (sheet_.fast_memory) {
      paragraph(fmt::format("memory   {} bytes of fast memory ({}), {}", grouped(sheet_.fast_memory->bytes),
                            size_text(sheet_.fast_memory->bytes), sheet_.fast_memory->origin),
                9);
    }
  }

  void write_symbols() {
    if (sheet_.symbols.empty()) return;
    constexpr std::size_t widest = 58;
    std::size_t names = 0;
    std::size_t width = 0;
    for (const WorksheetSymbol& symbol : sheet_.symbols) names = std::max(names, symbol.name.size());
    std::vector<std::string> rows;
    for (const WorksheetSymbol& symbol : sheet_.symbols) {
      const bool given = symbol.origin == "--dim";
      std::string row = fmt::format("  {:<{}}", symbol.name, names);
      if (!symbol.formula.empty() && !given && symbol.formula != symbol.value) row += " = " + symbol.formula;
      if (!symbol.value.empty()) row += " = " + symbol.value;
      if (row.size() <= widest) width = std::max(width, row.size());
      rows.push_back(std::move(row));
    }
    line("\nsymbols");
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const WorksheetSymbol& symbol = sheet_.symbols[i];
      const std::string from = symbol.meaning.empty() ? symbol.origin : symbol.origin + ": " + symbol.meaning;
      if (rows[i].size() <= widest) {
        paragraph(fmt::format("{:<{}}   {}", rows[i], width, from), width + 3);
      } else {
        paragraph(rows[i], names + 5);
        paragraph(std::string(width + 3, ' ') + from, width + 3);
      }
    }
  }

  void write_view() {
    if (sheet_.view.empty()) return;
    const char* here = !sheet_.is_view ? "" : *sheet_.is_view ? ": moves nothing, counts nothing" : ": not so here";
    line("\nfree view {}{}", sheet_.view == "always" ? sheet_.view : "where " + sheet_.view, here);
  }

  void write_kernel(const WorksheetKernel& kernel, std::size_t indent) {
    std::string head = std::string(indent, ' ') + kernel.name;
    if (!kernel.when.empty()) head += "   when " + kernel.when;
    const bool idle = kernel.runs == false && sheet_.is_view != true && !kernel.when.empty();
    if (idle) head += "   (does not run here)";
    paragraph(head, indent + 4);
    if (idle) return;
    if (!kernel.why.empty()) paragraph(std::string(indent + 2, ' ') + kernel.why, indent + 2);
    for (const WorksheetFigure& figure : kernel.figures) write_equation(figure, indent + 2, "");
  }

  void write_equation(const WorksheetFigure& figure, std::size_t indent, std::string_view suffix) {
    constexpr std::size_t name_width = 16;
    const std::size_t start = indent + name_width + 1;
    std::string row = fmt::format("{}{:<{}} ", std::string(indent, ' '), figure.quantity, name_width);
    std::size_t column = start;
    const std::vector<std::string> parts = equation(figure);
    std::size_t whole = start + suffix.size();
    for (const std::string& part : parts) whole += part.size() + 3;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const bool own_line = i > 0 && whole - 3 > columns;
      if (own_line) {
        row += "\n" + std::string(start - 2, ' ') + "= ";
        column = start;
      } else if (i > 0) {
        row += " = ";
        column += 3;
      }
      row += wrapped(parts[i], column, start, true);
      column += parts[i].size();
    }
    line("{}{}", row, suffix);
  }

  void write_total(const WorksheetFigure& figure, std::size_t indent) {
    const std::string size = figure.value ? magnitude(*figure.value, is_bytes(figure.quantity)) : std::string();
    write_equation(figure, indent, size.empty() ? "" : " (" + size + ")");
    if (!figure.all_given.empty()) {
      WorksheetFigure full;
      full.quantity = "  all given";
      full.formula = figure.all_given;
      write_equation(full, indent, "");
    }
  }

  /// Where every kernel belongs to a path, the chosen path's totals are these, and stand there already.
  void write_totals() {
    if (sheet_.totals.empty() || (!sheet_.paths.empty() && sheet_.kernels.empty())) return;
    const std::string chosen = chosen_name();
    const bool many = sheet_.node && sheet_.node->executions != 1;
    line("\ntotals{}{}", chosen.empty() ? "" : " with path '" + chosen + "'", many ? " of one execution" : "");
    for (const WorksheetFigure& figure : sheet_.totals) write_total(figure, 2);
  }

  void write_paths() {
    if (sheet_.paths.empty()) return;
    line("\ncode paths: the first one whose working set fits into fast memory is taken");
    for (const WorksheetPath& path : sheet_.paths) {
      const char* verdict = !path.chosen ? "" : *path.chosen ? "   <- chosen" : "   not chosen";
      const std::string fit = fit_sentence(path.working_set, sheet_.fast_memory);
      line("  {}{}", path.name, verdict);
      paragraph("    " + path.why, 4);
      if (!fit.empty()) paragraph("    " + fit, 4);
    }
    for (const WorksheetPath& path : sheet_.paths) {
      line("\npath '{}'{}", path.name, path.chosen == true ? " (chosen)" : "");
      write_equation(path.working_set, 2, "");
      line("  kernels");
      for (const WorksheetKernel& kernel : path.kernels) write_kernel(kernel, 4);
      line("  totals of this path");
      for (const WorksheetFigure& figure : path.totals) write_total(figure, 4);
    }
  }

  void write_forms() {
    if (sheet_.forms.empty()) return;
    out_ += '\n';
    const bool many = sheet_.node && sheet_.node->executions != 1;
    paragraph("totals in " + sheet_.forms_of + (many ? ", over all executions" : ""), 2);
    std::string evidence;
    for (const WorksheetForm& form : sheet_.forms) {
      WorksheetFigure figure;
      figure.quantity = form.quantity;
      figure.formula = form.formula.empty() ? "no formula: " + form.evidence : form.formula;
      figure.substituted = form.substituted;
      const auto total = std::ranges::find(sheet_.totals, form.quantity, &WorksheetFigure::quantity);
      if (!form.substituted.empty() && total != sheet_.totals.end() && total->value) {
        figure.value = checked_mul(*total->value, sheet_.node ? sheet_.node->executions : 1);
      }
      write_equation(figure, 2, "");
      if (!form.holds.empty()) paragraph(std::string(19, ' ') + "where " + form.holds, 19);
      if (evidence.empty() && !form.formula.empty()) evidence = form.evidence;
    }
    if (!evidence.empty()) paragraph("  " + evidence, 2);
  }

  void write_extra() {
    std::string path;
    for (const WorksheetExtra& extra : sheet_.extra) {
      if (path != extra.path) line("\nwhat path '{}' pays beyond '{}'", extra.path, extra.against);
      path = extra.path;
      const std::string sentence = extra_sentence(extra);
      WorksheetFigure figure = extra.figure;
      figure.value.reset();
      if (figure.formula != "0" || sentence.empty()) write_equation(figure, 2, "");
      if (sentence.empty()) continue;
      line("  {:<15}{}", figure.formula == "0" ? figure.quantity : "",
           (figure.formula == "0" ? "  " : "= ") + sentence);
    }
  }

  void write_argument(const WorksheetArgument& argument, std::size_t width, const std::string& as) {
    constexpr std::size_t longest_shown = 120;  // a table of cases: its value says more than all of them
    std::string formula = as.empty() ? argument.formula : "as " + as + ", for these parameters";
    if (!argument.value.empty() && formula.size() > longest_shown) formula = argument.value + "   the case that holds";
    std::string row = fmt::format("    {:<{}} = {}", argument.name, width, formula);
    if (!argument.value.empty() && !formula.starts_with(argument.value)) row += " = " + argument.value;
    if (!argument.meaning.empty()) row += "   " + argument.meaning;
    if (!argument.why.empty() && argument.why != argument.meaning) row += ": " + argument.why;
    paragraph(row, width + 7);
  }

  /// The first reference to the same template before this one, or nullptr.
  const WorksheetReference* earlier(const WorksheetReference& reference) const {
    for (const WorksheetReference& other : sheet_.references) {
      if (&other == &reference) return nullptr;
      if (other.path == reference.path) return &other;
    }
    return nullptr;
  }

  void write_references() {
    if (!sheet_.references.empty()) line("\nreferences");
    for (const WorksheetReference& reference : sheet_.references) {
      std::string head = fmt::format("  {}   {}", reference.name, reference.path);
      if (!reference.kernels.empty()) head += fmt::format("   as {}", reference.kernels);
      if (!reference.when.empty()) head += fmt::format("   when {}", reference.when);
      paragraph(head, 4);
      const WorksheetReference* first = earlier(reference);
      if (first == nullptr) paragraph("    " + reference.summary, 4);
      std::size_t width = 0;
      for (const auto* list : {&reference.parameters, &reference.lets}) {
        for (const WorksheetArgument& argument : *list) width = std::max(width, argument.name.size());
      }
      for (const WorksheetArgument& argument : reference.parameters) write_argument(argument, width, "");
      for (std::size_t i = 0; i < reference.lets.size(); ++i) {
        write_argument(reference.lets[i], width, first != nullptr && i < first->lets.size() ? first->lets[i].name : "");
      }
      if (first == nullptr) paragraph("    source: " + reference.source, 4);
    }
  }

  void write_notes() {
    if (!sheet_.assumptions.empty()) line("\nassumptions");
    for (const std::string& assumption : sheet_.assumptions) paragraph("  - " + assumption, 4);
    if (!sheet_.versions_that_differ.empty()) line("\nversions that differ");
    for (const std::string& version : sheet_.versions_that_differ) line("  {}", version);
    line("\nsource");
    paragraph("  " + sheet_.source, 2);
  }
};

}  // namespace

std::string worksheet_text(const Worksheet& sheet) { return TextSheet(sheet).write(); }

}  // namespace costscan
