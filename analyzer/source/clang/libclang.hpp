// libclang's C interface, loaded at run time: the library is large, and only `costscan source` needs it.
#pragma once

#include <clang-c/CXCompilationDatabase.h>
#include <clang-c/Index.h>

#include <filesystem>
#include <memory>
#include <string>

#include "model/result.hpp"

// The functions used. Types come from the headers, so that a wrong call does not compile.
#define COSTSCAN_LIBCLANG_FUNCTIONS(X)            \
  X(clang_createIndex)                            \
  X(clang_disposeIndex)                           \
  X(clang_parseTranslationUnit2FullArgv)          \
  X(clang_disposeTranslationUnit)                 \
  X(clang_getTranslationUnitCursor)               \
  X(clang_getNumDiagnostics)                      \
  X(clang_getDiagnostic)                          \
  X(clang_getDiagnosticSeverity)                  \
  X(clang_getDiagnosticSpelling)                  \
  X(clang_getDiagnosticLocation)                  \
  X(clang_getChildDiagnostics)                    \
  X(clang_getNumDiagnosticsInSet)                 \
  X(clang_getDiagnosticInSet)                     \
  X(clang_disposeDiagnostic)                      \
  X(clang_getCString)                             \
  X(clang_disposeString)                          \
  X(clang_getClangVersion)                        \
  X(clang_visitChildren)                          \
  X(clang_getCursorKind)                          \
  X(clang_getCursorKindSpelling)                  \
  X(clang_getCursorSpelling)                      \
  X(clang_getCursorType)                          \
  X(clang_getCursorReferenced)                    \
  X(clang_getCursorDefinition)                    \
  X(clang_getCanonicalCursor)                     \
  X(clang_getCursorSemanticParent)                \
  X(clang_getSpecializedCursorTemplate)           \
  X(clang_getTemplateCursorKind)                  \
  X(clang_getCursorLocation)                      \
  X(clang_getCursorExtent)                        \
  X(clang_getCursorResultType)                    \
  X(clang_getCursorBinaryOperatorKind)            \
  X(clang_getCursorUnaryOperatorKind)             \
  X(clang_getNullCursor)                          \
  X(clang_equalCursors)                           \
  X(clang_hashCursor)                             \
  X(clang_Cursor_isNull)                          \
  X(clang_Cursor_isAnonymous)                     \
  X(clang_Cursor_isInlineNamespace)               \
  X(clang_Cursor_getNumArguments)                 \
  X(clang_Cursor_getArgument)                     \
  X(clang_Cursor_getNumTemplateArguments)         \
  X(clang_Cursor_getTemplateArgumentKind)         \
  X(clang_Cursor_getTemplateArgumentType)         \
  X(clang_Cursor_getTemplateArgumentValue)        \
  X(clang_Cursor_getVarDeclInitializer)           \
  X(clang_Cursor_getStorageClass)                 \
  X(clang_Cursor_hasVarDeclGlobalStorage)         \
  X(clang_Cursor_Evaluate)                        \
  X(clang_EvalResult_getKind)                     \
  X(clang_EvalResult_getAsLongLong)               \
  X(clang_EvalResult_isUnsignedInt)               \
  X(clang_EvalResult_getAsUnsigned)               \
  X(clang_EvalResult_getAsDouble)                 \
  X(clang_EvalResult_dispose)                     \
  X(clang_isExpression)                           \
  X(clang_isStatement)                            \
  X(clang_isDeclaration)                          \
  X(clang_isAttribute)                            \
  X(clang_isReference)                            \
  X(clang_isCursorDefinition)                     \
  X(clang_CXXMethod_isStatic)                     \
  X(clang_CXXMethod_isVirtual)                    \
  X(clang_CXXMethod_isDefaulted)                  \
  X(clang_getEnumConstantDeclValue)               \
  X(clang_getCanonicalType)                       \
  X(clang_getUnqualifiedType)                     \
  X(clang_getNonReferenceType)                    \
  X(clang_getPointeeType)                         \
  X(clang_getResultType)                          \
  X(clang_getElementType)                         \
  X(clang_getNumElements)                         \
  X(clang_getEnumDeclIntegerType)                 \
  X(clang_getTypeDeclaration)                     \
  X(clang_getTypeSpelling)                        \
  X(clang_isConstQualifiedType)                   \
  X(clang_Type_getSizeOf)                         \
  X(clang_Type_getNumTemplateArguments)           \
  X(clang_Type_getTemplateArgumentAsType)         \
  X(clang_Type_visitFields)                       \
  X(clang_Location_isInSystemHeader)              \
  X(clang_getExpansionLocation)                   \
  X(clang_getSpellingLocation)                    \
  X(clang_getRangeStart)                          \
  X(clang_getRangeEnd)                            \
  X(clang_getRange)                               \
  X(clang_getLocationForOffset)                   \
  X(clang_tokenize)                               \
  X(clang_disposeTokens)                          \
  X(clang_getTokenKind)                           \
  X(clang_getTokenSpelling)                       \
  X(clang_getTokenLocation)                       \
  X(clang_getTokenExtent)                         \
  X(clang_getFile)                                \
  X(clang_getFileName)                            \
  X(clang_getFileContents)                        \
  X(clang_File_isEqual)                           \
  X(clang_CompilationDatabase_fromDirectory)      \
  X(clang_CompilationDatabase_dispose)            \
  X(clang_CompilationDatabase_getCompileCommands) \
  X(clang_CompileCommands_dispose)                \
  X(clang_CompileCommands_getSize)                \
  X(clang_CompileCommands_getCommand)             \
  X(clang_CompileCommand_getDirectory)            \
  X(clang_CompileCommand_getNumArgs)              \
  X(clang_CompileCommand_getArg)

namespace costscan::source::front {

struct Libclang {
  // Members are called as libclang calls its functions. NOLINTBEGIN(readability-identifier-naming)
#define COSTSCAN_DECLARE(name) decltype(&::name) name = nullptr;
  COSTSCAN_LIBCLANG_FUNCTIONS(COSTSCAN_DECLARE)
#undef COSTSCAN_DECLARE
  // NOLINTEND(readability-identifier-naming)
  std::string file;       ///< as the loader names it
  std::string resources;  ///< clang's own headers (stddef.h, immintrin.h); empty: libclang looks for them itself
};

/// Loads libclang 17 or newer from `given`, else $COSTSCAN_LIBCLANG, else where it was when costscan was built, else
/// where the system keeps it. Error (input): one line that says what to install.
[[nodiscard]] Result<std::shared_ptr<const Libclang>> load_libclang(const std::filesystem::path& given);

}  // namespace costscan::source::front
