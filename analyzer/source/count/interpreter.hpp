// The machine behind count_symbolically(): private to the symbolic files.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "source/count/symbolic.hpp"
#include "source/count/walker.hpp"

namespace costscan::source::count {

class Interpreter : public Walker<Interpreter, Poly> {
 public:
  Interpreter(Algebra& algebra, const Program& program, const FunctionTable& table, const DataOperations& operations,
              const std::map<std::string, std::int64_t>& symbols)
      : Walker(program, table, operations), algebra_(algebra), sums_(algebra), symbols_(symbols) {}

  [[nodiscard]] SymbolicResult run_function(FunctionId id);

  // What Walker asks for.
  static Poly constant(std::int64_t value) { return value; }
  Poly unknown_number() { return algebra_.opaque("an index is data"); }
  Poly symbol(const std::string& name, bool boolean = false);
  std::optional<Poly> unary(Operator op, const Poly& a);
  std::optional<Poly> binary(Operator op, const Poly& a, const Poly& b);
  std::optional<Poly> extremum(bool smallest, const Poly& a, const Poly& b);
  ValueT negated(const ValueT& value);
  ValueT logical(bool conjunction, const ValueT& a, const ValueT& b);
  ValueT select(const ValueT& condition, const ValueT& a, const ValueT& b);

  void emit(Measure measure, const Poly& amount);
  void access(const PlaceT& place, std::int64_t bytes, bool write) { access_range(place, 1, bytes, write); }
  void access_range(const PlaceT& place, const Poly& count, std::int64_t unit, bool write);
  void executed(const Stmt& statement);
  void branch(const ValueT& condition, const Expr& e, const Action& then, const Action& otherwise);
  void loop(const Stmt& statement);
  void leave();
  void next();
  void give_back(std::optional<ValueT> value);
  [[nodiscard]] bool dead() const { return live_.zero(); }
  void unknown(const Location& at, const std::string& what);
  ValueT called(const Function& callee, const Action& body);

 private:
  using Frames = std::vector<Frame<Poly>>;

  /// A variable that the loop changes: its value at the start of iteration t.
  struct Head {
    PlaceT where;
    ValueT before;
    AtomId atom = 0;          ///< stands for the value while the iteration is looked at
    ValueT after;             ///< at the end of an iteration, in heads' atoms
    std::optional<Poly> at;   ///< at the start of iteration t (number or address' offset)
    bool reassigned = false;  ///< does not depend on its own former value
  };
  struct LoopState {
    Poly breaks, returns;  ///< conditions under which an iteration leaves
    Poly continues;
    std::vector<std::pair<Poly, Frames>> at_next;
    bool data_exit = false;
    bool data_return = false;
    int under_data = 0;
    std::size_t call_depth = 0;
  };
  struct CallState {
    std::vector<std::pair<Poly, ValueT>> values;
    bool by_data = false;
    int under_data = 0;
    std::size_t loop_depth = 0;
  };
  /// What is known about how often a loop runs.
  struct Trips {
    std::optional<Poly> count;  ///< nullopt: no bound found
    bool by_data = false;       ///< data may end it earlier
    std::string text;
  };

  void decide_for_large();
  void add(const CounterKey& key, const Poly& amount);
  [[nodiscard]] std::optional<Poly> truth(const ValueT& value);
  [[nodiscard]] std::pair<Poly, Poly> limits(const ValueT& value);
  [[nodiscard]] static ValueT limited(Poly may, Poly must);
  [[nodiscard]] Poly complement(const Poly& condition);
  [[nodiscard]] std::optional<Poly> only_fact(const Poly& condition) const;
  ValueT mixed(const Poly& condition, const ValueT& a, const ValueT& b);
  Frames mixed(const Poly& condition, const Frames& a, const Frames& b);
  static ValueT agreed(const ValueT& a, const ValueT& b);
  static Frames agreed(const Frames& a, const Frames& b);
  void branch_on_symbols(const Poly& condition, const Action& then, const Action& otherwise);
  void branch_on_data(const Expr& e, const Action& then, const Action& otherwise);
  void merge_arms(const PolyCounters& first, const PolyCounters& second, const std::string& condition);
  PolyBounds cheaper_to_dearer(const PolyBounds& a, const PolyBounds& b);
  Poly smallest(const Poly& a, const Poly& b);

  // interpreter_loops.cpp
  std::vector<Head> heads_of(const Stmt& statement);
  void changed_by(const Stmt& statement, std::set<VariableId>& into);
  void changed_by(const Expr& e, std::set<VariableId>& into);
  void look_at_iteration(const Stmt& statement, std::vector<Head>& heads);
  void solve(std::vector<Head>& heads, AtomId t);
  bool solve_one(Head& head, const std::vector<Head>& heads, AtomId t);
  void set_heads(const std::vector<Head>& heads, AtomId t, const Poly& at);
  [[nodiscard]] std::optional<Poly> in_solved(const Poly& p, const std::vector<Head>& heads, AtomId t, const Poly& at);
  LoopState iterate(const Stmt& statement);
  Trips trips_of(const Stmt& statement, const std::vector<Head>& heads, AtomId t);
  void run_loop(const Stmt& statement, std::vector<Head>& heads, AtomId t, Trips trips);
  void sum_up(const PolyCounters& iteration, AtomId t, const Poly& count, bool by_data);
  void after_loop(const Stmt& statement, const std::vector<Head>& heads, AtomId t, const Poly& count, bool lost,
                  const Frames& at_end);
  static const Poly& part(const ValueT& value) {
    return value.kind == ValueT::Kind::address ? value.place.offset : value.number;
  }
  static ValueT with_part(ValueT value, Poly p) {
    (value.kind == ValueT::Kind::address ? value.place.offset : value.number) = std::move(p);
    return value;
  }

  // interpreter_trips.cpp
  std::optional<Poly> holds_for(const Poly& condition, AtomId t);
  std::optional<Poly> first_where(const Poly& condition, AtomId t);
  std::optional<Poly> bracket_holds_for(const Atom& bracket, AtomId t);

  Algebra& algebra_;
  Summation sums_;
  const std::map<std::string, std::int64_t>& symbols_;
  int dry_ = 0;  ///< above 0: nothing is counted

  Poly live_ = 1;       ///< 1 where control gets here, as conditions on symbols and indices
  bool maybe_ = false;  ///< data decides besides
  int under_data_ = 0;
  std::vector<LoopState> loops_;
  std::vector<CallState> calls_;
  std::vector<std::pair<AtomId, Poly>> nest_;  ///< indices and counts of the loops around
  std::vector<std::pair<Poly, bool>> around_;  ///< live and maybe at these loops
  PolyCounters counters_;
  SymbolicResult result_;
  std::map<int, const Stmt*> owners_;

  void own_lines(const std::vector<Stmt>& statements);
};

}  // namespace costscan::source::count
