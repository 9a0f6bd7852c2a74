// How a file is compiled: by its compile_commands.json, else by what is usual for its language.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "source/clang/libclang.hpp"
#include "source/front.hpp"

namespace costscan::source::front {

/// The command line, compiler first, without the file itself and without output options. OpenMP's pragmas are left off,
/// because counts are those of the serial program. Errors (input): a compile_commands.json that was named is not there
/// or cannot be read.
[[nodiscard]] Result<std::vector<std::string>> compile_command(const Libclang& c, const std::filesystem::path& file,
                                                               const FrontOptions& options);

}  // namespace costscan::source::front
