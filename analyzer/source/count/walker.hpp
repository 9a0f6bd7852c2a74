// The walk over a program's statements and expressions that both ways of counting share: what is an operation, what an
// access, what a call brings. The way itself (D) says what integers are, how branches join and how loops run.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "source/count/taint.hpp"
#include "source/count/values.hpp"
#include "source/functions.hpp"
#include "source/program.hpp"
#include "source/report.hpp"

namespace costscan::source::count {

/// D derives from Walker<D, Num> and provides:
///   Num constant(int64), symbol(name, variable type)          integers and the function's symbols
///   optional<Num> unary(Operator, Num), binary(Operator, Num, Num)   nullopt: becomes data
///   void emit(Measure, Num amount), access(Place, bytes, write), executed(line)
///   void branch(Value condition, const Expr&, Action then, Action otherwise)
///   Value select(Value condition, Value a, Value b)
///   void loop(const Stmt&), leave(), next(), give_back(optional<Value>), bool dead()
///   void unknown(const Location&, what)    something whose cost is not known
///   Value called(const Function&, Action body)  runs a callee's body, returns what it gives back
template <class D, class Num>
class Walker {
 public:
  using ValueT = Value<Num>;
  using PlaceT = Place<Num>;
  using SlotT = Slot<Num>;

  Walker(const Program& program, const FunctionTable& table, const DataOperations& data_operations)
      : program_(program), table_(table), data_operations_(data_operations) {}

  [[nodiscard]] const std::vector<ArrayInfo>& arrays() const noexcept { return arrays_; }

 protected:
  D& self() noexcept { return static_cast<D&>(*this); }

  static ValueT data() { return {}; }
  static ValueT number(Num value, bool truth = false) {
    ValueT out;
    out.kind = ValueT::Kind::number;
    out.number = std::move(value);
    out.truth = truth;
    return out;
  }
  static ValueT address(PlaceT place) {
    ValueT out;
    out.kind = ValueT::Kind::address;
    out.place = std::move(place);
    return out;
  }
  ValueT integer(std::int64_t value) { return number(self().constant(value)); }

  Frame<Num>& frame() { return frames_.back(); }
  const Function& function() { return program_.functions[static_cast<std::size_t>(frame().function)]; }
  const Variable& variable(VariableId id) { return function().variables[static_cast<std::size_t>(id)]; }
  /// A reference or address may outlive its function (one that is returned, or kept by the caller): nothing is known of
  /// what it then names.
  SlotT& slot(const PlaceT& place) {
    const auto at = static_cast<std::size_t>(place.variable);
    const auto of = static_cast<std::size_t>(place.frame);
    if (of < frames_.size() && at < frames_[of].slots.size()) return frames_[of].slots[at];
    dead_ = SlotT{};
    return dead_;
  }
  int frame_index() const { return static_cast<int>(frames_.size()) - 1; }

  // walker_places.hpp
  void enter_function(FunctionId id);
  void bind_entry_parameters();
  SlotT fresh_slot(const Variable& variable, VariableId id);
  int array_id(const std::string& name, const Type& element, bool local);
  PlaceT array_place(const Variable& variable);
  PlaceT part_of(const PlaceT& place, const std::string& suffix, const Type& type);
  PlaceT locate(const Expr& e);
  PlaceT element_of(const Expr& e);
  ValueT load(const PlaceT& place, const Type& type);
  void store(const PlaceT& place, ValueT value, const Type& type);
  ValueT container_size(const Expr& e);
  Num offset_by(const Num& offset, const Num& index, std::int64_t stride);

  // walker_eval.hpp
  ValueT eval(const Expr& e);
  ValueT eval_unary(const Expr& e);
  ValueT eval_binary(const Expr& e);
  ValueT eval_logical(const Expr& e);
  ValueT eval_assign(const Expr& e);
  ValueT eval_increment(const Expr& e);
  ValueT eval_convert(const Expr& e);
  ValueT eval_conditional(const Expr& e);
  ValueT arithmetic(const Expr& e, Operator op, const ValueT& a, const ValueT& b);
  ValueT moved(const ValueT& pointer, const ValueT& by, std::int64_t sign, const Type& pointer_type);
  void count_operation(const Expr& e, const Type& operands);

  // walker_calls.hpp
  ValueT eval_call(const Expr& e);
  const FunctionCost* listed(const Expr& e) const;
  std::optional<ValueT> resized(const Expr& e);
  ValueT call_known(const Expr& e);
  ValueT call_listed(const Expr& e, const FunctionCost& cost);
  std::optional<Num> amount(const Amount& factors, const Expr& e, const std::vector<ValueT>& args);
  void charge(Measure measure, const std::optional<Amount>& factors, const Expr& e, const std::vector<ValueT>& args);
  void transfer(const Traffic& traffic, bool write, const Expr& e, const std::vector<ValueT>& args);
  ValueT result_of(const Expr& e, const std::vector<ValueT>& args);
  bool ends_program(const Expr& e) const;
  bool ends_program(const std::vector<Stmt>& statements) const;

  // walker_statements.hpp
  void run(const std::vector<Stmt>& statements);
  void run(const Stmt& statement);
  void declare(const Stmt& statement);
  void fill(const PlaceT& place, const Expr& list, const Type& type);
  void branch_statement(const Stmt& statement);

  const Program& program_;
  const FunctionTable& table_;
  const DataOperations& data_operations_;
  std::vector<Frame<Num>> frames_;
  SlotT dead_;  ///< what slot() gives for a place whose function has ended
  std::vector<ArrayInfo> arrays_;
  std::map<std::string, int> array_ids_;
  std::map<std::string, Num> globals_;                                   // sizes of containers by name
  mutable std::unordered_map<const Expr*, const FunctionCost*> listed_;  // the table matches names by patterns
  int line_ = 0;  // of the entry function's statement or call that is being counted
};

}  // namespace costscan::source::count

#include "source/count/walker_calls.hpp"       // IWYU pragma: keep
#include "source/count/walker_eval.hpp"        // IWYU pragma: keep
#include "source/count/walker_places.hpp"      // IWYU pragma: keep
#include "source/count/walker_statements.hpp"  // IWYU pragma: keep
