#include "source/clang/ast.hpp"

#include <algorithm>

namespace costscan::source::front {
namespace {

constexpr std::size_t longest_text = 100;

CXChildVisitResult collect(CXCursor cursor, CXCursor /*parent*/, CXClientData data) {
  static_cast<std::vector<CXCursor>*>(data)->push_back(cursor);
  return CXChildVisit_Continue;
}

CXVisitorResult collect_field(CXCursor cursor, CXClientData data) {
  static_cast<std::vector<CXCursor>*>(data)->push_back(cursor);
  return CXVisit_Continue;
}

/// clang names a lambda by where it stands: "(lambda at kernel.cpp:3:9)".
std::string without_place(std::string type) {
  constexpr std::string_view mark = "(lambda at ";
  for (std::size_t at = type.find(mark); at != std::string::npos; at = type.find(mark)) {
    const std::size_t end = type.find(')', at);
    type.replace(at, end == std::string::npos ? std::string::npos : end + 1 - at, "lambda");
  }
  return type;
}

/// Runs of white space become one blank; cut where it is long.
std::string one_line(std::string_view text) {
  std::string out;
  for (const char each : text) {
    const bool blank = static_cast<unsigned char>(each) <= 0x20 || each == 0x7F;
    if (!blank) {
      out += each;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (out.size() <= longest_text) return out;
  std::size_t cut = longest_text;
  while (cut > 0 && (static_cast<unsigned char>(out[cut]) & 0xC0U) == 0x80U) --cut;  // whole UTF-8 characters
  return out.substr(0, cut) + "...";
}

}  // namespace

std::string Ast::take(CXString text) const {
  const char* chars = c.clang_getCString(text);
  std::string out = chars == nullptr ? "" : chars;
  c.clang_disposeString(text);
  return out;
}

std::vector<CXCursor> Ast::children(CXCursor cursor) const {
  std::vector<CXCursor> out;
  c.clang_visitChildren(cursor, collect, &out);
  return out;
}

Location Ast::location(CXSourceLocation at) const {
  CXFile file = nullptr;
  unsigned line = 0;
  unsigned column = 0;
  c.clang_getExpansionLocation(at, &file, &line, &column, nullptr);
  std::string name;
  if (file != nullptr) name = c.clang_File_isEqual(file, main_) != 0 ? shown_ : take(c.clang_getFileName(file));
  return {std::move(name), static_cast<int>(line), static_cast<int>(column)};
}

bool Ast::in_main_file(CXCursor cursor) const {
  CXFile file = nullptr;
  c.clang_getExpansionLocation(c.clang_getCursorLocation(cursor), &file, nullptr, nullptr, nullptr);
  return file != nullptr && c.clang_File_isEqual(file, main_) != 0;
}

unsigned Ast::offset(CXSourceLocation at) const {
  unsigned offset = 0;
  c.clang_getExpansionLocation(at, nullptr, nullptr, nullptr, &offset);
  return offset;
}

unsigned Ast::start(CXCursor cursor) const { return offset(c.clang_getRangeStart(c.clang_getCursorExtent(cursor))); }

unsigned Ast::end(CXCursor cursor) const { return offset(c.clang_getRangeEnd(c.clang_getCursorExtent(cursor))); }

int Ast::end_line(CXCursor cursor) const { return location(c.clang_getRangeEnd(c.clang_getCursorExtent(cursor))).line; }

bool Ast::in_system_header(CXCursor cursor) const {
  return c.clang_Location_isInSystemHeader(c.clang_getCursorLocation(cursor)) != 0;
}

std::string_view Ast::file_text(CXCursor cursor) const {
  CXFile file = nullptr;
  c.clang_getExpansionLocation(c.clang_getCursorLocation(cursor), &file, nullptr, nullptr, nullptr);
  if (file == nullptr) return {};
  std::size_t size = 0;
  const char* contents = c.clang_getFileContents(unit_, file, &size);
  return contents == nullptr ? std::string_view() : std::string_view(contents, size);
}

std::string Ast::text(CXCursor cursor) const {
  const std::string_view all = file_text(cursor);
  const unsigned from = start(cursor);
  const unsigned to = end(cursor);
  if (from >= to || to > all.size()) return spelling(cursor);
  return one_line(all.substr(from, to - from));
}

std::vector<std::pair<unsigned, std::string>> Ast::tokens(CXCursor cursor) const {
  CXToken* found = nullptr;
  unsigned count = 0;
  c.clang_tokenize(unit_, c.clang_getCursorExtent(cursor), &found, &count);
  std::vector<std::pair<unsigned, std::string>> out;
  out.reserve(count);
  for (unsigned i = 0; i < count; ++i) {
    out.emplace_back(offset(c.clang_getTokenLocation(unit_, found[i])),
                     take(c.clang_getTokenSpelling(unit_, found[i])));
  }
  c.clang_disposeTokens(unit_, found, count);
  return out;
}

std::optional<std::int64_t> Ast::integer(CXCursor expression) const {
  CXEvalResult result = c.clang_Cursor_Evaluate(expression);
  if (result == nullptr) return std::nullopt;
  std::optional<std::int64_t> value;
  if (c.clang_EvalResult_getKind(result) == CXEval_Int) value = c.clang_EvalResult_getAsLongLong(result);
  c.clang_EvalResult_dispose(result);
  return value;
}

std::optional<double> Ast::real(CXCursor expression) const {
  CXEvalResult result = c.clang_Cursor_Evaluate(expression);
  if (result == nullptr) return std::nullopt;
  std::optional<double> value;
  if (c.clang_EvalResult_getKind(result) == CXEval_Float) value = c.clang_EvalResult_getAsDouble(result);
  c.clang_EvalResult_dispose(result);
  return value;
}

std::string Ast::template_arguments(CXCursor declaration) const {
  const int count = c.clang_Cursor_getNumTemplateArguments(declaration);
  if (count <= 0) return {};
  std::string out = "<";
  for (int i = 0; i < count; ++i) {
    const auto index = static_cast<unsigned>(i);
    if (i > 0) out += ", ";
    switch (c.clang_Cursor_getTemplateArgumentKind(declaration, index)) {
      case CXTemplateArgumentKind_Type:
        out += without_place(take(c.clang_getTypeSpelling(c.clang_Cursor_getTemplateArgumentType(declaration, index))));
        break;
      case CXTemplateArgumentKind_Integral:
        out += std::to_string(c.clang_Cursor_getTemplateArgumentValue(declaration, index));
        break;
      default: out += "...";
    }
  }
  return out + ">";
}

std::string Ast::qualified_name(CXCursor declaration, bool arguments) const {
  std::vector<std::string> parts;
  for (CXCursor at = declaration; c.clang_Cursor_isNull(at) == 0 && kind(at) != CXCursor_TranslationUnit;
       at = c.clang_getCursorSemanticParent(at)) {
    const CXCursorKind what = kind(at);
    if (what == CXCursor_Namespace &&
        (c.clang_Cursor_isAnonymous(at) != 0 || c.clang_Cursor_isInlineNamespace(at) != 0)) {
      continue;
    }
    if (what == CXCursor_LinkageSpec || c.clang_isDeclaration(what) == 0) continue;
    std::string part = without_place(spelling(at));
    if (part.empty()) continue;
    if (arguments && what != CXCursor_Namespace) part += template_arguments(at);
    parts.push_back(std::move(part));
  }
  std::string out;
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) out += (out.empty() ? "" : "::") + *part;
  return out;
}

std::vector<CXCursor> Ast::fields(CXType record) const {
  std::vector<CXCursor> out;
  c.clang_Type_visitFields(plain_type(record), collect_field, &out);
  return out;
}

}  // namespace costscan::source::front
