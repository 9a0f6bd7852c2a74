// A child process under a wall-clock limit, its output read line by line.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "files/temporary.hpp"
#include "model/result.hpp"

namespace costscan {

struct ChildEnd {
  bool timed_out = false;  ///< the limit was reached, and the child's process group was killed
  int signal = 0;          ///< that ended it, 0 where it exited
  int exit_code = 0;
  double seconds = 0;
};

/// Runs `program` with `arguments` in a process group of its own; its standard output comes to `on_line` line by line,
/// its standard error goes to `error_file`. Returns when it has ended and is reaped. Error (measurement) where it
/// cannot start.
[[nodiscard]] Result<ChildEnd> run_child(const std::filesystem::path& program,
                                         const std::vector<std::string>& arguments,
                                         const std::filesystem::path& error_file, double timeout_seconds,
                                         const std::function<void(const std::string&)>& on_line);

/// "SIGSEGV" for 11; "signal 99" for one without a name.
[[nodiscard]] std::string signal_name(int signal);

/// In the child: die with the parent, and take at most `data_bytes` of private memory more than now (0: no limit).
void limit_this_process(long long data_bytes);

}  // namespace costscan
