// Effects of opaque calls from YAML: accepted layouts, and one clear line for everything else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "source/lint/effects.hpp"

namespace costscan::source {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(SourceLintEffects, LayoutsSayTheSame) {
  const std::vector<std::string> layouts{
      "mul: {writes: [4], reads: [0, b]}",
      "effects:\n  mul:\n    writes: [4]\n    reads: [0, b]\n",
      "functions:\n  mul: {writes: 4, reads: [0, b]}\n",
      "calls:\n  - function: mul\n    writes: [4]\n    reads: [0, b]\n",
      "- name: mul\n  writes: [4]\n  reads: [0, b]\n  why: the product\n",
  };
  for (const std::string& layout : layouts) {
    const auto effects = parse_effects("own.yaml", layout);
    ASSERT_TRUE(effects) << layout << effects.error().message;
    const Effect* effect = effects->find("device::mul<float>", 5);
    ASSERT_NE(effect, nullptr) << layout;
    EXPECT_THAT(effect->writes, ElementsAre(ArgumentName{4})) << layout;
    EXPECT_THAT(effect->reads, ElementsAre(ArgumentName{0}, ArgumentName{std::string("b")})) << layout;
  }
}

TEST(SourceLintEffects, NumberOfArgumentsChoosesTheEntry) {
  const auto effects = parse_effects("own.yaml", "add: {writes: [2]}\nadd/2: {accumulates: [0]}\n");
  ASSERT_TRUE(effects);
  EXPECT_THAT(effects->find("add", 2)->accumulates, ElementsAre(ArgumentName{0}));
  EXPECT_THAT(effects->find("add", 3)->writes, ElementsAre(ArgumentName{2}));
  EXPECT_EQ(effects->find("subtract", 2), nullptr);
}

TEST(SourceLintEffects, QualifiedNamesGoFirst) {
  const auto effects = parse_effects("own.yaml", "a::f: {writes: [1]}\nf: {writes: [2]}\n");
  ASSERT_TRUE(effects);
  EXPECT_THAT(effects->find("a::f", 3)->writes, ElementsAre(ArgumentName{1}));
  EXPECT_THAT(effects->find("b::f", 3)->writes, ElementsAre(ArgumentName{2}));
}

struct BrokenEffect {
  std::string text;
  std::string says;
};

TEST(SourceLintEffects, ErrorsNameFileLineAndWhat) {
  const std::vector<BrokenEffect> cases{
      {"mul: {writes: [4]", "own.yaml:"},
      {"mul:\n  overwrites: [4]\n", "own.yaml:2:3: 'overwrites' of 'mul' is none of writes, accumulates, reads"},
      {"mul: {writes: [-1]}", "own.yaml:1:16: argument -1 of 'mul': positions count from 0"},
      {"mul: {writes: [0.5]}", "'0.5' of 'mul' is neither a position nor a name"},
      {"mul: {writes: {a: 1}}", "'mul' needs a list of arguments"},
      {"mul: {writes: [[1]]}", "an argument of 'mul' is a position"},
      {"mul: 4", "own.yaml:1:6: 'mul' must say writes, accumulates or reads"},
      {"- writes: [4]", "own.yaml:1:3: an entry needs the name of its function"},
      {"- mul", "an entry needs function"},
      {"just text", "needs a map of function names"},
      {"effects: 3", "needs a map of function names"},
  };
  for (const BrokenEffect& each : cases) {
    const auto effects = parse_effects("own.yaml", each.text);
    ASSERT_FALSE(effects) << each.text;
    EXPECT_EQ(effects.error().kind, ErrorKind::input);
    EXPECT_THAT(effects.error().message, HasSubstr(each.says)) << each.text;
    EXPECT_EQ(effects.error().message.find('\n'), std::string::npos) << each.text;
  }
}

TEST(SourceLintEffects, EmptyFilesAddNothing) {
  const auto effects = parse_effects("own.yaml", "");
  ASSERT_TRUE(effects);
  EXPECT_TRUE(effects->functions.empty());
}

TEST(SourceLintEffects, BuiltInOnesStandWithoutAFile) {
  const auto effects = load_effects({});
  ASSERT_TRUE(effects) << effects.error().message;
  EXPECT_NE(effects->find("mul_tiles_bcast_rows", 5), nullptr);
  EXPECT_NE(effects->library, nullptr);
}

TEST(SourceLintEffects, MissingFileIsAnInputError) {
  const auto effects = load_effects("no/such/effects.yaml");
  ASSERT_FALSE(effects);
  EXPECT_EQ(effects.error().kind, ErrorKind::input);
  EXPECT_THAT(effects.error().message, HasSubstr("no/such/effects.yaml"));
  EXPECT_FALSE(load_effects(std::filesystem::temp_directory_path()));
}

}  // namespace
}  // namespace costscan::source
