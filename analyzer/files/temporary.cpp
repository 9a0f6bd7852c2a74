#include "files/temporary.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <set>
#include <string>
#include <system_error>
#include <thread>

#include "model/text.hpp"

namespace costscan {
namespace {

namespace fs = std::filesystem;

/// Paths to remove when a signal comes.
class Doomed {
 public:
  void add(const fs::path& path) {
    const std::scoped_lock lock(mutex_);
    paths_.insert(path);
  }
  void drop(const fs::path& path) {
    const std::scoped_lock lock(mutex_);
    paths_.erase(path);
  }
  /// Keeps the lock: nothing new is begun in a process that is about to end.
  void remove_all_for_good() {
    mutex_.lock();
    std::error_code ignored;
    for (const fs::path& path : paths_) {
      // A worker, which is killed after its parent, may be writing into a folder.
      for (int attempt = 0; attempt < 5 && fs::exists(fs::symlink_status(path, ignored)); ++attempt) {
        fs::remove_all(path, ignored);
      }
    }
  }

 private:
  std::mutex mutex_;
  std::set<fs::path> paths_;
};

// What a signal has to find can only be global: the paths, and where the handler tells of the signal.
Doomed& doomed() {
  static Doomed paths;
  return paths;
}
std::atomic<int> told_end = -1;
static_assert(std::atomic<int>::is_always_lock_free);

constexpr std::array ending_signals{SIGINT, SIGTERM, SIGHUP};

/// Only what a handler may do: the rest is the watching thread's.
void tell_watcher(int signal) {
  const int before = errno;
  const char number = static_cast<char>(signal);
  [[maybe_unused]] const ssize_t told = ::write(told_end.load(), &number, 1);
  errno = before;
}

/// Until the other end is closed, or a signal has come.
void watch_for_signals(int heard_end) {
  char number = 0;
  ssize_t got = 0;
  do {
    got = ::read(heard_end, &number, 1);
  } while (got < 0 && errno == EINTR);
  if (got != 1) return;
  doomed().remove_all_for_good();
  ::signal(number, SIG_DFL);
  ::kill(::getpid(), number);
}

}  // namespace

Result<PrivateFolder> PrivateFolder::create() {
  std::error_code failed;
  fs::path base = fs::temp_directory_path(failed);
  if (failed) base = "/tmp";
  std::string pattern = (base / "costscan-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    return fail(ErrorKind::measurement, fmt::format("{}: no private folder can be made there: {}; set TMPDIR",
                                                    printable(base.string()), std::strerror(errno)));
  }
  return PrivateFolder(pattern);
}

PrivateFolder::PrivateFolder(fs::path path) : path_(std::move(path)) { doomed().add(path_); }

PrivateFolder::PrivateFolder(PrivateFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}

PrivateFolder::~PrivateFolder() {
  if (path_.empty()) return;
  std::error_code ignored;  // nothing useful can be done about it here
  fs::remove_all(path_, ignored);
  doomed().drop(path_);
}

TemporaryFile::TemporaryFile(fs::path path) : path_(std::move(path)) { doomed().add(path_); }

TemporaryFile::~TemporaryFile() {
  if (path_.empty()) return;
  std::error_code ignored;
  fs::remove(path_, ignored);
  doomed().drop(path_);
}

fs::path TemporaryFile::keep() && {
  doomed().drop(path_);
  return std::exchange(path_, {});
}

struct RemoveOnSignal::Watch {
  std::array<int, 2> ends{-1, -1};
  std::array<struct sigaction, ending_signals.size()> before{};
  std::thread thread;
};

RemoveOnSignal::RemoveOnSignal() : watch_(std::make_unique<Watch>()) {
  if (::pipe2(watch_->ends.data(), O_CLOEXEC) != 0) return;  // then a signal ends the process as it is
  told_end = watch_->ends[1];
  watch_->thread = std::thread(watch_for_signals, watch_->ends[0]);
  for (std::size_t i = 0; i < ending_signals.size(); ++i) {
    ::sigaction(ending_signals[i], nullptr, &watch_->before[i]);
    if (watch_->before[i].sa_handler == SIG_IGN) continue;
    struct sigaction tell{};
    tell.sa_handler = tell_watcher;
    tell.sa_flags = SA_RESTART;
    ::sigaction(ending_signals[i], &tell, nullptr);
  }
}

RemoveOnSignal::~RemoveOnSignal() {
  if (!watch_->thread.joinable()) return;
  for (std::size_t i = 0; i < ending_signals.size(); ++i) {
    ::sigaction(ending_signals[i], &watch_->before[i], nullptr);
  }
  ::close(watch_->ends[1]);
  watch_->thread.join();
  ::close(watch_->ends[0]);
}

}  // namespace costscan
