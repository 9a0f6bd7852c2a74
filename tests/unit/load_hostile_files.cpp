// Files that are no models, paths that are no files, and nesting beyond the limit: one clear line each.
#include <sys/stat.h>

#include "load/thin_proto.hpp"
#include "load/thin_wire.hpp"
#include "load_support.hpp"

namespace costscan {
namespace {

struct BadFile {
  const char* name;
  std::string bytes;
  std::vector<std::string> parts;
};

void PrintTo(const BadFile& bad, std::ostream* stream) { *stream << bad.name; }

class HostileFile : public testing::TestWithParam<BadFile> {};

TEST_P(HostileFile, IsRefusedInOneClearLine) {
  const test::TempFolder folder;
  const auto path = folder.write("model.onnx", GetParam().bytes);
  const auto loaded = load_model(path);
  ASSERT_FALSE(loaded.has_value());
  test::expect_clear_refusal(loaded.error(), path, GetParam().parts);
  const auto thin = load_thin_proto(path);
  ASSERT_FALSE(thin.has_value());
  test::expect_clear_refusal(thin.error(), path, GetParam().parts);
}

std::string truncated_model() {
  const std::string bytes = test::small_model().SerializeAsString();
  return bytes.substr(0, bytes.size() / 2);
}

INSTANTIATE_TEST_SUITE_P(
    Table, HostileFile,
    testing::Values(
        BadFile{"Empty", "", {"is empty"}},
        BadFile{"Text", "This is a plain text file, not a model.\n", {"not an ONNX model but text; pass the binary"}},
        BadFile{"Json", "{\"model\": 1}", {"JSON"}}, BadFile{"Html", "<!DOCTYPE html>", {"HTML"}},
        BadFile{"GitLfs", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n", {"git lfs pull"}},
        BadFile{"Zip", std::string("PK\x03\x04") + std::string(60, '\0'), {"zip archive"}},
        BadFile{"TextProto", "ir_version: 7\ngraph {}\n", {"text format"}},
        BadFile{"Zeros", std::string(100, '\0'), {"byte 0 of 100"}},
        BadFile{"Ones", std::string(100, '\xFF'), {"byte 0 of 100"}},
        BadFile{"Truncated", truncated_model(), {"truncated"}},
        BadFile{"NoGraph", std::string("\x08\x07"), {"no graph"}},
        BadFile{"LengthBeyondFile", std::string("\x08\x07\x3a\xff\xff\xff\xff\x0f"), {"truncated"}},
        BadFile{"LengthOf63Bits", std::string("\x3a\xff\xff\xff\xff\xff\xff\xff\xff\x7f"), {"truncated"}},
        BadFile{"VarintTooLong", std::string(12, '\x88'), {"too long"}}),
    [](const auto& instance) { return std::string(instance.param.name); });

TEST(HostilePath, IsRefusedInOneClearLine) {
  const test::TempFolder folder;
  const auto pipe = folder.path() / "pipe.onnx";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const auto newline = folder.path() / "no\nsuch.onnx";
  const std::vector<std::pair<std::filesystem::path, std::string>> cases = {
      {folder.path(), "is a directory"},
      {folder.path() / "absent.onnx", "no such file"},
      {pipe, "is not a regular file"},
      {"/dev/null", "is not a regular file"},
      {folder.path() / std::string(5000, 'p'), "cannot be opened"},
  };
  for (const auto& [path, part] : cases) {
    const auto loaded = load_model(path);
    ASSERT_FALSE(loaded.has_value());
    EXPECT_EQ(loaded.error().kind, ErrorKind::input);
    EXPECT_NE(loaded.error().message.find(part), std::string::npos) << loaded.error().message;
    EXPECT_LT(loaded.error().message.size(), 1500U);
  }
  const auto loaded = load_model(newline);
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().message.find('\n'), std::string::npos) << loaded.error().message;
}

TEST(HostileNesting, BeyondTheLimitIsRefusedAndWithinItLoads) {
  const test::TempFolder folder;
  for (const int depth : {1, 100, deepest_subgraph}) {
    SCOPED_TRACE(depth);
    const auto path = folder.write(test::nested_model(depth), "deep.onnx");
    const auto loaded = load_model(path);
    ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
    EXPECT_TRUE((*loaded)->warnings.empty());
    const auto thin = load_thin_proto(path);
    EXPECT_TRUE(thin.has_value());
  }
  for (const int depth : {deepest_subgraph + 1, 3000}) {
    SCOPED_TRACE(depth);
    const auto path = folder.write(test::nested_model(depth), "deep.onnx");
    const auto loaded = load_model(path);
    ASSERT_FALSE(loaded.has_value());
    test::expect_clear_refusal(loaded.error(), path, {"nested more than 256 deep"});
  }
}

}  // namespace
}  // namespace costscan
