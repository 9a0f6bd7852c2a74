// The machine behind execute(): private to the execution's files.
#pragma once

#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "source/count/execute.hpp"
#include "source/count/interval.hpp"
#include "source/count/walker.hpp"

namespace costscan::source::count {

/// Whether control gets here.
enum class Live : std::uint8_t { no, maybe, yes };

class Execution : public Walker<Execution, Interval> {
 public:
  Execution(const Program& program, const FunctionTable& table, const DataOperations& operations,
            const std::map<std::string, std::int64_t>& symbols, const ExecuteLimits& limits)
      : Walker(program, table, operations), symbols_(symbols), limits_(limits) {
    slots_.emplace_back();
  }

  [[nodiscard]] Executed run_function(FunctionId id);

  // What Walker asks for.
  static Interval constant(std::int64_t value) { return {value, value, true}; }
  static Interval unknown_number() { return {0, 0, false}; }
  Interval symbol(const std::string& name, bool boolean = false);
  static std::optional<Interval> unary(Operator op, const Interval& a) { return count::unary(op, a); }
  static std::optional<Interval> binary(Operator op, const Interval& a, const Interval& b) {
    return count::binary(op, a, b);
  }
  static std::optional<Interval> extremum(bool smallest, const Interval& a, const Interval& b);
  static ValueT negated(const ValueT& value) {
    return value.kind == ValueT::Kind::data ? number({0, 1, true}, true) : data();
  }
  static ValueT logical(bool conjunction, const ValueT& a, const ValueT& b);
  static ValueT select(const ValueT& condition, const ValueT& a, const ValueT& b);

  void emit(Measure measure, const Interval& amount);
  void access(const PlaceT& place, std::int64_t bytes, bool write);
  void access_range(const PlaceT& place, const Interval& count, std::int64_t unit, bool write);
  void executed(const Stmt& statement);
  void branch(const ValueT& condition, const Expr& e, const Action& then, const Action& otherwise);
  void loop(const Stmt& statement);
  void leave();
  void next();
  void give_back(std::optional<ValueT> value);
  [[nodiscard]] bool dead() const { return live_ == Live::no || !failed_.empty(); }
  void unknown(const Location& at, const std::string& what);
  ValueT called(const Function& callee, const Action& body);

 private:
  using Frames = std::vector<Frame<Interval>>;
  struct LoopState {
    bool left = false;
    bool continued = false;
    std::optional<Frames> after;    ///< variables where break left it
    std::optional<Frames> at_next;  ///< variables at continue
  };
  struct CallState {
    bool returned = false;
    std::optional<ValueT> value;
    std::optional<Frames> after;
    std::size_t depth = 0;
  };
  using Tally = std::vector<Counters>;  // by slot; slot 0 is the whole

  void step();
  void fail(const std::string& why) {
    if (failed_.empty()) failed_ = why;
  }
  std::size_t line_slot();
  std::size_t array_slot(int array);
  void add(std::size_t slot, std::size_t counter, const Interval& amount);
  struct Touched {
    std::map<std::vector<std::int64_t>, std::unordered_set<std::int64_t>> surely, perhaps;
    std::int64_t elsewhere = 0;      ///< elements touched at indices that data decides
    bool somewhere = false;          ///< at least one of them surely
    bool anywhere = false;           ///< not even a range is known
    std::int64_t from = 0, to = -1;  ///< the range of such elements
  };
  void touch(const PlaceT& place, const Interval& bytes, bool write);
  void merge_arms(Tally before, const Tally& first, const Tally& second, const std::string& condition);
  void decided_by(const std::string& condition);
  static Live joined(Live a, Live b);
  static ValueT joined(const ValueT& a, const ValueT& b);
  static Frames joined(const Frames& a, const Frames& b);
  static void join_into(std::optional<Frames>& into, const Frames& from);
  static Live truth(const ValueT& value);
  [[nodiscard]] bool run_iteration(const Stmt& statement, std::optional<Frames>& exits);
  void give_up_loop(const Stmt& statement, const Frames& before);

  const std::map<std::string, std::int64_t>& symbols_;
  ExecuteLimits limits_;
  std::int64_t steps_ = 0;
  std::string failed_;

  Live live_ = Live::yes;
  std::vector<LoopState> loops_;
  std::vector<CallState> calls_;

  Tally slots_;
  std::map<int, std::size_t> line_slots_;
  std::map<int, std::size_t> array_slots_;
  int cached_line_ = -1;
  std::size_t cached_slot_ = 0;

  using TouchedArrays = std::map<std::pair<int, bool>, Touched>;
  void merge_touched(TouchedArrays before, const TouchedArrays& first, const TouchedArrays& second);
  TouchedArrays touched_;
  std::map<int, const Stmt*> owners_;  // per line: the last statement that begins on it
  std::array<std::set<std::string>, measure_count> decided_;
  std::set<std::string> unknown_;
  std::set<int> unknown_lines_;
  bool unknown_everywhere_ = false;
  std::vector<Unsupported> unsupported_;

  void own_lines(const std::vector<Stmt>& statements);
};

}  // namespace costscan::source::count
