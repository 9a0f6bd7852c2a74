// What both ways of counting (symbolic, by execution) share: values and places of a program under analysis. `Num` is
// the way's own integer: a polynomial, or an interval.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "source/program.hpp"
#include "source/report.hpp"

namespace costscan::source::count {

/// Where something lies. Memory: `offset` in bytes from the array's start; `outer` are the indices of enclosing
/// containers whose rows do not lie behind one another.
template <class Num>
struct Place {
  enum class Kind : std::uint8_t { none, variable, memory };
  Kind kind = Kind::none;
  int frame = 0;
  VariableId variable = no_variable;
  int array = -1;
  std::vector<Num> outer;
  Num offset{};

  friend bool operator==(const Place&, const Place&) = default;
};

template <class Num>
struct Value {
  enum class Kind : std::uint8_t { data, number, address };
  Kind kind = Kind::data;
  Num number{};
  bool truth = false;  ///< the number is 0 or 1
  Place<Num> place;    ///< address
  // A truth value that data decides within limits (i > 0 && x[i] > 0): it is 0 where `may` is, 1 where `must` is.
  bool limited = false;
  Num may{};
  Num must{};

  friend bool operator==(const Value&, const Value&) = default;
};

/// A variable of a running function.
template <class Num>
struct Slot {
  Value<Num> value;
  bool alias = false;  ///< a reference: stands for `target`
  Place<Num> target;
  bool has_size = false;  ///< a container whose size is known
  Num size{};

  friend bool operator==(const Slot&, const Slot&) = default;
};

template <class Num>
struct Frame {
  FunctionId function = no_function;
  std::vector<Slot<Num>> slots;

  friend bool operator==(const Frame&, const Frame&) = default;
};

struct ArrayInfo {
  std::string name;
  std::string element;
  std::int64_t element_bytes = 0;  ///< 0: not known yet
  bool local = false;              ///< scratch: declared in a function
};

/// A call without ownership: arms of branches are passed down, not kept.
class Action {
 public:
  template <class F, class = std::enable_if_t<!std::is_same_v<std::remove_cvref_t<F>, Action>>>
  Action(F&& f)  // NOLINT(google-explicit-constructor): stands for a lambda
      : object_(static_cast<const void*>(&f)),
        call_([](const void* object) { (*static_cast<std::remove_reference_t<F>*>(const_cast<void*>(object)))(); }) {}
  void operator()() const { call_(object_); }

 private:
  const void* object_;
  void (*call_)(const void*);
};

/// Bytes of an object of this type; 1 for what has no known size (records, opaque objects), 0 for arrays of unknown
/// extent.
[[nodiscard]] std::int64_t bytes_of(const Type& type) noexcept;

[[nodiscard]] bool is_scalar(const Type& type) noexcept;  ///< boolean, integer, floating
[[nodiscard]] bool is_comparison(Operator op) noexcept;

/// "scale<float>" of "ns::scale<float>"; "min" of "std::min".
[[nodiscard]] std::string last_name(const std::string& qualified);

}  // namespace costscan::source::count
