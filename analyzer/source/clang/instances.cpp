#include "source/clang/instances.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <regex>
#include <set>

#include "source/clang/unit.hpp"

namespace costscan::source::front {
namespace {

constexpr int assumed_number = 16;  // for a template's integer parameter

bool is_function(CXCursorKind kind) {
  return kind == CXCursor_FunctionDecl || kind == CXCursor_CXXMethod || kind == CXCursor_ConversionFunction ||
         kind == CXCursor_Constructor;
}

/// The arguments that a template gets where nothing in the file gives it any: as text, and as an assumption.
struct Assumed {
  std::string arguments;
  std::string text;
};

Assumed assume_arguments(const Ast& ast, CXCursor pattern) {
  Assumed out;
  const auto add = [&](const std::string& name, const std::string& value) {
    out.arguments += (out.arguments.empty() ? "" : ", ") + value;
    out.text += (out.text.empty() ? "" : ", ") + name + " = " + value;
  };
  for (const CXCursor& child : ast.children(pattern)) {
    const CXCursorKind kind = ast.kind(child);
    if (kind != CXCursor_TemplateTypeParameter && kind != CXCursor_NonTypeTemplateParameter) continue;
    bool usual = false;
    bool pack = false;
    for (const auto& [offset, token] : ast.tokens(child)) {
      usual = usual || token == "=";
      pack = pack || token == "...";
    }
    if (usual || pack) break;  // it has a default, or may be empty
    const bool is_type = kind == CXCursor_TemplateTypeParameter;
    const std::string value = is_type ? "float" : std::to_string(assumed_number);
    add(ast.spelling(child), value);
  }
  // `void f(auto x)` is a template whose parameters have no declarations of their own.
  for (const CXCursor& parameter : parameters_of(ast, pattern)) {
    for (const auto& [offset, token] : ast.tokens(parameter)) {
      if (token == "auto") add("auto " + ast.spelling(parameter), "float");
    }
  }
  return out;
}

class Finder {
 public:
  explicit Finder(const Ast& ast) : ast_(ast) {}

  std::vector<CXCursor> plain;                          ///< functions that are no templates
  std::vector<std::pair<CXCursor, CXCursor>> patterns;  ///< pattern, and the class template it belongs to (or null)
  std::map<DeclKey, std::vector<CXCursor>> instances;   ///< by the pattern
  std::map<DeclKey, std::string> assumed;               ///< instance → assumption

  void walk(CXCursor cursor, CXCursor class_template) {
    for (const CXCursor& child : ast_.children(cursor)) {
      if (!ast_.in_main_file(child)) continue;
      const CXCursorKind kind = ast_.kind(child);
      switch (kind) {
        case CXCursor_Namespace:
        case CXCursor_LinkageSpec:
        case CXCursor_UnexposedDecl:  // extern "C" in older versions
        case CXCursor_StructDecl:
        case CXCursor_ClassDecl:
        case CXCursor_UnionDecl: walk(child, class_template); break;
        case CXCursor_ClassTemplate: walk(child, child); break;
        case CXCursor_ClassTemplatePartialSpecialization: break;  // what is used of it is found by its uses
        case CXCursor_FunctionTemplate:
          if (has_body(child)) patterns.emplace_back(child, class_template);
          break;
        default:
          if (is_function(kind) && has_body(child)) add(child, class_template);
      }
    }
  }

  /// Instantiations named below `cursor`, and in turn below these.
  void collect(CXCursor cursor) {
    for (const CXCursor& child : ast_.children(cursor)) {
      const CXCursorKind kind = ast_.kind(child);
      if (kind == CXCursor_CallExpr || kind == CXCursor_DeclRefExpr || kind == CXCursor_MemberRefExpr) {
        add_instance(ast_.referenced(child), {});
      }
      collect(child);
    }
  }

  void add_instance(CXCursor function, const std::string& assumption) {
    if (!is_function(ast_.kind(function)) || ast_.in_system_header(function)) return;
    const CXCursor pattern = ast_.c.clang_getSpecializedCursorTemplate(function);
    if (ast_.c.clang_Cursor_isNull(pattern) != 0 || !seen_.insert(ast_.key(function)).second) return;
    CXCursor definition = ast_.c.clang_getCursorDefinition(function);
    if (ast_.c.clang_Cursor_isNull(definition) != 0) definition = function;
    if (!has_body(definition)) return;
    instances[ast_.key(pattern)].push_back(definition);
    if (!assumption.empty()) assumed[ast_.key(definition)] = assumption;
    collect(definition);
  }

 private:
  const Ast& ast_;
  std::set<DeclKey> seen_;

  bool has_body(CXCursor function) const { return ast_.c.clang_Cursor_isNull(body_of(ast_, function)) == 0; }

  void add(CXCursor function, CXCursor class_template) {
    const bool constructor = ast_.kind(function) == CXCursor_Constructor;
    if (constructor && ast_.children(body_of(ast_, function)).empty()) return;
    CXCursor owner = class_template;
    const CXCursor parent = ast_.c.clang_getCursorSemanticParent(function);
    if (ast_.kind(parent) == CXCursor_ClassTemplate) owner = parent;  // defined outside its class
    if (ast_.kind(parent) == CXCursor_ClassTemplatePartialSpecialization) return;
    if (ast_.c.clang_Cursor_isNull(owner) != 0) {
      plain.push_back(function);
    } else if (!constructor) {
      patterns.emplace_back(function, owner);
    }
  }
};

}  // namespace

FoundFunctions find_functions(const Ast& ast, const std::map<std::string, std::string>& requested) {
  Finder finder(ast);
  const CXCursor none = ast.c.clang_getNullCursor();
  const CXCursor root = ast.c.clang_getTranslationUnitCursor(ast.unit());
  finder.walk(root, none);
  // All of the file, so that globals' initialisers count as uses; templates' own bodies name no instantiations.
  for (const CXCursor& child : ast.children(root)) {
    if (ast.in_main_file(child)) finder.collect(child);
  }
  for (const CXCursor& child : ast.children(root)) {
    const auto wanted = ast.kind(child) == CXCursor_VarDecl ? requested.find(ast.spelling(child)) : requested.end();
    if (wanted == requested.end()) continue;
    const auto name = [&](const auto& self, CXCursor at) -> void {
      if (ast.kind(at) == CXCursor_DeclRefExpr) finder.add_instance(ast.referenced(at), wanted->second);
      for (const CXCursor& each : ast.children(at)) self(self, each);
    };
    name(name, child);
  }
  FoundFunctions out;
  out.definitions = finder.plain;
  out.assumptions = finder.assumed;
  for (const auto& [pattern, owner] : finder.patterns) {
    auto found = finder.instances.find(ast.key(pattern));
    if (found != finder.instances.end()) {
      // What the file itself asks for makes assumptions needless.
      const auto is_assumed = [&](const CXCursor& each) { return finder.assumed.contains(ast.key(each)); };
      if (!std::ranges::all_of(found->second, is_assumed)) std::erase_if(found->second, is_assumed);
      out.definitions.insert(out.definitions.end(), found->second.begin(), found->second.end());
      continue;
    }
    Uninstantiated missing;
    missing.pattern = pattern;
    missing.name = ast.qualified_name(pattern, false);
    std::string text;
    const bool own = ast.kind(pattern) == CXCursor_FunctionTemplate;
    if (ast.c.clang_Cursor_isNull(owner) == 0) {
      const Assumed of_class = assume_arguments(ast, owner);
      missing.expression =
          fmt::format("{}<{}>::{}", ast.qualified_name(owner, false), of_class.arguments, ast.spelling(pattern));
      text = of_class.text;
    } else {
      missing.expression = missing.name;
    }
    if (own) {
      const Assumed of_function = assume_arguments(ast, pattern);
      missing.expression += "<" + of_function.arguments + ">";
      text += (text.empty() || of_function.text.empty() ? "" : ", ") + of_function.text;
    }
    missing.assumption =
        (text.empty() ? "default arguments" : text) + ": the template is not instantiated in this file";
    out.uninstantiated.push_back(std::move(missing));
  }
  return out;
}

namespace {

/// The namespace, with trailing ::, that encloses an offset of the main file.
std::string namespace_at(const Ast& ast, CXCursor cursor, unsigned offset) {
  for (const CXCursor& child : ast.children(cursor)) {
    const CXCursorKind kind = ast.kind(child);
    if ((kind != CXCursor_Namespace && kind != CXCursor_LinkageSpec) || !ast.in_main_file(child)) continue;
    if (ast.start(child) > offset || ast.end(child) < offset) continue;
    const std::string name = ast.spelling(child);
    const bool named = kind == CXCursor_Namespace && !name.empty() && ast.c.clang_Cursor_isAnonymous(child) == 0;
    return (named ? name + "::" : std::string()) + namespace_at(ast, child, offset);
  }
  return {};
}

}  // namespace

std::vector<std::string> explicit_instantiations(const Ast& ast) {
  std::vector<std::string> out;
  const CXCursor root = ast.c.clang_getTranslationUnitCursor(ast.unit());
  std::string text;
  for (const CXCursor& child : ast.children(root)) {
    if (ast.in_main_file(child)) {
      text = ast.file_text(child);
      break;
    }
  }
  static const std::regex form(
      R"(\btemplate\s+([^<;{}()#"'/][^;{}()#"'/]*?[\s*&])((?:\w+::)*\w+\s*(?:<[^;{}()]*>)?)\s*\(([^;{}]*)\)[^;{}()]*;)");
  for (std::sregex_iterator match(text.begin(), text.end(), form), last; match != last; ++match) {
    const std::string scope = namespace_at(ast, root, static_cast<unsigned>(match->position()));
    // Types are looked up where the instantiation stands.
    const std::string open = scope.empty() ? "" : fmt::format("using namespace {};", scope.substr(0, scope.size() - 2));
    out.push_back(fmt::format("{} auto {{}} = static_cast<{} (*)({})>(&{}{});", open, (*match)[1].str(),
                              (*match)[3].str(), scope, (*match)[2].str()));
  }
  for (std::string& each : out) std::ranges::replace(each, '\n', ' ');
  return out;
}

}  // namespace costscan::source::front
