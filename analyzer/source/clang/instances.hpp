// Which functions a file defines, templates by the instantiations that the file uses.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "source/clang/ast.hpp"

namespace costscan::source::front {

/// A template, or a method of a class template, that nothing in the file instantiates.
struct Uninstantiated {
  CXCursor pattern{};
  std::string name;        ///< qualified, without arguments
  std::string expression;  ///< names an instantiation with assumed arguments: "ns::scale<float, 16>"
  std::string assumption;  ///< "T = float, N = 16: ..."
};

struct FoundFunctions {
  std::vector<CXCursor> definitions;           ///< in the file's order, instantiations at their template's place
  std::map<DeclKey, std::string> assumptions;  ///< of instantiations that were assumed
  std::vector<Uninstantiated> uninstantiated;
};

/// `requested`: the variables of an added file that name instantiations; the text of each one's assumption, by name.
[[nodiscard]] FoundFunctions find_functions(const Ast& ast, const std::map<std::string, std::string>& requested);

/// Explicit instantiations in the file's text, as expressions that name them: libclang does not show them.
[[nodiscard]] std::vector<std::string> explicit_instantiations(const Ast& ast);

}  // namespace costscan::source::front
