#include "source/clang/compile_flags.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

namespace costscan::source::front {
namespace {

namespace fs = std::filesystem;

constexpr const char* database_name = "compile_commands.json";

std::string take(const Libclang& c, CXString text) {
  const char* chars = c.clang_getCString(text);
  std::string out = chars == nullptr ? "" : chars;
  c.clang_disposeString(text);
  return out;
}

/// Options about outputs and diagnostics, which parsing has no use for; `follows`: with an argument of their own.
struct Dropped {
  std::string_view option;
  bool follows;
  bool prefix;
};

constexpr std::array dropped{
    Dropped{"-c", false, false},       Dropped{"-o", true, false},      Dropped{"-MF", true, false},
    Dropped{"-MT", true, false},       Dropped{"-MQ", true, false},     Dropped{"-MD", false, false},
    Dropped{"-MMD", false, false},     Dropped{"-MP", false, false},    Dropped{"-M", false, false},
    Dropped{"-MM", false, false},      Dropped{"-S", false, false},     Dropped{"-E", false, false},
    Dropped{"--", false, false},       Dropped{"-Werror", false, true}, Dropped{"-fopenmp", false, true},
    Dropped{"-fopenacc", false, true},
};

const Dropped* find_dropped(std::string_view argument) {
  const auto matches = [&](const Dropped& each) {
    return each.prefix ? argument.starts_with(each.option) : argument == each.option;
  };
  const auto found = std::ranges::find_if(dropped, matches);
  return found == dropped.end() ? nullptr : &*found;
}

std::vector<std::string> without_outputs(const std::vector<std::string>& arguments, const fs::path& directory,
                                         const fs::path& file) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& each = arguments[i];
    if (const Dropped* drop = find_dropped(each); drop != nullptr && i > 0) {
      if (drop->follows) ++i;
      continue;
    }
    std::error_code ignored;
    if (i > 0 && !each.starts_with('-') && fs::weakly_canonical(directory / each, ignored) == file) continue;
    out.push_back(each);
  }
  return out;
}

std::optional<std::vector<std::string>> from_database(const Libclang& c, CXCompilationDatabase database,
                                                      const fs::path& file) {
  CXCompileCommands commands = c.clang_CompilationDatabase_getCompileCommands(database, file.c_str());
  if (commands == nullptr) return std::nullopt;
  std::optional<std::vector<std::string>> out;
  if (c.clang_CompileCommands_getSize(commands) > 0) {
    CXCompileCommand command = c.clang_CompileCommands_getCommand(commands, 0);
    std::vector<std::string> arguments;
    const unsigned count = c.clang_CompileCommand_getNumArgs(command);
    for (unsigned i = 0; i < count; ++i) arguments.push_back(take(c, c.clang_CompileCommand_getArg(command, i)));
    const std::string directory = take(c, c.clang_CompileCommand_getDirectory(command));
    out = without_outputs(arguments, directory, file);
    if (out->empty()) out->emplace_back("clang");
    out->push_back("-working-directory=" + directory);
  }
  c.clang_CompileCommands_dispose(commands);
  return out;
}

std::optional<fs::path> find_database(const fs::path& file) {
  std::error_code ignored;
  for (fs::path folder = file.parent_path();; folder = folder.parent_path()) {
    if (fs::is_regular_file(folder / database_name, ignored)) return folder;
    if (folder == folder.parent_path()) return std::nullopt;
  }
}

/// clang prints what is wrong with a database itself; so it only gets whole ones. The reason, else nullopt.
std::optional<std::string> flaw_of(const fs::path& database) {
  std::ifstream stream(database, std::ios::binary);
  const nlohmann::json json = nlohmann::json::parse(stream, nullptr, false);
  if (json.is_discarded()) return "is not valid JSON";
  if (!json.is_array()) return "is not a list of commands";
  for (const nlohmann::json& entry : json) {
    const auto has = [&](const char* key) { return entry.contains(key) && entry[key].is_string(); };
    const bool command =
        entry.is_object() && (has("command") || (entry.contains("arguments") && entry["arguments"].is_array()));
    if (!command || !has("directory") || !has("file")) return "has an entry without directory, file or command";
  }
  return std::nullopt;
}

std::vector<std::string> usual_command(const fs::path& file) {
  const std::string extension = file.extension().string();
  if (extension == ".c") return {"clang", "-std=gnu17"};
  std::vector<std::string> out{"clang++", "-x", "c++", "-std=gnu++20"};
  if (extension == ".cu" || extension == ".cuh") {
    // Their qualifiers change where a kernel runs, not what it costs.
    for (const char* qualifier :
         {"__global__", "__device__", "__host__", "__forceinline__", "__shared__", "__constant__"}) {
      out.push_back(fmt::format("-D{}=", qualifier));
    }
  }
  return out;
}

}  // namespace

Result<std::vector<std::string>> compile_command(const Libclang& c, const fs::path& file, const FrontOptions& options) {
  std::optional<fs::path> folder;
  std::error_code ignored;
  if (!options.compile_commands.empty()) {
    const fs::path& given = options.compile_commands;
    folder = fs::is_directory(given, ignored) ? given : given.parent_path();
    if (!fs::is_regular_file(*folder / database_name, ignored)) {
      return fail(ErrorKind::input, fmt::format("{}: has no {}; name a build folder with -p, or leave -p out",
                                                given.string(), database_name));
    }
  } else if (options.search_compile_commands) {
    folder = find_database(file);
  }
  std::vector<std::string> command;
  if (folder) {
    const auto unusable = [&](std::string_view why) {
      return fail(ErrorKind::input, fmt::format("{}: {}; write it anew, or name another folder with -p",
                                                (*folder / database_name).string(), why));
    };
    if (const auto flaw = flaw_of(*folder / database_name)) return unusable(*flaw);
    CXCompilationDatabase_Error error = CXCompilationDatabase_NoError;
    CXCompilationDatabase database = c.clang_CompilationDatabase_fromDirectory(folder->c_str(), &error);
    if (error != CXCompilationDatabase_NoError) return unusable("cannot be read as a compilation database");
    if (auto found = from_database(c, database, file)) command = std::move(*found);
    c.clang_CompilationDatabase_dispose(database);
  }
  if (command.empty()) command = usual_command(file);
  command.insert(command.end(), options.compiler_arguments.begin(), options.compiler_arguments.end());
  if (!c.resources.empty()) command.insert(command.end(), {"-resource-dir", c.resources});
  // All errors are counted; warnings are the compiler's business.
  command.insert(command.end(), {"-w", "-ferror-limit=0"});
  return command;
}

}  // namespace costscan::source::front
