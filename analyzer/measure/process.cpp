#include "measure/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string_view>

#include "model/text.hpp"

extern char** environ;

namespace costscan {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t longest_line = 4096;

/// Splits what arrives into lines; an endless line is cut rather than kept.
class LineReader {
 public:
  explicit LineReader(const std::function<void(const std::string&)>& on_line) : on_line_(on_line) {}
  void take(std::string_view bytes) {
    for (const char c : bytes) {
      if (c == '\n') {
        if (on_line_) on_line_(line_);
        line_.clear();
      } else if (line_.size() < longest_line) {
        line_ += c;
      }
    }
  }

 private:
  const std::function<void(const std::string&)>& on_line_;
  std::string line_;
};

Result<pid_t> spawn(const std::filesystem::path& program, const std::vector<std::string>& arguments, int output,
                    const std::filesystem::path& error_file) {
  std::vector<char*> argv;
  std::string name = program.string();
  std::vector<std::string> copies = arguments;
  argv.push_back(name.data());
  for (std::string& argument : copies) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, error_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);
  pid_t child = 0;
  const int error = posix_spawn(&child, name.c_str(), &actions, &attributes, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) {
    return fail(ErrorKind::measurement,
                fmt::format("{}: cannot be started as measuring worker: {}", printable(name), std::strerror(error)));
  }
  return child;
}

/// Reads until the child closes its output or the time is over; false for the latter.
bool read_until(int descriptor, Clock::time_point deadline, LineReader& lines) {
  std::array<char, 4096> buffer{};
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    pollfd wait{descriptor, POLLIN, 0};
    const int ready = poll(&wait, 1, static_cast<int>(std::min<long long>(left, 1000)));
    if (ready < 0 && errno != EINTR) return true;
    if (ready <= 0) continue;
    const ssize_t got = read(descriptor, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return true;
    lines.take({buffer.data(), static_cast<std::size_t>(got)});
  }
}

/// Waits for the end; a child that closed its output but lingers is given until the deadline too.
bool reap_until(pid_t child, Clock::time_point deadline, int& status) {
  for (;;) {
    const pid_t ended = waitpid(child, &status, WNOHANG);
    if (ended == child || (ended < 0 && errno != EINTR)) return true;
    if (Clock::now() >= deadline) return false;
    usleep(2000);
  }
}

}  // namespace

Result<ChildEnd> run_child(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                           const std::filesystem::path& error_file, double timeout_seconds,
                           const std::function<void(const std::string&)>& on_line) {
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return fail(ErrorKind::measurement, fmt::format("no pipe for the measuring worker: {}", std::strerror(errno)));
  }
  const auto start = Clock::now();
  // A year stands for no limit; more would overflow the clock.
  const double seconds = std::clamp(timeout_seconds, 0.001, 3.15e7);
  const auto deadline = start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  const Result<pid_t> child = spawn(program, arguments, ends[1], error_file);
  close(ends[1]);
  if (!child) {
    close(ends[0]);
    return tl::unexpected(child.error());
  }
  LineReader lines(on_line);
  ChildEnd end;
  int status = 0;
  end.timed_out = !read_until(ends[0], deadline, lines) || !reap_until(*child, deadline, status);
  if (end.timed_out) {
    kill(-*child, SIGKILL);
    while (waitpid(*child, &status, 0) < 0 && errno == EINTR) {
    }
  }
  close(ends[0]);
  end.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  end.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  end.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return end;
}

std::string signal_name(int signal) {
  const char* name = sigabbrev_np(signal);
  return name == nullptr ? fmt::format("signal {}", signal) : fmt::format("SIG{}", name);
}

void limit_this_process(long long data_bytes) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // No core file of several gigabytes for a crash that the report names anyway.
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  if (data_bytes <= 0) return;
  // RLIMIT_DATA counts private writable memory (brk, anonymous maps) and leaves mapped files and address space alone,
  // which RLIMIT_AS would not. What is mapped already, such as a sanitizer's shadow, does not count against the model.
  long long now = 0;
  std::ifstream self("/proc/self/status");
  for (std::string line; std::getline(self, line);) {
    if (line.starts_with("VmData:")) now = std::strtoll(line.c_str() + 7, nullptr, 10) * 1024;
  }
  rlimit limit{};
  if (getrlimit(RLIMIT_DATA, &limit) != 0) return;
  limit.rlim_cur = std::min(limit.rlim_max, static_cast<rlim_t>(data_bytes + now));
  setrlimit(RLIMIT_DATA, &limit);
}

}  // namespace costscan
