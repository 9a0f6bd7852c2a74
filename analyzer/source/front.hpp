// From a C or C++ file to the program that counting and lint read.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "model/result.hpp"
#include "source/program.hpp"

namespace costscan::source {

struct FrontOptions {
  std::vector<std::string> compiler_arguments;  ///< after those of compile_commands.json or the defaults
  std::filesystem::path compile_commands;       ///< folder or file of compile_commands.json; empty: searched upwards
  bool search_compile_commands = true;          ///< in the folders above the file, as clang's tools do
  std::filesystem::path libclang;  ///< empty: $COSTSCAN_LIBCLANG, the one found when building, the system's
};

/// Parses `file` by libclang (loaded when first called) and lowers every function that it defines, and those that these
/// call where a body is known outside the system's headers. Constructs that are not understood are listed in
/// Program::unsupported. Errors (input): libclang is missing; the file cannot be read; it does not compile, and then
/// the message's further lines are the compiler's diagnostics.
[[nodiscard]] Result<Program> parse_source(const std::filesystem::path& file, const FrontOptions& options);

}  // namespace costscan::source
