// One parse of a file by libclang.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "source/clang/libclang.hpp"

namespace costscan::source::front {

struct Diagnostic {
  std::string file;
  unsigned line = 0;
  unsigned column = 0;
  std::string text;
  std::vector<Diagnostic> notes;
};

struct TranslationUnit {
  std::shared_ptr<void> index;
  std::shared_ptr<std::remove_pointer_t<CXTranslationUnit>> unit;
  std::vector<Diagnostic> errors;  ///< of severity error and above
};

/// Parses `file`, whose text is `contents` where that is given. Error (input): libclang gave up altogether.
[[nodiscard]] Result<TranslationUnit> parse_unit(const Libclang& c, const std::string& file,
                                                 const std::vector<std::string>& command, const std::string* contents);

/// Several lines: what is wrong in one, then the compiler's own messages, the first few of them. `parsed` is the file's
/// name as it was given to clang, `shown` as the user wrote it.
[[nodiscard]] std::string describe(const std::string& parsed, const std::string& shown,
                                   const std::vector<Diagnostic>& errors);

}  // namespace costscan::source::front
