// What every subcommand is: options declared on a CLI::App, and a function that runs afterwards and gives the exit
// code.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/result.hpp"

namespace costscan::cli {

using Runner = std::function<int()>;

struct Command {
  std::string_view name;  ///< "" for the command without a name: costscan MODEL
  std::string_view summary;
  Runner (*declare)(CLI::App& app);  ///< adds the options; the Runner owns their values
};

/// All subcommands: the one table to extend.
[[nodiscard]] std::span<const Command> commands() noexcept;

// One file each.
[[nodiscard]] Runner declare_advise(CLI::App& app);
[[nodiscard]] Runner declare_analyze(CLI::App& app);
[[nodiscard]] Runner declare_calibrate(CLI::App& app);
[[nodiscard]] Runner declare_compare(CLI::App& app);
[[nodiscard]] Runner declare_explain(CLI::App& app);
[[nodiscard]] Runner declare_fingerprint(CLI::App& app);
[[nodiscard]] Runner declare_forensics(CLI::App& app);
[[nodiscard]] Runner declare_list(CLI::App& app);
[[nodiscard]] Runner declare_optimize(CLI::App& app);
[[nodiscard]] Runner declare_source(CLI::App& app);

/// Prints "costscan: <message>" on standard error and gives the exit code of the error's kind.
int report_error(const Error& error);

/// Prints "costscan: warning: <message>" on standard error.
void report_warning(std::string_view message);

/// The first few, with `about` in front of each, and how many more there are; the reports hold all of them.
void report_warnings(const std::vector<std::string>& warnings, std::string_view about = "");

}  // namespace costscan::cli
