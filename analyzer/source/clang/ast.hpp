// Small questions to libclang's AST, answered as values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "source/clang/libclang.hpp"
#include "source/program.hpp"

namespace costscan::source::front {

/// Identifies a declaration: libclang keeps the AST's own node in the cursor's first word.
using DeclKey = const void*;

/// One parsed file, with what is asked of it.
class Ast {
 public:
  /// `main`: the file asked for, which locations call `shown`.
  Ast(const Libclang& library, CXTranslationUnit unit, CXFile main, std::string shown)
      : c(library), unit_(unit), main_(main), shown_(std::move(shown)) {}

  const Libclang& c;

  [[nodiscard]] CXTranslationUnit unit() const noexcept { return unit_; }
  [[nodiscard]] const std::string& shown_file() const noexcept { return shown_; }
  [[nodiscard]] std::string take(CXString text) const;  ///< copies and releases
  [[nodiscard]] std::vector<CXCursor> children(CXCursor cursor) const;
  [[nodiscard]] CXCursorKind kind(CXCursor cursor) const { return c.clang_getCursorKind(cursor); }
  [[nodiscard]] std::string spelling(CXCursor cursor) const { return take(c.clang_getCursorSpelling(cursor)); }
  [[nodiscard]] CXCursor referenced(CXCursor cursor) const { return c.clang_getCursorReferenced(cursor); }
  [[nodiscard]] DeclKey key(CXCursor declaration) const { return c.clang_getCanonicalCursor(declaration).data[0]; }

  /// Where macros are used, not where they are defined.
  [[nodiscard]] Location location(CXCursor cursor) const { return location(c.clang_getCursorLocation(cursor)); }
  [[nodiscard]] Location location(CXSourceLocation at) const;
  [[nodiscard]] unsigned offset(CXSourceLocation at) const;
  [[nodiscard]] unsigned start(CXCursor cursor) const;  ///< byte offset of its first character
  [[nodiscard]] unsigned end(CXCursor cursor) const;
  [[nodiscard]] int end_line(CXCursor cursor) const;
  [[nodiscard]] bool in_main_file(CXCursor cursor) const;
  [[nodiscard]] bool in_system_header(CXCursor cursor) const;
  [[nodiscard]] std::string_view file_text(CXCursor cursor) const;  ///< of the file that the cursor lies in
  /// The source of `cursor` on one line, shortened to what fits a message.
  [[nodiscard]] std::string text(CXCursor cursor) const;
  /// Offsets and spellings of the raw tokens between two offsets of the cursor's file.
  [[nodiscard]] std::vector<std::pair<unsigned, std::string>> tokens(CXCursor cursor) const;

  [[nodiscard]] std::optional<std::int64_t> integer(CXCursor expression) const;  ///< where clang can evaluate it
  [[nodiscard]] std::optional<double> real(CXCursor expression) const;

  /// "ns::Class<float>::method"; without anonymous and inline namespaces. `arguments`: template arguments are shown.
  [[nodiscard]] std::string qualified_name(CXCursor declaration, bool arguments) const;

  /// Canonical, without reference and qualifiers.
  [[nodiscard]] CXType plain_type(CXType type) const;
  [[nodiscard]] CXType plain_type(CXCursor cursor) const { return plain_type(c.clang_getCursorType(cursor)); }
  [[nodiscard]] Type type(CXType type) const;
  [[nodiscard]] Type type(CXCursor cursor) const { return type(c.clang_getCursorType(cursor)); }
  [[nodiscard]] bool is_reference(CXType type) const;

  /// A struct or class whose members are worth naming one by one: no union, none of the system's.
  [[nodiscard]] bool is_plain_record(CXType type) const;
  /// Its scalar, array, pointer and container members, members of members included: path ("a.b") and type.
  [[nodiscard]] std::vector<std::pair<std::string, CXType>> leaves(CXType record) const;
  [[nodiscard]] std::vector<CXCursor> fields(CXType record) const;

 private:
  CXTranslationUnit unit_;
  CXFile main_;
  std::string shown_;

  [[nodiscard]] std::string template_arguments(CXCursor declaration) const;
  [[nodiscard]] Type record_type(CXType type) const;
  [[nodiscard]] std::optional<Type> library_type(CXType type) const;
};

}  // namespace costscan::source::front
