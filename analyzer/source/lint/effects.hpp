// What opaque calls do to the registers and buffers that they are given: which argument they overwrite, add into or
// read. The data is costmodels/source/effects.yaml; a user's file is merged over it.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/result.hpp"
#include "source/functions.hpp"

namespace costscan::source {

/// An argument: its 0-based position, or the name of the parameter (else of the variable or constant passed).
using ArgumentName = std::variant<int, std::string>;

struct Effect {
  std::vector<ArgumentName> writes;       ///< overwritten: the old value is gone
  std::vector<ArgumentName> accumulates;  ///< updated: the new value depends on the old one
  std::vector<ArgumentName> reads;
};

struct Effects {
  std::map<std::string, Effect, std::less<>> functions;  ///< by qualified or plain name
  std::shared_ptr<const FunctionTable> library;          ///< the C and C++ libraries' functions and intrinsics

  /// By the qualified name, else by its last part, template arguments aside; "name/2" declares the call with two
  /// arguments alone and goes before "name". nullptr where nothing is declared.
  [[nodiscard]] const Effect* find(std::string_view qualified_name, std::size_t arguments) const;
};

/// The built-in effects, with those of `file` (YAML) over them; an empty path: the built-in ones alone. Errors (input)
/// name the file, the line and what is wrong. Accepted layouts: a map by function name, at the top or below `effects`,
/// `functions` or `calls`; or a list of entries with `function` or `name`.
[[nodiscard]] Result<Effects> load_effects(const std::filesystem::path& file);

/// The same from text; `name` is for messages.
[[nodiscard]] Result<Effects> parse_effects(std::string_view name, std::string_view text);

}  // namespace costscan::source
