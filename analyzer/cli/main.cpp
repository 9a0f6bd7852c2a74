// The command: a table of subcommands, one file each. The measuring child process is this same executable.
#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include "calibrate/worker.hpp"
#include "cli/command.hpp"
#include "cli/output.hpp"
#include "compare/pair.hpp"
#include "files/temporary.hpp"
#include "measure/measure.hpp"
#include "model/text.hpp"
#include "passes/child_job.hpp"

namespace costscan::cli {
namespace {

constexpr const char* examples = R"(
Examples:
  costscan model.onnx                                 what a terminal shows: time, work, bounds, where
  costscan model.onnx --report html                   the page: MODEL_STEM.costscan.html
  costscan model.onnx --static --report csv           costs of every node without executing anything
  costscan model.onnx --dim batch=8 --dim seq=512     bind free dimensions
  costscan model.onnx --report html,csv,json -o out/  several reports into a folder
  costscan compare before.onnx after.onnx             is the second faster, and does it answer the same
  costscan advise model.onnx                          which passes pay here, and why
  costscan optimize model.onnx -o out.onnx --verify   the model without what costs and changes nothing
  costscan explain LayerNormalization                 where an op's figures come from
  costscan list ops                                   every op that has a cost model

Exit codes: 0 done; 1 a requested check did not hold; 2 wrong usage; 3 the model or another input cannot be used;
4 a demanded measurement could not be made; 5 an output could not be written; 70 a defect in costscan.)";

int usage_error(const CLI::App& app, const CLI::ParseError& error) {
  const auto chosen = app.get_subcommands();
  const std::string command = chosen.empty() ? "costscan" : "costscan " + chosen.front()->get_name();
  fmt::print(stderr, "costscan: {} (see {} --help)\n", first_line(error.what()), command);
  return static_cast<int>(ErrorKind::usage);
}

/// The first word of the command line, where it is neither an option, nor a command, nor a file: a slip of the pen.
std::string unknown_command(int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') return {};
  const std::string_view word = argv[1];
  const bool known = std::ranges::find(commands(), word, &Command::name) != commands().end();
  std::error_code ignored;
  const bool is_path = word.find_first_of("./") != std::string_view::npos || std::filesystem::exists(word, ignored);
  return known || is_path ? std::string() : std::string(word);
}

/// The commands that start with the same letter.
int report_unknown_command(const std::string& word) {
  std::string alike;
  for (const Command& command : commands()) {
    const bool similar = !command.name.empty() && command.name.front() == word.front();
    if (similar) alike += (alike.empty() ? "; did you mean " : ", ") + std::string(command.name);
  }
  return report_error({ErrorKind::usage, fmt::format("'{}' is neither a command nor a model{}{} (see costscan --help)",
                                                     printable(word), alike, alike.empty() ? "" : "?")});
}

/// CLI11 leaves parsing by exceptions, help included; this is its edge.
int parse_and_run(int argc, char** argv) {
  CLI::App app{"costscan: where an ONNX model's time goes, why, and what a rewrite would really buy."};
  app.name("costscan");
  app.set_version_flag("--version", "costscan " COSTSCAN_VERSION);
  app.footer(examples);
  app.require_subcommand(0, 1);
  Runner run;
  for (const Command& command : commands()) {
    if (command.name.empty()) {
      run = command.declare(app);
      continue;
    }
    CLI::App* sub = app.add_subcommand(std::string(command.name), std::string(command.summary));
    sub->footer("");  // the examples are those of the whole command
    Runner runner = command.declare(*sub);
    sub->callback([&run, runner] { run = runner; });
  }
  if (argc == 2 && unknown_command(argc, argv) == "help") return print_to_stdout(app.help());
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return print_to_stdout(app.help());
  } catch (const CLI::CallForVersion& version) {
    return print_to_stdout(std::string(version.what()) + "\n");
  } catch (const CLI::ParseError& error) {
    // What follows a misspelt command is none of its arguments.
    const std::string word = unknown_command(argc, argv);
    if (app.get_subcommands().empty() && !word.empty()) return report_unknown_command(word);
    return usage_error(app, error);
  }
  return run();
}

}  // namespace
}  // namespace costscan::cli

int main(int argc, char** argv) {
  try {
    if (argc == 3 && std::strcmp(argv[1], "--measure-worker") == 0) return costscan::measure_worker_main(argv[2]);
    if (argc == 3 && std::strcmp(argv[1], "--calibrate-worker") == 0) return costscan::calibrate_worker_main(argv[2]);
    if (argc == 3 && std::strcmp(argv[1], "--compare-worker") == 0) return costscan::compare_worker_main(argv[2]);
    if (argc == 3 && std::strcmp(argv[1], "--optimize-worker") == 0) return costscan::optimize_worker_main(argv[2]);
    const costscan::RemoveOnSignal cleanup;
    return costscan::cli::parse_and_run(argc, argv);
  } catch (const std::bad_alloc&) {
    std::fputs("costscan: out of memory; close other programs or analyse a smaller model\n", stderr);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "costscan: a defect in costscan: %s; please report it with the command line\n", error.what());
  }
  return static_cast<int>(costscan::ErrorKind::defect);
}
