// Files that cannot be used, absurd ones, and where compiler options come from.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "source/front.hpp"
#include "source/program_text.hpp"

namespace costscan::source {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// A folder of its own, gone afterwards.
class FrontInput : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "costscan-front-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path write(const std::string& name, const std::string& text) const {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }

  static std::string repeated(const std::string& text, int times) {
    std::string out;
    for (int i = 0; i < times; ++i) out += text;
    return out;
  }

  fs::path folder_;
};

struct Broken {
  const char* name;
  std::string text;
  const char* message;  ///< must be in it
};

TEST_F(FrontInput, SaysWhyAFileCannotBeUsed) {
  const std::vector<Broken> table{
      {"undeclared.cpp", "int f() {\n  return missing + 3;\n}\n", "undeclared.cpp:2:10: error: use of undeclared"},
      {"include.c", "#include \"nowhere.h\"\nint f(void) { return 1; }\n", "'nowhere.h' file not found"},
      {"binary.cpp",
       std::string("\x7f"
                   "ELF\0\1\2\xff\xfe",
                   9),
       "does not compile"},
      {"parentheses.cpp", "int f() { return " + repeated("(", 10000) + "1" + repeated(")", 10000) + "; }\n",
       "bracket nesting level exceeded"},
      {"many.cpp", repeated("int f() { return missing; }\n", 9), "... and "},
      {"unfinished.c", "int f(int n) { for (", "does not compile"},
      {"options.cpp", "#ifndef WANTED\n#error give WANTED\n#endif\n", "after --"},
  };
  for (const Broken& each : table) {
    SCOPED_TRACE(each.name);
    const auto program = parse_source(write(each.name, each.text), {});
    ASSERT_FALSE(program);
    EXPECT_EQ(program.error().kind, ErrorKind::input);
    EXPECT_THAT(program.error().message, HasSubstr(each.message));
  }
}

TEST_F(FrontInput, NamesFilesThatAreNone) {
  const auto message = [](const fs::path& path, const FrontOptions& options) {
    const auto program = parse_source(path, options);
    return program ? std::string("no error") : program.error().message;
  };
  EXPECT_THAT(message(folder_ / "absent.cpp", {}), HasSubstr("no such file"));
  EXPECT_THAT(message(folder_, {}), HasSubstr("is a folder"));
  const fs::path good = write("good.c", "int f(void) { return 1; }\n");
  FrontOptions elsewhere;
  elsewhere.libclang = folder_ / "libclang.so";
  EXPECT_THAT(message(good, elsewhere), HasSubstr("install libclang"));
  elsewhere.libclang = write("text.so", "no library");
  EXPECT_THAT(message(good, elsewhere), HasSubstr("install libclang"));
  FrontOptions database;
  database.compile_commands = folder_;
  EXPECT_THAT(message(good, database), HasSubstr("has no compile_commands.json"));
  write("broken/compile_commands.json", "[{\"file\": ");
  database.compile_commands = folder_ / "broken";
  EXPECT_THAT(message(good, database), HasSubstr("compile_commands.json: is not valid JSON"));
  write("broken/compile_commands.json", R"([{"directory": "/", "file": "x.c"}])");
  EXPECT_THAT(message(good, database), HasSubstr("has an entry without directory, file or command"));
}

struct Absurd {
  const char* name;
  std::string text;
  const char* unsupported;  ///< nullptr: all is understood
};

TEST_F(FrontInput, NamesAFileThatClangCrashesOn) {
  const auto program =
      parse_source(write("signs.cpp", "float f(float a) { return " + repeated("- ", 400000) + "a; }\n"), {});
  ASSERT_FALSE(program);
  EXPECT_EQ(program.error().kind, ErrorKind::input);
  EXPECT_THAT(program.error().message, HasSubstr("take apart what nests too deeply"));
}

TEST_F(FrontInput, SurvivesAbsurdFiles) {
  const std::vector<Absurd> table{
      {"empty.cpp", "", nullptr},
      {"only_a_comment.c", "/* nothing */", nullptr},
      {"long_sum.cpp", "float f(float a) { return a" + repeated(" + a", 20000) + "; }\n", "nested too deeply"},
      {"signs.cpp", "float f(float a) { return " + repeated("- ", 5000) + "a; }\n", "nested too deeply"},
      {"ifs.cpp", "void f(int n) { " + repeated("if (n) ", 2000) + "; }\n", "nested too deeply"},
      {"long_line.cpp", "float f(float* x) { " + repeated("x[0] += 1; ", 5000) + "return x[0]; }\n", nullptr},
      {"h\xc3\xa4ssliche \"Namen\"; $(rm).cpp", "void f(float* x) { x[0] = 1; }\n", nullptr},
      {"itself.cpp", "int f(int n) { return n < 2 ? 1 : n * f(n - 1); }\n", nullptr},
      {"templates.cpp", "template <class T> void f(T x) { f(&x); }\n", "does not compile with T = float"},
  };
  for (const Absurd& each : table) {
    SCOPED_TRACE(each.name);
    const auto program = parse_source(write(each.name, each.text), {});
    ASSERT_TRUE(program) << program.error().message;
    if (each.unsupported == nullptr) {
      EXPECT_TRUE(program->unsupported.empty());
    } else {
      ASSERT_FALSE(program->unsupported.empty());
      EXPECT_THAT(program->unsupported.front().what, HasSubstr(each.unsupported));
    }
  }
}

// The database says which macro is defined, and so which loop there is.
TEST_F(FrontInput, HonoursCompileCommands) {
  const std::string kernel = "#include \"size.h\"\nvoid f(float* x) { for (int i = 0; i < N; ++i) x[i] = SIGN 1; }\n";
  const fs::path file = write("src/deep/kernel.cpp", kernel);
  write("include/size.h", "#define N 12\n");
  const std::string entry = R"([{"directory": ")" + folder_.string() +
                            R"(", "file": "src/deep/kernel.cpp", "command": "g++ -Iinclude -DSIGN=- -fopenmp )"
                            R"(-fno-such-option -Wall -Werror -MD -MF x.d -o kernel.o -c src/deep/kernel.cpp"}])";
  EXPECT_FALSE(parse_source(file, {}));
  write("compile_commands.json", entry);
  const auto found = parse_source(file, {});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_THAT(to_text(*found), HasSubstr("(i < 12)"));
  EXPECT_THAT(to_text(*found), HasSubstr("x[i] = f32(-1)"));
  FrontOptions none;
  none.search_compile_commands = false;
  EXPECT_FALSE(parse_source(file, none));

  write("build/compile_commands.json", entry);
  fs::remove(folder_ / "compile_commands.json");
  FrontOptions named;
  named.compile_commands = folder_ / "build";
  ASSERT_TRUE(parse_source(file, named));
  named.compile_commands = folder_ / "build" / "compile_commands.json";
  named.compiler_arguments = {"-DN_AFTER=3"};
  EXPECT_TRUE(parse_source(file, named));
}

TEST_F(FrontInput, CompilerArgumentsAndLocationsAreTheUsers) {
  write("sub/inner.hpp", "inline float twice(float v) {\n  return v + v;\n}\n");
  const fs::path file = write("main.cpp", "#include \"inner.hpp\"\nfloat f(float x) { return twice(x); }\n");
  FrontOptions options;
  options.compiler_arguments = {"-I" + (folder_ / "sub").string()};
  const auto program = parse_source(file, options);
  ASSERT_TRUE(program) << program.error().message;
  ASSERT_EQ(program->functions.size(), 2U);
  EXPECT_EQ(program->functions[0].name, "f");
  EXPECT_TRUE(program->functions[0].listed);
  EXPECT_EQ(program->functions[0].at, (Location{file.string(), 2, 7}));
  EXPECT_EQ(program->functions[1].name, "twice");
  EXPECT_FALSE(program->functions[1].listed) << "defined in a header: followed, not listed";
}

}  // namespace
}  // namespace costscan::source
