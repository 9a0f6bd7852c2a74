#include "source/front.hpp"

#include <fmt/core.h>
#include <pthread.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <numeric>
#include <optional>
#include <set>

#include "source/clang/compile_flags.hpp"
#include "source/clang/instances.hpp"
#include "source/clang/libclang.hpp"
#include "source/clang/lowering.hpp"
#include "source/clang/translation_unit.hpp"

namespace costscan::source {

using namespace front;

namespace {

namespace fs = std::filesystem;

constexpr int rounds_of_assuming = 3;
constexpr std::string_view given_prefix = "costscan_given_";
constexpr std::string_view assumed_prefix = "costscan_assumed_";

Result<fs::path> check_readable(const fs::path& file) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  const auto unusable = [&](std::string_view why) {
    return fail(ErrorKind::input, fmt::format("{}: {}; name a C or C++ file", file.string(), why));
  };
  if (!fs::exists(status)) return unusable("no such file");
  if (fs::is_directory(status)) return unusable("is a folder");
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return unusable("cannot be opened for reading");
  fs::path whole = fs::weakly_canonical(file, error);
  return error ? fs::absolute(file) : whole;
}

/// A parsed file and the questions asked of it.
struct Parsed {
  TranslationUnit unit;
  std::unique_ptr<Ast> ast;
};

struct Source {
  std::shared_ptr<const Libclang> library;
  fs::path file;
  std::string shown;
  std::vector<std::string> command;
};

Result<Parsed> parse(const Source& source, const std::string& name, const std::vector<std::string>& command,
                     const std::string* contents) {
  auto unit = parse_unit(*source.library, name, command, contents);
  if (!unit) return tl::unexpected(unit.error());
  CXFile main = source.library->clang_getFile(unit->unit.get(), source.file.c_str());
  auto ast = std::make_unique<Ast>(*source.library, unit->unit.get(), main, source.shown);
  return Parsed{std::move(*unit), std::move(ast)};
}

/// A line of the file that is added to have templates instantiated.
struct Wanted {
  std::string line;        ///< with {} for the variable's name
  std::string assumption;  ///< empty where the file itself asks for the instantiation
  CXCursor pattern{};
  std::string name;
  std::string refused;  ///< why clang would not have it
};

std::vector<Wanted> wanted_instances(const Ast& ast, const FoundFunctions& found) {
  std::vector<Wanted> out;
  for (std::string& line : explicit_instantiations(ast)) out.push_back({std::move(line), {}, {}, {}, {}});
  for (const Uninstantiated& each : found.uninstantiated) {
    out.push_back({"auto {} = &" + each.expression + ";", each.assumption, each.pattern, each.name, {}});
  }
  return out;
}

/// The file with every wanted instantiation named; lines that clang refuses are left out, with the reason.
Result<Parsed> parse_with_instances(const Source& source, std::vector<Wanted>& wanted,
                                    std::map<std::string, std::string>& requested) {
  const std::string added =
      (source.file.parent_path() / ("costscan-instances" + source.file.extension().string())).string();
  std::vector<std::string> command = source.command;
  command.emplace_back("-fno-access-control");
  for (int round = 0; round < rounds_of_assuming; ++round) {
    requested.clear();
    std::string text = fmt::format("#include \"{}\"\n", source.file.string());
    std::vector<std::size_t> index_of_line{0, 0};  // lines count from 1, and the first includes the file
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (!wanted[i].refused.empty()) continue;
      const std::string name = fmt::format("{}{}", wanted[i].assumption.empty() ? given_prefix : assumed_prefix, i);
      requested[name] = wanted[i].assumption;
      std::string line = wanted[i].line;
      line.replace(line.find("{}"), 2, name);
      text += line + "\n";
      index_of_line.push_back(i);
    }
    if (requested.empty()) break;
    auto parsed = parse(source, added, command, &text);
    if (!parsed || parsed->unit.errors.empty()) return parsed;
    bool blamed = false;
    const auto blame = [&](const Diagnostic& at, const std::string& why) {
      if (at.file != added || at.line < 2 || at.line >= index_of_line.size()) return;
      wanted[index_of_line[at.line]].refused = why;
      blamed = true;
    };
    for (const Diagnostic& error : parsed->unit.errors) {
      blame(error, error.text);
      for (const Diagnostic& note : error.notes) blame(note, error.text);
    }
    if (!blamed) break;
  }
  return fail(ErrorKind::input, "no instantiation could be made");
}

/// Reports list functions in the file's order, those of headers last.
void sort_functions(Program& program) {
  std::vector<std::size_t> order(program.functions.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto place = [&](std::size_t i) {
    const Function& each = program.functions[i];
    return std::tuple(!each.listed, each.at.file, each.at.line, each.at.column, i);
  };
  std::ranges::sort(order, {}, place);
  std::vector<FunctionId> moved(order.size());
  std::vector<Function> sorted;
  for (std::size_t to = 0; to < order.size(); ++to) {
    moved[order[to]] = static_cast<FunctionId>(to);
    sorted.push_back(std::move(program.functions[order[to]]));
  }
  program.functions = std::move(sorted);
  const auto fix_expr = [&](const auto& self, Expr& expr) -> void {
    if (expr.callee != no_function) expr.callee = moved[static_cast<std::size_t>(expr.callee)];
    for (Expr& each : expr.args) self(self, each);
  };
  const auto fix = [&](const auto& self, std::vector<Stmt>& body) -> void {
    for (Stmt& stmt : body) {
      fix_expr(fix_expr, stmt.expr);
      for (Expr& each : stmt.step) fix_expr(fix_expr, each);
      self(self, stmt.init);
      self(self, stmt.body);
      self(self, stmt.otherwise);
    }
  };
  for (Function& function : program.functions) fix(fix, function.body);
  for (Unsupported& each : program.unsupported) {
    if (each.function != no_function) each.function = moved[static_cast<std::size_t>(each.function)];
  }
  std::ranges::sort(program.unsupported, {}, [](const Unsupported& each) {
    return std::tuple(each.at.file, each.at.line, each.at.column, each.what, each.function);
  });
}

Program lower(const Ast& ast, const FoundFunctions& found, const std::vector<Wanted>& wanted) {
  Unit unit(ast);
  for (const CXCursor& definition : found.definitions) {
    const FunctionId id = unit.request(definition);
    const auto assumption = found.assumptions.find(ast.key(definition));
    if (id != no_function && assumption != found.assumptions.end()) {
      unit.program.functions[static_cast<std::size_t>(id)].assumptions.push_back(assumption->second);
    }
  }
  CXCursor definition{};
  FunctionId id = no_function;
  while (unit.next(definition, id)) Lowering(unit, definition, id).run();
  std::set<std::string> told;
  for (const Uninstantiated& each : found.uninstantiated) {
    const auto refused =
        std::ranges::find_if(wanted, [&](const Wanted& w) { return w.name == each.name && !w.refused.empty(); });
    std::string what = "template " + each.name + " is not instantiated in this file";
    if (refused != wanted.end()) {
      what += ", and does not compile with " + refused->assumption.substr(0, refused->assumption.find(':')) + " either";
      // clang's word about the line that was added here would puzzle.
      if (refused->refused.find(assumed_prefix) == std::string::npos) what += ": " + refused->refused;
    }
    if (told.insert(what).second) unit.add_unsupported(ast.location(each.pattern), what, no_function);
  }
  sort_functions(unit.program);
  return std::move(unit.program);
}

Result<Program> parse_and_lower(const fs::path& file, const FrontOptions& options) {
  auto whole = check_readable(file);
  if (!whole) return tl::unexpected(whole.error());
  auto library = load_libclang(options.libclang);
  if (!library) return tl::unexpected(library.error());
  Source source{*library, *whole, file.string(), {}};
  auto command = compile_command(**library, source.file, options);
  if (!command) return tl::unexpected(command.error());
  source.command = std::move(*command);
  auto parsed = parse(source, source.file.string(), source.command, nullptr);
  if (!parsed) return tl::unexpected(parsed.error());
  if (!parsed->unit.errors.empty())
    return fail(ErrorKind::input, describe(source.file.string(), source.shown, parsed->unit.errors));
  const FoundFunctions found = find_functions(*parsed->ast, {});
  std::vector<Wanted> wanted = wanted_instances(*parsed->ast, found);
  if (wanted.empty()) return lower(*parsed->ast, found, wanted);
  std::map<std::string, std::string> requested;
  auto again = parse_with_instances(source, wanted, requested);
  if (!again) return lower(*parsed->ast, found, wanted);
  return lower(*again->ast, find_functions(*again->ast, requested), wanted);
}

struct Job {
  const fs::path* file;
  const FrontOptions* options;
  std::optional<Result<Program>> result;
  std::exception_ptr thrown;
};

void* run_job(void* data) {
  auto& job = *static_cast<Job*>(data);
  try {
    job.result = parse_and_lower(*job.file, *job.options);
  } catch (...) {  // handed over to the thread that waits
    job.thrown = std::current_exception();
  }
  return nullptr;
}

}  // namespace

Result<Program> parse_source(const fs::path& file, const FrontOptions& options) {
  // libclang's own walks recurse as deep as the source nests, without a limit: they get a stack that is deep enough for
  // what its parser lets through. Pages that are not touched cost nothing.
  constexpr std::size_t stack_bytes = std::size_t{512} << 20U;
  // Else libclang parses on a thread of its own with a small stack.
  ::setenv("LIBCLANG_NOTHREADS", "1", 0);
  Job job{&file, &options, std::nullopt, nullptr};
  pthread_attr_t attributes;
  pthread_t thread{};
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, stack_bytes);
  if (pthread_create(&thread, &attributes, run_job, &job) == 0) {
    pthread_join(thread, nullptr);
  } else {
    run_job(&job);
  }
  pthread_attr_destroy(&attributes);
  if (job.thrown != nullptr) std::rethrow_exception(job.thrown);
  return std::move(*job.result);
}

}  // namespace costscan::source
