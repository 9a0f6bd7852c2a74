// The library's only error channel: a value, never an exception.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace costscan {

/// Why something could not be done. The numeric value is the command's exit code (shared contract).
enum class ErrorKind {
  check_failed = 1,  ///< a requested check did not hold
  usage = 2,         ///< wrong usage
  input = 3,         ///< the model or another input cannot be used
  measurement = 4,   ///< a demanded measurement could not be made
  output = 5,        ///< an output could not be written
  defect = 70,       ///< a defect in costscan itself
};

/// One clear line for the user: names the file and the node where there is one, and says what to do.
struct Error {
  ErrorKind kind = ErrorKind::defect;
  std::string message;
};

template <class T>
using Result = tl::expected<T, Error>;

/// `return fail(ErrorKind::input, "...")` from any function that returns a Result.
[[nodiscard]] inline tl::unexpected<Error> fail(ErrorKind kind, std::string message) {
  return tl::unexpected<Error>(Error{kind, std::move(message)});
}

}  // namespace costscan
