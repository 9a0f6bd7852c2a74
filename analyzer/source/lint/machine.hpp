// Follows a function: integers, loops and addresses are executed, data are only traced. Symbols without a --dim get
// sample values; conditions on data are followed both ways.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "source/lint/effects.hpp"
#include "source/lint/memory.hpp"
#include "source/lint/trace.hpp"
#include "source/program.hpp"

namespace costscan::source::linting {

/// How conditions on loaded data are decided: both ways, or (to see what a write under such a condition would
/// overwrite if it happened every time) always one way where nothing carried between iterations takes part.
enum class DataConditions : std::uint8_t { both, always_true, always_false };

struct MachineOptions {
  std::map<std::string, std::int64_t> dims;
  std::int64_t sample = 37;        ///< value of the first symbol without --dim
  std::int64_t sample_step = 1;    ///< added for each further one; values stay at least 2
  bool ignore_dims = false;        ///< samples for all symbols
  std::int64_t steps = 4'000'000;  ///< statements, expressions and cells to give up after
  DataConditions conditions = DataConditions::both;
  std::optional<std::int64_t> most_iterations;  ///< of loops that are not in `whole`
  std::set<const Stmt*> whole;
};

/// What is known of a program's calls before it is followed: entries of the tables, and which constants and variables
/// name a device's registers, those passed where an effect writes or accumulates.
struct Registers {
  std::map<std::string, std::optional<std::int64_t>, std::less<>> named;
  std::set<std::pair<const Function*, VariableId>> variables;
  struct Known {
    const Effect* effect = nullptr;
    const FunctionCost* cost = nullptr;
  };
  std::unordered_map<const Expr*, Known> calls;  ///< what the tables say of each call in the program
};
[[nodiscard]] Registers find_registers(const Program& program, const Effects& effects);

/// The argument's position in this call; nothing where the call has no such argument.
[[nodiscard]] int position_of(const ArgumentName& argument, const Expr& call, const Program& program,
                              const Function& caller);

class Machine {
 public:
  Machine(const Program& program, const Registers& registers, MachineOptions options);

  [[nodiscard]] Trace run(const Function& function);

 private:
  struct Frame {
    const Function* function = nullptr;
    std::vector<Place> places;         ///< by VariableId
    std::map<const Expr*, int> calls;  ///< frames of functions called here
    int depth = 0;
    std::optional<Value> result;
  };
  /// Which ways a statement may end.
  struct Flow {
    bool falls = true;
    bool leaves = false;
    bool next = false;
    bool returns = false;
    [[nodiscard]] bool jumps() const noexcept { return leaves || next || returns; }
  };
  struct PendingRead {
    CellKey key;
    int write = nothing;
  };
  struct StoreNote {
    const Location* at = nullptr;
    const Expr* call = nullptr;
    bool floating = false;
    bool declaration = false;
    bool self = false;  ///< the old value takes part although no read shows it
  };
  struct Header {
    VariableId variable = no_variable;
    std::int64_t step = 0;
    Operator op = Operator::none;
    const Expr* bound = nullptr;
  };

  const Program& program_;
  const Registers& registers_;
  MachineOptions options_;
  Trace trace_;
  Memory memory_;
  std::vector<Frame> frames_;
  int frame_ = 0;
  int iteration_ = 0;
  int entries_ = 0;
  std::int64_t steps_ = 0;
  int conditions_ = 0;  ///< conditions on data around the statement
  std::vector<PendingRead> pending_;
  std::vector<std::string> names_;
  std::map<std::string, int> globals_;
  std::map<std::string, int> device_registers_;
  std::map<std::tuple<int, std::int64_t, std::string>, int> parts_;  ///< objects within objects: rows of float**
  std::map<const Expr*, int> heap_;
  std::map<std::string, std::int64_t> symbols_;
  std::unordered_map<const Stmt*, std::vector<VariableId>> assigned_;
  std::unordered_map<const Stmt*, std::optional<Header>> headers_;

  // machine.cpp: the whole, frames, symbols
  [[nodiscard]] bool stopped();
  Frame& frame() { return frames_[static_cast<std::size_t>(frame_)]; }
  [[nodiscard]] const Function& function() { return *frame().function; }
  [[nodiscard]] int add_frame(const Function& function, int depth);
  int add_object(const Variable& variable, const Function& function, Contents contents, bool outlives);
  [[nodiscard]] Value symbol(const std::string& dim_name, const std::string& name);
  [[nodiscard]] Place place_of(VariableId id);
  [[nodiscard]] int part(const CellKey& whole, const std::string& name);
  [[nodiscard]] std::int32_t name(const std::string& text);
  void bind_inputs();

  // machine_store.cpp: reading, writing, joining
  [[nodiscard]] Value read(const Place& place, const Type& type);
  [[nodiscard]] Value read_cell(const CellKey& key, const Type& type, LevelMask varies);
  [[nodiscard]] Value never_written(const CellKey& key, const Type& type, LevelMask varies);
  [[nodiscard]] Value seen_from_here(const Cell& cell) const;
  void write(const Place& place, const Value& value, std::size_t mark, const StoreNote& note);
  [[nodiscard]] int record(const CellKey& key, const Place& place, const Value& value, std::size_t mark,
                           const StoreNote& note);
  void settle(std::size_t mark);  ///< reads since `mark` were for something else than a cell's own update
  void use(int write);
  void escape(int object, bool changed);
  void renew(int object, Contents contents, const Location& at);
  void merge(const std::vector<CellChange>& one, const std::vector<CellChange>& other, const Value& condition);
  [[nodiscard]] Cell join(const CellKey& key, const std::optional<Cell>& a, const std::optional<Cell>& b,
                          const Value& condition);
  void use_writes_since(std::size_t first);

  // machine_expr.cpp
  [[nodiscard]] Value eval(const Expr& expr, bool discarded = false);
  [[nodiscard]] Value eval_assign(const Expr& expr, bool discarded);
  [[nodiscard]] Value eval_increment(const Expr& expr, bool discarded);
  [[nodiscard]] Value eval_binary(const Expr& expr);
  [[nodiscard]] bool recovers_error(std::size_t first, std::size_t middle);
  [[nodiscard]] Value not_null(const Value& pointer) const;
  [[nodiscard]] Value truth(const Value& condition) const;
  [[nodiscard]] Value eval_unary(const Expr& expr);
  [[nodiscard]] Value eval_conditional(const Expr& expr);
  [[nodiscard]] Value eval_convert(const Expr& expr);
  [[nodiscard]] Value compute(Operator op, const Value& a, const Value& b, const Type& type, const Type& operand);
  [[nodiscard]] Value eval_all(const Expr& expr);
  [[nodiscard]] Place place(const Expr& expr);
  [[nodiscard]] Place element(const Place& base, const Value& index, const Type& type) const;
  void initialise(const Place& target, const Expr& list, const Type& type);

  // machine_call.cpp
  [[nodiscard]] Value call(const Expr& expr);
  [[nodiscard]] Value call_followed(const Expr& expr);
  [[nodiscard]] Value call_device(const Expr& expr, const Effect& effect);
  [[nodiscard]] Value call_library(const Expr& expr, const FunctionCost& cost);
  void write_range(const Place& first, std::optional<std::int64_t> elements, const Type& type, const Value& value,
                   std::size_t mark, const Expr& call);
  [[nodiscard]] Value call_unknown(const Expr& expr);
  [[nodiscard]] std::optional<Value> call_special(const Expr& expr);
  [[nodiscard]] std::vector<Value> eval_arguments(const Expr& expr);
  [[nodiscard]] Value allocated(const Expr& expr, Contents contents);
  [[nodiscard]] Value result_of(const Expr& expr, const std::vector<Value>& args);
  [[nodiscard]] std::optional<std::int64_t> amount(const Amount& amount, const Expr& call,
                                                   const std::vector<Value>& args);
  [[nodiscard]] Place register_place(const Expr& argument, const Value& value);
  void swap(const Expr& a, const Expr& b);
  void note_register_use(const Expr& argument, const Value& value);

  // machine_stmt.cpp
  [[nodiscard]] Flow run(const std::vector<Stmt>& body, std::size_t from = 0);
  [[nodiscard]] Flow run(const Stmt& stmt);
  [[nodiscard]] Flow run_branch(const Stmt& stmt);
  [[nodiscard]] Flow run_both(const Stmt& stmt, const Value& condition);
  void run_declare(const Stmt& stmt);
  void use_names_in(const std::string& text);

  // machine_loop.cpp
  [[nodiscard]] Flow run_loop(const Stmt& stmt);
  [[nodiscard]] std::optional<bool> goes_on(const Stmt& stmt, std::int64_t done, LoopFacts& facts, bool& maybe_left);
  void carry(const Stmt& stmt);
  [[nodiscard]] const std::vector<VariableId>& assigned_in(const Stmt& stmt);
  [[nodiscard]] const std::optional<Header>& header_of(const Stmt& stmt);
  [[nodiscard]] std::optional<std::int64_t> trips(const Stmt& stmt, bool& sampled);
  void forget_integers(const Stmt& stmt);
};

}  // namespace costscan::source::linting
