// The child process: how it ends, what it says, and that nothing of it stays.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "measure/process.hpp"
#include "unit/measure_support.hpp"

namespace costscan {
namespace {

using test::Folder;

Result<ChildEnd> shell(const Folder& folder, const std::string& script, double timeout = 30,
                       std::vector<std::string>* lines = nullptr) {
  return run_child("/bin/sh", {"-c", script}, folder / "stderr", timeout, [lines](const std::string& line) {
    if (lines != nullptr) lines->push_back(line);
  });
}

TEST(MeasureProcess, Ends) {
  struct Case {
    const char* script;
    int exit_code;
    int signal;
  };
  const Case cases[] = {{"exit 0", 0, 0},
                        {"exit 7", 7, 0},
                        {"kill -SEGV $$", -1, SIGSEGV},
                        {"kill -KILL $$", -1, SIGKILL},
                        {"exec >&-; exit 3", 3, 0}};
  const Folder folder;
  for (const Case& one : cases) {
    const auto end = shell(folder, one.script);
    ASSERT_TRUE(end) << one.script;
    EXPECT_EQ(end->exit_code, one.exit_code) << one.script;
    EXPECT_EQ(end->signal, one.signal) << one.script;
    EXPECT_FALSE(end->timed_out) << one.script;
  }
}

TEST(MeasureProcess, LinesAndErrorsComeApart) {
  const Folder folder;
  std::vector<std::string> lines;
  ASSERT_TRUE(shell(folder, "echo one; echo oops >&2; printf 'two\\nunfinished'", 30, &lines));
  EXPECT_THAT(lines, ::testing::ElementsAre("one", "two"));
  std::string error;
  std::getline(std::ifstream(folder / "stderr"), error);
  EXPECT_EQ(error, "oops");
}

TEST(MeasureProcess, TheLimitKillsTheWholeGroup) {
  const Folder folder;
  std::vector<std::string> lines;
  const auto end = shell(folder, "sleep 300 & echo $!; wait", 0.5, &lines);
  ASSERT_TRUE(end);
  EXPECT_TRUE(end->timed_out);
  EXPECT_LT(end->seconds, 60);
  ASSERT_EQ(lines.size(), 1U);
  const auto grandchild = static_cast<pid_t>(std::stol(lines[0]));
  // It is init's to reap: wait until it is gone, or a zombie that runs no more.
  bool gone = false;
  for (int i = 0; i < 100 && !gone; ++i) {
    std::string stat;
    std::getline(std::ifstream("/proc/" + lines[0] + "/stat"), stat);
    gone = kill(grandchild, 0) != 0 || stat.find(") Z") != std::string::npos;
    if (!gone) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_TRUE(gone);
}

TEST(MeasureProcess, AProgramThatIsNotThere) {
  const Folder folder;
  const auto end = run_child("/no/such/program", {}, folder / "stderr", 5, {});
  ASSERT_FALSE(end);
  EXPECT_THAT(end.error().message, ::testing::HasSubstr("/no/such/program"));
}

TEST(MeasureProcess, SignalNames) {
  EXPECT_EQ(signal_name(SIGSEGV), "SIGSEGV");
  EXPECT_EQ(signal_name(SIGABRT), "SIGABRT");
  EXPECT_EQ(signal_name(99), "signal 99");
}

TEST(MeasureProcess, ThePrivateFolderGoesWithItsOwner) {
  std::filesystem::path path;
  {
    const auto folder = PrivateFolder::create();
    ASSERT_TRUE(folder);
    path = folder->path();
    std::ofstream(path / "file") << "x";
    EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms::owner_all);
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace costscan
