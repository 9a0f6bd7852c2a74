// Scalars and pointers that count: what a reference kernel executes, and which bytes it touches. The operations that
// count, and how much, are the conventions of ../README.md.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace counting {

using Index = std::int64_t;

/// Bytes of one direction: all that moved, and each distinct address once.
struct Traffic {
  Index streamed = 0;
  std::vector<std::pair<std::uintptr_t, Index>> touched;  ///< address, bytes

  void add(const void* address, Index bytes) {
    streamed += bytes;
    touched.emplace_back(reinterpret_cast<std::uintptr_t>(address), bytes);
  }

  [[nodiscard]] Index distinct() {
    std::sort(touched.begin(), touched.end());
    touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
    Index sum = 0;
    for (const auto& [address, bytes] : touched) sum += bytes;
    return sum;
  }
};

/// One execution of one kernel.
struct Counter {
  Index flops = 0;
  Index transcendentals = 0;
  Index int_ops = 0;
  Traffic read;
  Traffic written;
};

/// The log of one run: a line for each executed kernel, its name, its integer arguments, its counts.
struct Log {
  Counter counter;
  std::string lines;
};

/// Operators take no argument beside their operands, so the running log has to be ambient.
inline Log& log() {
  thread_local Log running;
  return running;
}

inline void operation(Index flops = 1, Index transcendentals = 0) {
  log().counter.flops += flops;
  log().counter.transcendentals += transcendentals;
}
inline void integer_operation() { ++log().counter.int_ops; }

template <class Argument>
void note_argument(std::ostream& out, const Argument& argument) {
  if constexpr (std::is_integral_v<Argument>) out << ' ' << static_cast<Index>(argument);
}

template <class... Arguments>
void open(std::string_view kernel, const Arguments&... arguments) {
  std::ostringstream out;
  out << kernel << " |";
  (note_argument(out, arguments), ...);
  log().lines += out.str();
  log().counter = {};
}

/// Ends a line: flops, transcendentals, int_ops, bytes read and written as streamed, then distinct ones.
inline void close() {
  Counter& counted = log().counter;
  std::ostringstream out;
  out << " | " << counted.flops << ' ' << counted.transcendentals << ' ' << counted.int_ops << ' '
      << counted.read.streamed << ' ' << counted.written.streamed << ' ' << counted.read.distinct() << ' '
      << counted.written.distinct() << '\n';
  log().lines += out.str();
}

/// A float whose arithmetic counts. Literals convert; integers only where the text says so: real(n).
struct Real {
  float value = 0;

  Real() = default;
  Real(float given) : value(given) {}  // NOLINT(google-explicit-constructor): literals stand beside reals
  template <class Integral, class = std::enable_if_t<std::is_integral_v<Integral>>>
  explicit Real(Integral given) : value(static_cast<float>(given)) {}
  explicit operator Index() const { return static_cast<Index>(value); }

  inline Real& operator+=(Real other);
  inline Real& operator-=(Real other);
  inline Real& operator*=(Real other);
  inline Real& operator/=(Real other);
};

inline Real operator+(Real a, Real b) { return operation(), Real(a.value + b.value); }
inline Real operator-(Real a, Real b) { return operation(), Real(a.value - b.value); }
inline Real operator*(Real a, Real b) { return operation(), Real(a.value * b.value); }
inline Real operator/(Real a, Real b) { return operation(), Real(a.value / b.value); }
inline Real operator-(Real a) { return operation(), Real(-a.value); }
inline Real& Real::operator+=(Real other) { return *this = *this + other; }
inline Real& Real::operator-=(Real other) { return *this = *this - other; }
inline Real& Real::operator*=(Real other) { return *this = *this * other; }
inline Real& Real::operator/=(Real other) { return *this = *this / other; }
inline bool operator<(Real a, Real b) { return operation(), a.value < b.value; }
inline bool operator>(Real a, Real b) { return operation(), a.value > b.value; }
inline bool operator<=(Real a, Real b) { return operation(), a.value <= b.value; }
inline bool operator>=(Real a, Real b) { return operation(), a.value >= b.value; }
inline bool operator==(Real a, Real b) { return operation(), a.value == b.value; }
inline bool operator!=(Real a, Real b) { return operation(), a.value != b.value; }

inline Real fabs(Real x) { return operation(), Real(std::fabs(x.value)); }
inline Real floor(Real x) { return operation(), Real(std::floor(x.value)); }
inline Real ceil(Real x) { return operation(), Real(std::ceil(x.value)); }
inline Real nearbyint(Real x) { return operation(), Real(std::nearbyint(x.value)); }
inline Real fmax(Real a, Real b) { return operation(), Real(std::fmax(a.value, b.value)); }
inline Real fmin(Real a, Real b) { return operation(), Real(std::fmin(a.value, b.value)); }
inline Real fmod(Real a, Real b) { return operation(), Real(std::fmod(a.value, b.value)); }
inline Real exp(Real x) { return operation(1, 1), Real(std::exp(x.value)); }
inline Real log(Real x) { return operation(1, 1), Real(std::log(x.value)); }
inline Real erf(Real x) { return operation(1, 1), Real(std::erf(x.value)); }
inline Real tanh(Real x) { return operation(1, 1), Real(std::tanh(x.value)); }
inline Real sin(Real x) { return operation(1, 1), Real(std::sin(x.value)); }
inline Real cos(Real x) { return operation(1, 1), Real(std::cos(x.value)); }
inline Real tan(Real x) { return operation(1, 1), Real(std::tan(x.value)); }
inline Real asin(Real x) { return operation(1, 1), Real(std::asin(x.value)); }
inline Real acos(Real x) { return operation(1, 1), Real(std::acos(x.value)); }
inline Real atan(Real x) { return operation(1, 1), Real(std::atan(x.value)); }
inline Real sinh(Real x) { return operation(1, 1), Real(std::sinh(x.value)); }
inline Real cosh(Real x) { return operation(1, 1), Real(std::cosh(x.value)); }
inline Real asinh(Real x) { return operation(1, 1), Real(std::asinh(x.value)); }
inline Real acosh(Real x) { return operation(1, 1), Real(std::acosh(x.value)); }
inline Real atanh(Real x) { return operation(1, 1), Real(std::atanh(x.value)); }
inline Real sqrt(Real x) { return operation(1, 1), Real(std::sqrt(x.value)); }
inline Real rsqrt(Real x) { return operation(1, 1), Real(1.0F / std::sqrt(x.value)); }
inline Real pow(Real x, Real y) { return operation(1, 1), Real(std::pow(x.value, y.value)); }

/// An integer that is data. Operations count as int_ops; conversions count nothing.
struct Integer {
  std::int32_t value = 0;

  Integer() = default;
  Integer(std::int32_t given) : value(given) {}  // NOLINT(google-explicit-constructor): literals stand beside integers
  explicit Integer(Real given) : value(static_cast<std::int32_t>(given.value)) {}
  explicit operator Real() const { return Real(static_cast<float>(value)); }

  inline Integer& operator+=(Integer other);
};

inline Integer operator+(Integer a, Integer b) { return integer_operation(), Integer(a.value + b.value); }
inline Integer operator-(Integer a, Integer b) { return integer_operation(), Integer(a.value - b.value); }
inline Integer operator*(Integer a, Integer b) { return integer_operation(), Integer(a.value * b.value); }
inline Integer& Integer::operator+=(Integer other) { return *this = *this + other; }
inline Integer greater_of(Integer a, Integer b) { return integer_operation(), Integer(std::max(a.value, b.value)); }
inline Integer smaller_of(Integer a, Integer b) { return integer_operation(), Integer(std::min(a.value, b.value)); }
inline bool operator<(Integer a, Integer b) { return integer_operation(), a.value < b.value; }
inline bool operator>(Integer a, Integer b) { return integer_operation(), a.value > b.value; }
inline bool operator!=(Integer a, Integer b) { return integer_operation(), a.value != b.value; }

/// What an element is once loaded: arithmetic data counts; indices and flags are plain.
template <class Element>
struct Loaded {
  using type = Element;
  static type from(Element stored) { return stored; }
  static Element back(type value) { return value; }
};
template <>
struct Loaded<float> {
  using type = Real;
  static type from(float stored) { return {stored}; }
  static float back(type value) { return value.value; }
};
template <>
struct Loaded<double> {
  using type = Real;
  static type from(double stored) { return {static_cast<float>(stored)}; }
  static double back(type value) { return value.value; }
};
template <class Code>
struct LoadedCode {
  using type = Integer;
  static type from(Code stored) { return {stored}; }
  static Code back(type value) { return static_cast<Code>(value.value); }
};
template <>
struct Loaded<std::uint8_t> : LoadedCode<std::uint8_t> {};
template <>
struct Loaded<std::int8_t> : LoadedCode<std::int8_t> {};
/// A 32-bit accumulator in memory; plain 32-bit integers are indices.
struct Sum {
  std::int32_t value;
};
template <>
struct Loaded<Sum> {
  using type = Integer;
  static type from(Sum stored) { return {stored.value}; }
  static Sum back(type value) { return {value.value}; }
};

/// An element as the left or right side of an assignment.
template <class Element, bool traffic>
class Place {
 public:
  using Value = typename Loaded<Element>::type;

  explicit Place(Element* at) : at_(at) {}
  Place(const Place&) = default;

  operator Value() const {  // NOLINT(google-explicit-constructor): reads like the element itself
    if (traffic) log().counter.read.add(at_, sizeof(Element));
    return Loaded<Element>::from(*at_);
  }
  Place& operator=(Value value) {
    if (traffic) log().counter.written.add(at_, sizeof(Element));
    *at_ = Loaded<Element>::back(value);
    return *this;
  }
  Place& operator=(const Place& other) { return *this = static_cast<Value>(other); }
  Place& operator+=(Value value) { return *this = static_cast<Value>(*this) + value; }
  Place& operator*=(Value value) { return *this = static_cast<Value>(*this) * value; }

 private:
  Element* at_;
};

/// A pointer that notes each element read and written through it.
template <class Element, bool traffic = true>
class Pointer {
 public:
  using Stored = std::remove_const_t<Element>;

  explicit Pointer(Element* at) : at_(at) {}
  Pointer(std::nullptr_t) : at_(nullptr) {}  // NOLINT(google-explicit-constructor): as pointers do
  template <class Other, bool moves, class = std::enable_if_t<std::is_same_v<const Other, Element> || !traffic>>
  Pointer(Pointer<Other, moves> other) : at_(other.get()) {}  // NOLINT(google-explicit-constructor): as pointers do

  auto operator[](Index i) const {
    if constexpr (std::is_const_v<Element>) {
      if (traffic) log().counter.read.add(at_ + i, sizeof(Element));
      return Loaded<Stored>::from(at_[i]);
    } else {
      return Place<Element, traffic>(at_ + i);
    }
  }
  Pointer operator+(Index i) const { return Pointer(at_ + i); }
  explicit operator bool() const { return at_ != nullptr; }
  [[nodiscard]] Element* get() const { return at_; }

 private:
  Element* at_;
};

/// Results that the kernel before left in registers.
template <class Element>
using Held = Pointer<Element, false>;

}  // namespace counting
