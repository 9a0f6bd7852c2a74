// A node's tensors and attributes under the names that its cost file gives them, and formulas evaluated there.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "costs/program.hpp"
#include "model/shaped_model.hpp"

namespace costscan {

/// A value, or one line on why there is none.
using Evaluated = tl::expected<Datum, std::string>;

/// Evaluates the formulas of `program` at one node. Slots are computed when first needed and kept.
class NodeView {
 public:
  NodeView(const Program& program, const Scope& scope, const Node& node);

  [[nodiscard]] Evaluated evaluate(const Expression& expression);

  /// Gives a let or a dim this number in place of its formula's. False where there is none of that name.
  bool bind(const std::string& name, std::int64_t number);
  /// Bytes of fast memory that a core has, for the choice between code paths; before that, the generic machine's.
  void set_fast_memory(std::int64_t bytes) noexcept { fast_memory_ = bytes; }

  /// The value that an input or output stands for; no_value where it is not given. `position` is for variadic ones.
  [[nodiscard]] ValueId bound_value(std::int32_t formal, std::size_t position = 0) const noexcept;
  /// How many values a formal stands for: 0 or 1, any number for a variadic one.
  [[nodiscard]] std::size_t bound_count(std::int32_t formal) const noexcept;
  [[nodiscard]] const TensorInfo& info(ValueId value) const;
  [[nodiscard]] const std::string& value_name(ValueId value) const;

  /// Stored bytes of a whole tensor. Texts count as their runtime objects (costmodels/README.md), which is approximate.
  [[nodiscard]] tl::expected<std::int64_t, std::string> tensor_bytes(ValueId value);

  /// What the shapes and contents used so far allow to claim: upper_bound where a bound stood for a shape, approximate
  /// where a default stood for contents.
  [[nodiscard]] Trust trust() const noexcept { return trust_; }

 private:
  struct Local {
    Datum datum;
    std::int32_t formal = -1;  ///< with `position`: a tensor of a variadic formal
    std::size_t position = 0;
  };

  const Program& program_;
  const Scope& scope_;
  const Node& node_;
  std::vector<std::optional<Evaluated>> slots_;
  std::vector<Local> locals_;
  std::optional<std::int64_t> fast_memory_;
  std::map<std::int32_t, Rational> bound_;  ///< slots that got a number from outside
  Trust trust_ = Trust::exact;
  std::int64_t steps_ = 0;

  using Number = tl::expected<Rational, std::string>;

  Evaluated visit(const Expression& expression);
  Evaluated symbol(const Expression& expression);
  Evaluated list_of(const Expression& expression);
  Evaluated arithmetic(const Expression& expression);
  Evaluated compare(const Expression& expression);
  Evaluated logic(const Expression& expression);
  Evaluated index(const Expression& expression);
  Evaluated slice(const Expression& expression);
  Evaluated call(const Expression& expression);
  Evaluated fold_arguments(const Expression& expression);
  Evaluated comprehend(const Expression& expression);
  Evaluated fold(const Expression& expression, const std::vector<Datum>& items);
  Evaluated divide_whole(const Expression& expression);
  Evaluated range(const Expression& expression);
  Evaluated accessor(const Expression& expression);
  tl::expected<std::int64_t, std::string> text_bytes(ValueId value, std::optional<std::int64_t> elements);
  Evaluated characters(ValueId value);
  Evaluated contents(const Expression& expression, ValueId value);
  Evaluated attribute(const Expression& expression);
  Evaluated label_sizes(const Expression& expression);
  Evaluated element_size(const Expression& expression);
  Evaluated tree_depths() const;
  Evaluated unknown(const Expression& expression);
  Evaluated fast_memory();

  Number number(const Expression& expression);
  tl::expected<bool, std::string> truth(const Expression& expression);
  tl::expected<std::vector<Datum>, std::string> list(const Expression& expression);
  tl::expected<ValueId, std::string> tensor(const Expression& expression);
  tl::expected<const Shape*, std::string> shape(ValueId value);
  std::string in_formula(std::string what, const Expression& expression) const;
};

}  // namespace costscan
