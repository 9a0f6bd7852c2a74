// Formulas with numbers in place of their names, for the worksheet.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "costs/closed_form.hpp"
#include "costs/explain.hpp"
#include "costs/node_view.hpp"

namespace costscan {

/// Prints what stands behind a template's parameters, as the op's own file would write it; a template's own let prints
/// by name where writing it out would hide the formula around it.
class ReadableSymbols final : public SymbolTable {
 public:
  explicit ReadableSymbols(const Program& program);
  [[nodiscard]] const Expression* inlined(const Expression& symbol) const noexcept override;
  /// The name under which the sheet shows a template's let, or nullopt where formulas write it out.
  [[nodiscard]] std::optional<std::string> name_of(std::int32_t slot) const;

 private:
  const Program& program_;
  std::vector<std::optional<Expression>> named_;  ///< by slot
};

class FigureMaker {
 public:
  /// `view` may be nullptr: then there are formulas without numbers.
  FigureMaker(const Program& program, NodeView* view) : program_(program), view_(view), symbols_(program) {}

  [[nodiscard]] const ReadableSymbols& symbols() const noexcept { return symbols_; }
  [[nodiscard]] std::string formula(const Expression& expression) const { return print(expression, &symbols_); }
  /// The value as text; empty without a view, or where there is none.
  [[nodiscard]] std::string value(const Expression& expression) const;
  [[nodiscard]] std::optional<bool> truth(const Expression& expression) const;

  /// One formula of a kernel; its value is rounded up to a whole number, as the engine does.
  [[nodiscard]] WorksheetFigure field(std::string_view quantity, const Expression& expression) const;
  /// A sum collected into a closed form. `value`: the engine's own total; without one, the sum of the rounded terms.
  [[nodiscard]] WorksheetFigure total(std::string_view quantity, std::span<const ConditionalTerm> terms,
                                      std::optional<std::int64_t> value = std::nullopt) const;

 private:
  const Program& program_;
  NodeView* view_;
  ReadableSymbols symbols_;

  std::optional<Datum> datum(const Expression& expression) const;
  std::optional<std::int64_t> count(const Expression& expression) const;
  std::optional<std::int64_t> sum(std::span<const ConditionalTerm> terms) const;
  std::optional<Expression> substituted(const Expression& expression) const;
  std::optional<Expression> literal(const Expression& expression) const;
};

}  // namespace costscan
