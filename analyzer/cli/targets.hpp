// Which reports a command makes, and where each goes.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include "cli/command.hpp"
#include "cli/output.hpp"
#include "model/result.hpp"
#include "model/text.hpp"

namespace costscan::cli {

/// One report to make: its format, and where it goes (nullopt: standard output).
template <class Format>
struct ReportTarget {
  const Format* format = nullptr;
  std::optional<std::filesystem::path> path;
};

/// The formats of these names, each once; text where none is named. Error (usage) for a name that is none.
template <class Format>
Result<std::vector<const Format*>> find_formats(std::span<const Format> all, const std::vector<std::string>& names) {
  std::vector<const Format*> formats;
  for (const std::string& name : names.empty() ? std::vector<std::string>{"text"} : names) {
    const auto found = std::ranges::find(all, name, &Format::name);
    if (found == all.end()) {
      std::string known;
      for (const Format& each : all) known += (known.empty() ? "" : ", ") + std::string(each.name);
      return fail(ErrorKind::usage, fmt::format("unknown report '{}': choose from {}", printable(name), known));
    }
    if (std::ranges::find(formats, &*found) == formats.end()) formats.push_back(&*found);
  }
  return formats;
}

/// Error (usage): the report would replace one of the files that it is about.
inline Result<void> check_spared(const std::filesystem::path& target, const std::vector<std::string>& inputs) {
  for (const std::string& input : inputs) {
    std::error_code error;
    if (!std::filesystem::equivalent(target, input, error) || error || is_special_file(target)) continue;
    return fail(ErrorKind::usage,
                fmt::format("the report would replace '{}' itself: name another file with -o", printable(input)));
  }
  return {};
}

/// Decides where each report goes, and checks that it can be written before anything is done. `output`: what -o says,
/// empty without it, "-" for standard output; files in a folder, and those that do not go to standard output, are
/// called `stem`.EXTENSION. `inputs`: what is read, and so never replaced.
template <class Format>
Result<std::vector<ReportTarget<Format>>> plan_targets(std::span<const Format> all,
                                                       const std::vector<std::string>& names, const std::string& output,
                                                       const std::string& stem,
                                                       const std::vector<std::string>& inputs) {
  const auto formats = find_formats(all, names);
  if (!formats) return tl::unexpected(formats.error());
  std::error_code error;
  const bool to_stdout = output == "-";
  if (formats->size() > 1 && (output.empty() || to_stdout)) {
    return fail(ErrorKind::usage, "several reports at once need a folder: add -o DIR");
  }
  const bool into_folder = std::filesystem::is_directory(output, error) || output.ends_with('/') || formats->size() > 1;
  if (into_folder && !output.empty()) {
    std::filesystem::create_directories(output, error);
    if (error) {
      return fail(ErrorKind::output,
                  fmt::format("cannot create the folder '{}': {}; choose another with -o", output, error.message()));
    }
  }
  std::vector<ReportTarget<Format>> targets;
  for (const Format* format : *formats) {
    ReportTarget<Format> target{format, std::nullopt};
    const std::string file = fmt::format("{}.{}", stem, format->extension);
    if (to_stdout) {
      target.path = std::nullopt;
    } else if (into_folder) {
      target.path = std::filesystem::path(output) / file;
    } else if (!output.empty()) {
      target.path = output;
    } else if (!format->to_stdout) {
      target.path = file;
    }
    if (target.path) {
      if (auto ok = check_spared(*target.path, inputs); !ok) return tl::unexpected(ok.error());
      if (auto ok = check_writable(*target.path); !ok) return tl::unexpected(ok.error());
    }
    targets.push_back(std::move(target));
  }
  return targets;
}

/// Every report to standard output or into its file; prints the path of a file that -o did not name by itself.
/// `render`: format → Result of bytes; `write`: target with a path → Result<void>. Returns the exit code.
template <class Format, class Render, class Write>
int emit_reports(const std::vector<ReportTarget<Format>>& targets, Render render, Write write) {
  int code = 0;
  for (const ReportTarget<Format>& target : targets) {
    if (!target.path) {
      const auto bytes = render(*target.format);
      code = std::max(code, bytes ? print_to_stdout(*bytes) : report_error(bytes.error()));
    } else if (const auto written = write(target); !written) {
      code = report_error(written.error());
    } else if (!target.format->to_stdout || targets.size() > 1) {
      code = std::max(code, print_to_stdout(target.path->string() + "\n"));
    }
  }
  return code;
}

/// emit_reports() for formats that are rendered whole.
template <class Format, class Render>
int emit_reports(const std::vector<ReportTarget<Format>>& targets, Render render) {
  return emit_reports(targets, render, [&](const ReportTarget<Format>& target) -> Result<void> {
    const auto bytes = render(*target.format);
    if (!bytes) return tl::unexpected(bytes.error());
    return write_file(*target.path, *bytes);
  });
}

}  // namespace costscan::cli
