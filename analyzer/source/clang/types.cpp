// libclang's types as the program's.
#include <algorithm>
#include <array>

#include "source/clang/ast.hpp"

namespace costscan::source::front {
namespace {

constexpr int bits_per_byte = 8;
constexpr int deepest_record =
    8;  // a struct in a struct in ...; a cycle cannot pass by value, so this only bounds work

bool is_signed(CXTypeKind kind) {
  constexpr std::array kinds{CXType_Char_S, CXType_SChar, CXType_WChar,    CXType_Short,
                             CXType_Int,    CXType_Long,  CXType_LongLong, CXType_Int128};
  return std::ranges::find(kinds, kind) != kinds.end();
}

bool is_unsigned(CXTypeKind kind) {
  constexpr std::array kinds{CXType_Char_U, CXType_UChar, CXType_Char16,    CXType_Char32, CXType_UShort,
                             CXType_UInt,   CXType_ULong, CXType_ULongLong, CXType_UInt128};
  return std::ranges::find(kinds, kind) != kinds.end();
}

bool is_floating(CXTypeKind kind) {
  constexpr std::array kinds{CXType_Float, CXType_Double,  CXType_LongDouble, CXType_Float128,
                             CXType_Half,  CXType_Float16, CXType_BFloat16,   CXType_Ibm128};
  return std::ranges::find(kinds, kind) != kinds.end();
}

std::shared_ptr<const Type> shared(Type type) { return std::make_shared<const Type>(std::move(type)); }

/// T[N] of T, where T may itself be an array.
Type array_of(Type element, std::int64_t extent) {
  Type out;
  out.kind = TypeKind::array;
  out.extents.push_back(extent);
  if (element.kind == TypeKind::array) {
    out.extents.insert(out.extents.end(), element.extents.begin(), element.extents.end());
    out.element = element.element;
  } else {
    out.element = shared(std::move(element));
  }
  return out;
}

}  // namespace

CXType Ast::plain_type(CXType type) const {
  return c.clang_getUnqualifiedType(
      c.clang_getCanonicalType(c.clang_getNonReferenceType(c.clang_getCanonicalType(type))));
}

bool Ast::is_reference(CXType type) const {
  const CXTypeKind kind = c.clang_getCanonicalType(type).kind;
  return kind == CXType_LValueReference || kind == CXType_RValueReference;
}

Type Ast::type(CXType written) const {
  const CXType plain = plain_type(written);
  Type out;
  // Only of scalars: libclang crashes when asked for the size of some types that depend on template parameters.
  const auto width = [&] {
    const long long size = c.clang_Type_getSizeOf(plain);
    return size > 0 && size <= 64 ? static_cast<int>(size) * bits_per_byte : 0;
  };
  if (plain.kind == CXType_Void) {
    out.kind = TypeKind::none;
  } else if (plain.kind == CXType_Bool) {
    out.kind = TypeKind::boolean;
    out.bits = width();
  } else if (is_signed(plain.kind) || is_unsigned(plain.kind)) {
    out.kind = TypeKind::integer;
    out.is_signed = is_signed(plain.kind);
    out.bits = width();
  } else if (is_floating(plain.kind)) {
    out.kind = TypeKind::floating;
    out.bits = width();
  } else if (plain.kind == CXType_Enum) {
    out = type(c.clang_getEnumDeclIntegerType(c.clang_getTypeDeclaration(plain)));
  } else if (plain.kind == CXType_Complex) {  // C's: a register of its two parts, as std::complex
    out = type(c.clang_getElementType(plain));
    out.lanes = 2;
  } else if (plain.kind == CXType_Vector || plain.kind == CXType_ExtVector) {
    out = type(c.clang_getElementType(plain));
    out.lanes = static_cast<int>(c.clang_getNumElements(plain));
  } else if (plain.kind == CXType_Pointer) {
    const CXType pointee = c.clang_getPointeeType(plain);
    const CXTypeKind pointee_kind = c.clang_getCanonicalType(pointee).kind;
    const bool function = pointee_kind == CXType_FunctionProto || pointee_kind == CXType_FunctionNoProto;
    out.kind = function ? TypeKind::opaque : TypeKind::pointer;
    if (!function) out.element = shared(type(pointee));
  } else if (plain.kind == CXType_NullPtr) {
    out.kind = TypeKind::pointer;
    out.element = shared(Type{});
  } else if (plain.kind == CXType_ConstantArray) {
    out = array_of(type(c.clang_getElementType(plain)), c.clang_getNumElements(plain));
  } else if (plain.kind == CXType_VariableArray || plain.kind == CXType_IncompleteArray) {
    out = array_of(type(c.clang_getElementType(plain)), unknown_extent);
  } else if (plain.kind == CXType_Record) {
    out = record_type(plain);
  } else {
    // libclang has no kind for __bf16 on some versions.
    const bool half = take(c.clang_getTypeSpelling(plain)) == "__bf16";
    out.kind = half ? TypeKind::floating : TypeKind::opaque;
    if (half) out.bits = width();
  }
  out.name = take(c.clang_getTypeSpelling(c.clang_getUnqualifiedType(c.clang_getNonReferenceType(written))));
  return out;
}

Type Ast::record_type(CXType plain) const {
  if (auto known = library_type(plain)) return *known;
  Type out;
  out.kind = is_plain_record(plain) ? TypeKind::record : TypeKind::opaque;
  return out;
}

std::optional<Type> Ast::library_type(CXType plain) const {
  const CXCursor declaration = c.clang_getTypeDeclaration(plain);
  if (!in_system_header(declaration)) return std::nullopt;
  const std::string name = qualified_name(declaration, false);
  const auto argument = [&] { return type(c.clang_Type_getTemplateArgumentAsType(plain, 0)); };
  constexpr std::array containers{
      "std::vector",           "std::span", "std::deque", "std::valarray", "std::initializer_list", "std::basic_string",
      "std::basic_string_view"};
  if (std::ranges::find(containers, name) != containers.end()) {
    Type out;
    out.kind = TypeKind::container;
    out.element = shared(argument());
    return out;
  }
  if (name == "std::array") return array_of(argument(), c.clang_Cursor_getTemplateArgumentValue(declaration, 1));
  // Iterators over contiguous memory are pointers by another name.
  if (name == "__gnu_cxx::__normal_iterator" || name == "std::__wrap_iter") return argument();
  if (name == "std::complex") {  // a register of its two parts
    Type out = argument();
    out.lanes = 2;
    return out;
  }
  if (name == "std::unique_ptr" || name == "std::shared_ptr") {
    Type pointee = argument();
    const bool array = pointee.kind == TypeKind::array;
    Type out;
    out.kind = array ? TypeKind::container : TypeKind::pointer;
    out.element = array ? pointee.element : shared(std::move(pointee));
    return out;
  }
  return std::nullopt;
}

bool Ast::is_plain_record(CXType written) const {
  const CXType plain = plain_type(written);
  if (plain.kind != CXType_Record) return false;
  const CXCursor declaration = c.clang_getTypeDeclaration(plain);
  return kind(declaration) != CXCursor_UnionDecl && !in_system_header(declaration) &&
         c.clang_Type_getSizeOf(plain) >= 0;
}

std::vector<std::pair<std::string, CXType>> Ast::leaves(CXType record) const {
  struct Level {
    std::string prefix;
    CXType type;
    int depth;
  };
  std::vector<std::pair<std::string, CXType>> out;
  const auto walk = [&](const auto& self, const Level& level) -> void {
    const CXCursor declaration = c.clang_getTypeDeclaration(plain_type(level.type));
    for (const CXCursor& child : children(declaration)) {
      if (kind(child) == CXCursor_CXXBaseSpecifier)
        self(self, {level.prefix, c.clang_getCursorType(child), level.depth + 1});
    }
    for (const CXCursor& field : fields(level.type)) {
      const CXType type = c.clang_getCursorType(field);
      const std::string path = level.prefix + spelling(field);
      if (is_plain_record(type) && level.depth < deepest_record) {
        self(self, {path + ".", type, level.depth + 1});
      } else {
        out.emplace_back(path, type);
      }
    }
  };
  walk(walk, {"", record, 0});
  return out;
}

}  // namespace costscan::source::front
