// Expressions of numbers, pointers and arrays.
#include <algorithm>
#include <array>

#include "source/clang/lowering.hpp"

namespace costscan::source::front {
namespace {

constexpr int deepest_expression = 256;  // as deep as clang lets brackets nest; what reads the program recurses too

bool is_cast(CXCursorKind kind) {
  constexpr std::array kinds{CXCursor_CStyleCastExpr,   CXCursor_CXXStaticCastExpr,     CXCursor_CXXReinterpretCastExpr,
                             CXCursor_CXXConstCastExpr, CXCursor_CXXFunctionalCastExpr, CXCursor_CXXAddrspaceCastExpr};
  return std::ranges::find(kinds, kind) != kinds.end();
}

/// What the user calls an expression that is not understood.
std::string name_of_unsupported(CXCursorKind kind) {
  switch (kind) {
    case CXCursor_CXXThrowExpr: return "throw";
    case CXCursor_CXXNewExpr: return "new";
    case CXCursor_CXXDynamicCastExpr: return "dynamic_cast";
    case CXCursor_CXXTypeidExpr: return "typeid";
    case CXCursor_AddrLabelExpr: return "address of a label";
    default: return {};
  }
}

}  // namespace

Expr Lowering::unsupported(CXCursor cursor, std::string what) {
  Expr out = make(ExprKind::unsupported, ast_.type(cursor), ast_.location(cursor));
  out.name = what;
  unit_.add_unsupported(out.at, std::move(what), id_);
  return out;
}

std::vector<CXCursor> Lowering::expression_children(CXCursor cursor) const {
  std::vector<CXCursor> out;
  for (const CXCursor& child : ast_.children(cursor)) {
    if (ast_.c.clang_isExpression(ast_.kind(child)) != 0) out.push_back(child);
  }
  return out;
}

std::vector<Expr> Lowering::inner_expressions(CXCursor cursor) {
  std::vector<Expr> out;
  for (const CXCursor& child : expression_children(cursor)) out.push_back(expression(child));
  return out;
}

Expr Lowering::expression(CXCursor cursor) {
  if (depth_ >= deepest_expression) return unsupported(cursor, "expression nested too deeply");
  ++depth_;
  Expr out = expression_of_kind(cursor);
  --depth_;
  return out;
}

Expr Lowering::expression_of_kind(CXCursor cursor) {
  const CXCursorKind kind = ast_.kind(cursor);
  const Location at = ast_.location(cursor);
  if (is_cast(kind)) return cast(cursor);
  switch (kind) {
    case CXCursor_ParenExpr: {
      const std::vector<CXCursor> inner = expression_children(cursor);
      return inner.empty() ? unsupported(cursor, ast_.text(cursor)) : expression(inner.front());
    }
    case CXCursor_UnexposedExpr: return unexposed(cursor);
    case CXCursor_IntegerLiteral:
    case CXCursor_CharacterLiteral:
    case CXCursor_CXXBoolLiteralExpr:
    case CXCursor_UnaryExpr:  // sizeof, alignof
    case CXCursor_SizeOfPackExpr:
    case CXCursor_ConceptSpecializationExpr:
    case CXCursor_RequiresExpr: {
      const auto value = ast_.integer(cursor);
      return value ? make_integer(*value, ast_.type(cursor), at) : unsupported(cursor, "size that is no constant");
    }
    case CXCursor_FloatingLiteral: {
      Expr out = make(ExprKind::floating_literal, ast_.type(cursor), at);
      const auto value = ast_.real(cursor);
      if (!value) return unsupported(cursor, ast_.text(cursor));
      out.real = *value;
      return out;
    }
    case CXCursor_ImaginaryLiteral: return make(ExprKind::floating_literal, ast_.type(cursor), at);  // I
    case CXCursor_CXXNullPtrLiteralExpr:
    case CXCursor_GNUNullExpr: return make_integer(0, ast_.type(cursor), at);
    case CXCursor_StringLiteral: {
      Expr out = make(ExprKind::string_literal, ast_.type(cursor), at);
      out.name = ast_.spelling(cursor);
      return out;
    }
    case CXCursor_DeclRefExpr: return reference(cursor);
    case CXCursor_MemberRefExpr: return as_value(object(cursor), cursor);
    case CXCursor_ArraySubscriptExpr: return subscript(cursor);
    case CXCursor_UnaryOperator: return unary(cursor);
    case CXCursor_BinaryOperator:
    case CXCursor_CompoundAssignOperator: return binary(cursor);
    case CXCursor_ConditionalOperator: return conditional(cursor);
    case CXCursor_CallExpr: return call(cursor);
    case CXCursor_InitListExpr:
    case CXCursor_CXXParenListInitExpr: return initialiser_list(cursor);
    case CXCursor_CompoundLiteralExpr: {
      const std::vector<CXCursor> inner = expression_children(cursor);
      return inner.empty() ? unsupported(cursor, ast_.text(cursor)) : expression(inner.back());
    }
    case CXCursor_GenericSelectionExpr: return generic_selection(cursor);
    case CXCursor_CXXDeleteExpr: {  // frees memory, or ends an object whose end costs nothing that is counted
      const std::vector<CXCursor> inner = expression_children(cursor);
      const bool plain =
          !inner.empty() && !ast_.is_plain_record(ast_.c.clang_getPointeeType(ast_.plain_type(inner[0])));
      return plain ? make_integer(0, int_type(), at) : unsupported(cursor, "delete");
    }
    case CXCursor_StmtExpr: return statement_expression(cursor);
    case CXCursor_CXXThisExpr: return as_value(object(cursor), cursor);
    case CXCursor_LambdaExpr: return unsupported(cursor, "lambda used as a value");
    default: break;
  }
  std::string what = name_of_unsupported(kind);
  if (what.empty()) what = ast_.take(ast_.c.clang_getCursorKindSpelling(kind)) + ": " + ast_.text(cursor);
  return unsupported(cursor, std::move(what));
}

/// Implicit conversions and temporaries have no kind of their own: they cover exactly what they convert.
Expr Lowering::unexposed(CXCursor cursor) {
  const std::vector<CXCursor> inner = expression_children(cursor);
  const Location at = ast_.location(cursor);
  if (inner.size() == 1) {
    // a != b where only == is defined.
    if (ast_.c.clang_getCursorBinaryOperatorKind(cursor) == CXBinaryOperator_NE) {
      Expr same = expression(inner.front());
      const bool negated = same.kind == ExprKind::unary && same.op == Operator::logical_not;
      if (negated && same.args.front().kind == ExprKind::binary && same.args.front().op == Operator::equal) {
        Expr out = std::move(same.args.front());
        out.op = Operator::not_equal;
        return out;
      }
      return same;
    }
    if (auto ordered = ordering(cursor, inner.front())) return *ordered;
    const bool covers = ast_.start(cursor) == ast_.start(inner.front()) && ast_.end(cursor) == ast_.end(inner.front());
    if (covers) return converted(expression(inner.front()), ast_.type(cursor), at);
  }
  if (const auto value = ast_.integer(cursor)) return make_integer(*value, ast_.type(cursor), at);
  if (const auto value = ast_.real(cursor)) {
    Expr out = make(ExprKind::floating_literal, ast_.type(cursor), at);
    out.real = *value;
    return out;
  }
  // C's designators: .member = value is taken apart where the record is known; [index] = value counts as its value.
  if (inner.size() == 2 && ast_.text(cursor).starts_with("[")) return expression(inner.back());
  // __builtin_convertvector, swizzles and shuffles rearrange the lanes of a register.
  const Type type = ast_.type(cursor);
  if (inner.size() == 1 && (type.lanes > 1 || ast_.type(inner.front()).lanes > 1)) {
    return make(ExprKind::convert, type, at, inner_expressions(cursor));
  }
  if (type.lanes > 1 && ast_.text(cursor).starts_with("__builtin_shufflevector")) {
    return make(ExprKind::list, type, at, inner_expressions(cursor));
  }
  if (inner.size() == 1 && type.kind != TypeKind::none && ast_.text(cursor).starts_with("{")) {
    return converted(expression(inner.front()), type, at);  // float x{y}
  }
  return unsupported(cursor, "expression not known to libclang: " + ast_.text(cursor));
}

Expr Lowering::reference(CXCursor cursor) {
  const CXCursor declaration = ast_.referenced(cursor);
  const CXCursorKind kind = ast_.kind(declaration);
  const Location at = ast_.location(cursor);
  const Type type = ast_.type(cursor);
  if (kind == CXCursor_EnumConstantDecl) {
    Expr out = make_integer(ast_.c.clang_getEnumConstantDeclValue(declaration), type, at);
    out.name = ast_.spelling(declaration);
    return out;
  }
  if (kind == CXCursor_FunctionDecl || kind == CXCursor_CXXMethod) {
    return unsupported(cursor, "function used as a value: " + ast_.spelling(cursor));
  }
  const bool variable = kind == CXCursor_VarDecl || kind == CXCursor_ParmDecl;
  const CXType canonical = ast_.c.clang_getCanonicalType(ast_.c.clang_getCursorType(cursor));
  const bool number =
      type.kind == TypeKind::integer || type.kind == TypeKind::boolean || type.kind == TypeKind::floating;
  if (type.lanes == 1 && number && (!variable || ast_.c.clang_isConstQualifiedType(canonical) != 0)) {
    const bool floating = type.kind == TypeKind::floating;
    const auto value = floating ? std::nullopt : ast_.integer(cursor);
    const auto real = floating ? ast_.real(cursor) : std::nullopt;
    Expr out = make(floating ? ExprKind::floating_literal : ExprKind::integer_literal, type, at);
    out.integer = value.value_or(0);
    out.real = real.value_or(0);
    out.name = ast_.spelling(cursor);
    if (value || real) return out;
  }
  const bool bound = bound_.contains(ast_.key(declaration));  // structured bindings have no kind of their own
  if (!variable && !bound) return unsupported(cursor, "name of an unknown kind: " + ast_.text(cursor));
  return as_value(object(cursor), cursor);
}

Expr Lowering::subscript(CXCursor cursor) {
  std::vector<Expr> args = inner_expressions(cursor);
  if (args.size() != 2) return unsupported(cursor, ast_.text(cursor));
  // C's 3[x].
  if (args[0].type.kind == TypeKind::integer && args[0].type.lanes == 1) std::swap(args[0], args[1]);
  return make(ExprKind::subscript, ast_.type(cursor), ast_.location(cursor), std::move(args));
}

Expr Lowering::conditional(CXCursor cursor) {
  const std::vector<CXCursor> inner = expression_children(cursor);
  if (inner.size() != 3) return unsupported(cursor, ast_.text(cursor));
  std::vector<Expr> args;
  args.push_back(expression(inner[0]));
  if (args[0].text.empty()) args[0].text = ast_.text(inner[0]);
  std::vector<Stmt>* outer = std::exchange(prelude_, nullptr);
  args.push_back(expression(inner[1]));
  args.push_back(expression(inner[2]));
  prelude_ = outer;
  Expr out = make(ExprKind::conditional, ast_.type(cursor), ast_.location(cursor), std::move(args));
  out.text = ast_.text(cursor);
  return out;
}

Expr Lowering::cast(CXCursor cursor) {
  const std::vector<CXCursor> inner = expression_children(cursor);
  if (inner.empty()) {  // T()
    if (const auto value = ast_.integer(cursor)) return make_integer(*value, ast_.type(cursor), ast_.location(cursor));
    return unsupported(cursor, ast_.text(cursor));
  }
  return converted(expression(inner.back()), ast_.type(cursor), ast_.location(cursor));
}

Expr Lowering::initialiser_list(CXCursor cursor) {
  const Type type = ast_.type(cursor);
  const Location at = ast_.location(cursor);
  if (type.kind == TypeKind::record) return as_value(object(cursor), cursor);
  std::vector<Expr> args = inner_expressions(cursor);
  const bool many = type.lanes > 1 || type.kind == TypeKind::array || type.kind == TypeKind::container;
  if (many) return make(ExprKind::list, type, at, std::move(args));
  if (args.size() == 1) return converted(std::move(args.front()), type, at);
  if (args.empty()) return converted(make_integer(0, int_type(), at), type, at);
  return unsupported(cursor, ast_.text(cursor));
}

/// C's _Generic: libclang does not say which branch is taken, but its type mostly does.
Expr Lowering::generic_selection(CXCursor cursor) {
  const Location at = ast_.location(cursor);
  std::vector<CXCursor> inner = expression_children(cursor);
  if (!inner.empty()) inner.erase(inner.begin());  // what the choice is made by is not evaluated
  if (const auto value = ast_.integer(cursor)) return make_integer(*value, ast_.type(cursor), at);
  if (const auto value = ast_.real(cursor)) {
    Expr out = make(ExprKind::floating_literal, ast_.type(cursor), at);
    out.real = *value;
    return out;
  }
  const auto type_name = [&](CXCursor each) { return ast_.take(ast_.c.clang_getTypeSpelling(ast_.plain_type(each))); };
  std::erase_if(inner, [&](const CXCursor& each) { return type_name(each) != type_name(cursor); });
  return inner.size() == 1 ? expression(inner.front()) : unsupported(cursor, "_Generic: " + ast_.text(cursor));
}

/// GNU's ({ ...; value; }): what comes before the value runs before the statement that it stands in.
Expr Lowering::statement_expression(CXCursor cursor) {
  const std::vector<CXCursor> inner = ast_.children(cursor);
  const std::vector<CXCursor> parts = inner.size() == 1 ? ast_.children(inner.front()) : std::vector<CXCursor>();
  if (parts.empty() || ast_.c.clang_isExpression(ast_.kind(parts.back())) == 0) {
    return unsupported(cursor, "statement expression without a value");
  }
  if (prelude_ == nullptr && parts.size() > 1) {
    return unsupported(cursor, "statement expression inside a condition or a branch");
  }
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    std::vector<Stmt>* outer = prelude_;
    statement(parts[i], *outer);
    prelude_ = outer;
  }
  return expression(parts.back());
}

}  // namespace costscan::source::front
