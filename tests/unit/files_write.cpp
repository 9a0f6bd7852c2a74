// Files written whole or not at all, copies, and temporary files that go with the process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <thread>

#include "files/temporary.hpp"
#include "files/wire.hpp"
#include "files/write_file.hpp"

namespace costscan {
namespace {

namespace fs = std::filesystem;

std::string contents_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void put(const fs::path& file, std::string_view bytes) { std::ofstream(file, std::ios::binary) << bytes; }

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    names.insert(entry.path().lexically_relative(folder).string());
  }
  return names;
}

class WrittenFiles : public ::testing::Test {
 protected:
  // Not a PrivateFolder: a child of the process would remove it.
  void SetUp() override {
    char name[] = "/tmp/costscan-files-XXXXXX";
    folder_ = ::mkdtemp(name);
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path folder_;
};

TEST_F(WrittenFiles, AreNewOrReplacedWithNothingBeside) {
  put(folder_ / "old", "much longer than what follows");
  for (const char* name : {"new", "old"}) {
    const auto written = write_file(folder_ / name, "bytes");
    ASSERT_TRUE(written) << written.error().message;
    EXPECT_EQ(contents_of(folder_ / name), "bytes");
  }
  EXPECT_EQ(names_in(folder_), (std::set<std::string>{"new", "old"}));
}

TEST_F(WrittenFiles, AreJoinedFromStretches) {
  put(folder_ / "source", "0123456789");
  PieceList list;
  list.add("<");
  list.add(FileStretch{folder_ / "source", 2, 3});
  list.add(FileStretch{folder_ / "source", 5, 1});
  list.add(">");
  EXPECT_EQ(list.size(), 1U + 3 + 1 + 1);
  EXPECT_EQ(list.pieces().size(), 3U) << "neighbouring stretches are one";
  ASSERT_TRUE(write_pieces(folder_ / "out", list.pieces()));
  EXPECT_EQ(contents_of(folder_ / "out"), "<2345>");
}

struct Refusal {
  const char* what;
  const char* path;  ///< below the test's folder, unless it starts with a slash
  const char* says;
};

TEST_F(WrittenFiles, ThatCannotBeAreRefusedAndLeaveNothing) {
  const Refusal cases[] = {
      {"a folder", "folder", "cannot write '.*folder': "},
      {"a missing folder", "none/out", "cannot write '.*none/out': No such file or directory"},
      {"below a file", "file/out", "cannot write '.*file/out': "},
      {"a full device", "/dev/full", "cannot write '/dev/full': No space left on device; free some space"},
      {"below a device", "/dev/null/out", "cannot write '/dev/null/out': "},
  };
  fs::create_directory(folder_ / "folder");
  put(folder_ / "file", "kept");
  for (const Refusal& one : cases) {
    SCOPED_TRACE(one.what);
    const auto written = write_file(folder_ / one.path, "bytes");
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().kind, ErrorKind::output);
    EXPECT_THAT(written.error().message, ::testing::ContainsRegex(one.says));
  }
  EXPECT_EQ(names_in(folder_), (std::set<std::string>{"file", "folder"}));
  EXPECT_EQ(contents_of(folder_ / "file"), "kept");
}

TEST_F(WrittenFiles, ThatGoWrongInTheMiddleLeaveTheOldOnes) {
  put(folder_ / "source", "short");
  put(folder_ / "out", "old");
  ASSERT_FALSE(write_pieces(folder_ / "out", {std::string("begun"), FileStretch{folder_ / "source", 0, 100}}));
  EXPECT_EQ(contents_of(folder_ / "out"), "old");
  EXPECT_EQ(names_in(folder_), (std::set<std::string>{"out", "source"}));
}

TEST_F(WrittenFiles, DoNotReplaceDevicesAndPipes) {
  ASSERT_TRUE(write_file("/dev/null", "bytes"));
  EXPECT_TRUE(is_special_file("/dev/null"));
  const fs::path pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::string heard;
  std::thread reader([&] { heard = contents_of(pipe); });
  const auto written = write_file(pipe, "bytes");
  reader.join();
  EXPECT_TRUE(written);
  EXPECT_EQ(heard, "bytes");
  EXPECT_TRUE(is_special_file(pipe));
}

TEST_F(WrittenFiles, CopiesAreMadeOnce) {
  const fs::path file = folder_ / "file";
  const fs::path target = folder_ / "sub/copy";
  put(file, "weights");
  EXPECT_EQ(put_copy(file, target).value(), true);
  EXPECT_EQ(contents_of(target), "weights");
  EXPECT_EQ(put_copy(file, target).value(), false) << "the same bytes are there";
  EXPECT_EQ(put_copy(file, file).value(), false);
  put(target, "of another model");
  EXPECT_FALSE(put_copy(file, target));
  EXPECT_FALSE(put_copy(folder_ / "absent", target)) << "another file in the place of one that is absent";
  EXPECT_EQ(put_copy(folder_ / "absent", folder_ / "elsewhere").value(), false);
  EXPECT_EQ(contents_of(target), "of another model");
}

TEST_F(WrittenFiles, TemporaryOnesGoUnlessKept) {
  {
    const TemporaryFile gone(folder_ / "gone");
    const TemporaryFile never_made(folder_ / "never_made");
    TemporaryFile kept(folder_ / "kept");
    put(gone.path(), "1");
    put(kept.path(), "2");
    EXPECT_EQ(std::move(kept).keep(), folder_ / "kept");
  }
  EXPECT_EQ(names_in(folder_), (std::set<std::string>{"kept"}));
}

/// A child that has temporary files and meets a signal; → how it ended.
int status_of_child(const fs::path& folder, int signal, bool ignored) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::setenv("TMPDIR", folder.c_str(), 1);
    if (ignored) ::signal(signal, SIG_IGN);
    {
      const RemoveOnSignal cleanup;
      const auto inside = PrivateFolder::create();
      const TemporaryFile file(folder / "draft");
      put(file.path(), "half");
      put(inside->path() / "inside", "half");
      ::kill(::getpid(), signal);
      if (!ignored) ::sleep(60);  // the signal's end comes before
    }
    ::_exit(7);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

TEST_F(WrittenFiles, TemporaryOnesGoWhereASignalEndsTheProcess) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    SCOPED_TRACE(signal);
    const int status = status_of_child(folder_, signal, false);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == signal) << status;
    EXPECT_THAT(names_in(folder_), ::testing::IsEmpty());
  }
  const int status = status_of_child(folder_, SIGHUP, true);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 7) << "an ignored signal stays ignored: " << status;
  EXPECT_THAT(names_in(folder_), ::testing::IsEmpty());
}

/// Bytes of a message, read as fields.
struct Bytes {
  std::string_view bytes;
  [[nodiscard]] std::uint8_t byte(std::uint64_t at) const { return static_cast<std::uint8_t>(bytes[at]); }
};

TEST(Wire, FieldsAreReadAsTheyAreWritten) {
  for (const std::size_t length : {0U, 1U, 127U, 128U, 20000U}) {
    const std::string field = wire::text_field_bytes(3000, std::string(length, 'x'));
    Bytes bytes{field};
    const auto found = wire::read_field(bytes, 0, field.size());
    ASSERT_TRUE(found);
    EXPECT_EQ(found->number, 3000U);
    EXPECT_TRUE(found->is_message);
    EXPECT_EQ(found->payload.size(), length);
    EXPECT_EQ(found->whole.size(), field.size());
    for (const std::size_t cut : {field.size() - 1, std::size_t{1}}) {
      EXPECT_FALSE(wire::read_field(bytes, 0, cut)) << cut << " of " << field.size();
    }
  }
}

}  // namespace
}  // namespace costscan
