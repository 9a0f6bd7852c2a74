// External data: locations that leave the model's folder are refused, absent bytes are only a warning.
#include "load/thin_proto.hpp"
#include "load_support.hpp"

namespace costscan {
namespace {

namespace fs = std::filesystem;
using Entries = std::vector<std::pair<std::string, std::string>>;

/// small_model with its weight (24 bytes) made external.
onnx::ModelProto external_model(const Entries& entries) {
  auto model = test::small_model();
  auto* const tensor = model.mutable_graph()->mutable_initializer(0);
  tensor->clear_raw_data();
  tensor->set_data_location(onnx::TensorProto::EXTERNAL);
  for (const auto& [key, value] : entries) {
    auto* const pair = tensor->add_external_data();
    pair->set_key(key);
    pair->set_value(value);
  }
  return model;
}

struct BadReference {
  const char* name;
  Entries entries;
  std::string part;
};

void PrintTo(const BadReference& bad, std::ostream* stream) { *stream << bad.name; }

class ExternalRefused : public testing::TestWithParam<BadReference> {};

TEST_P(ExternalRefused, WithAReason) {
  const test::TempFolder folder;
  fs::create_directories(folder.path() / "a");
  fs::create_directory_symlink(folder.path().parent_path(), folder.path() / "a" / "out");
  const auto path = folder.write(external_model(GetParam().entries), "a/model.onnx");
  const auto loaded = load_model(path);
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().kind, ErrorKind::input);
  EXPECT_NE(loaded.error().message.find("initializer 'w': external data"), std::string::npos) << loaded.error().message;
  EXPECT_NE(loaded.error().message.find(GetParam().part), std::string::npos) << loaded.error().message;
  const auto thin = load_thin_proto(path);
  ASSERT_FALSE(thin.has_value());
  EXPECT_EQ(thin.error().message, loaded.error().message);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ExternalRefused,
    testing::Values(
        BadReference{"Absolute", {{"location", "/etc/passwd"}}, "is absolute"},
        BadReference{"AbsoluteWindows", {{"location", "C:\\data.bin"}}, "is absolute"},
        BadReference{"Unc", {{"location", "\\\\host\\share"}}, "is absolute"},
        BadReference{"Parent", {{"location", "../data.bin"}}, "leaves the model's folder"},
        BadReference{"ParentInside", {{"location", "b/../../data.bin"}}, "leaves the model's folder"},
        BadReference{"ParentAndBack", {{"location", "../a/data.bin"}}, "leaves the model's folder"},
        BadReference{"SymbolicLink", {{"location", "out/data.bin"}}, "through a symbolic link"},
        BadReference{"Folder", {{"location", "."}}, "is not a regular file"},
        BadReference{"ZeroByte", {{"location", std::string("da\0ta", 5)}}, "zero byte"},
        BadReference{"NoLocation", {{"offset", "0"}}, "no location"},
        BadReference{"EmptyLocation", {{"location", ""}}, "no location"},
        BadReference{"NegativeOffset", {{"location", "d"}, {"offset", "-8"}}, "offset '-8' is not a number"},
        BadReference{"HexOffset", {{"location", "d"}, {"offset", "0x10"}}, "offset '0x10' is not a number"},
        BadReference{"HugeOffset", {{"location", "d"}, {"offset", "9223372036854775808"}}, "is not a number"},
        BadReference{"OverflowingEnd", {{"location", "d"}, {"offset", "9223372036854775807"}}, "overflows"},
        BadReference{"NegativeLength", {{"location", "d"}, {"length", "-1"}}, "length '-1' is not a number"},
        BadReference{"WordLength", {{"location", "d"}, {"length", "all"}}, "length 'all' is not a number"},
        BadReference{"WrongLength", {{"location", "d"}, {"length", "23"}}, "has 23 bytes where"}),
    [](const auto& instance) { return std::string(instance.param.name); });

struct GoodReference {
  const char* name;
  Entries entries;
  std::size_t file_bytes;  ///< of "data.bin"; 0: no such file
  ExternalBytes::State state;
  std::string warning;  ///< empty: none
};

void PrintTo(const GoodReference& good, std::ostream* stream) { *stream << good.name; }

class ExternalAccepted : public testing::TestWithParam<GoodReference> {};

TEST_P(ExternalAccepted, WithItsState) {
  const test::TempFolder folder;
  const auto path = folder.write(external_model(GetParam().entries));
  if (GetParam().file_bytes > 0) folder.write("data.bin", std::string(GetParam().file_bytes, 'x'));
  const auto loaded = load_model(path);
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  const auto* const external = std::get_if<ExternalBytes>(&(*loaded)->graph.initializers[0].storage);
  ASSERT_NE(external, nullptr);
  EXPECT_EQ(external->state, GetParam().state);
  EXPECT_EQ(external->length, 24);
  const auto& warnings = (*loaded)->warnings;
  ASSERT_EQ(warnings.size(), GetParam().warning.empty() ? 0U : 1U);
  if (warnings.empty()) return;
  EXPECT_NE(warnings[0].find(GetParam().warning), std::string::npos) << warnings[0];
}

INSTANTIATE_TEST_SUITE_P(
    Table, ExternalAccepted,
    testing::Values(
        GoodReference{"Present",
                      {{"location", "data.bin"}, {"offset", "8"}, {"length", "24"}},
                      32,
                      ExternalBytes::State::present,
                      ""},
        GoodReference{"DotSlash", {{"location", "./data.bin"}}, 24, ExternalBytes::State::present, ""},
        GoodReference{"NoOffsetOrLength", {{"location", "data.bin"}}, 24, ExternalBytes::State::present, ""},
        GoodReference{
            "UnknownKey", {{"location", "data.bin"}, {"checksum", "abc"}}, 24, ExternalBytes::State::present, ""},
        GoodReference{"Missing",
                      {{"location", "data.bin"}},
                      0,
                      ExternalBytes::State::missing,
                      "1 weight (24 bytes) in 'data.bin' is missing: there is no such file"},
        GoodReference{"MissingFolder",
                      {{"location", "sub/folder/data.bin"}},
                      0,
                      ExternalBytes::State::missing,
                      "'sub/folder/data.bin' is missing"},
        GoodReference{
            "NameTooLong", {{"location", std::string(100'000, 'n')}}, 0, ExternalBytes::State::missing, "nnn...'"},
        GoodReference{"Short",
                      {{"location", "data.bin"}, {"offset", "1"}},
                      24,
                      ExternalBytes::State::too_short,
                      "the file is too short"}),
    [](const auto& instance) { return std::string(instance.param.name); });

TEST(External, OneWarningForAFile) {
  auto proto = test::small_model();
  for (int i = 0; i < 50; ++i) {
    auto* const tensor = test::add_raw_initializer(proto.mutable_graph(), "e" + std::to_string(i), {1000}, 0);
    tensor->clear_raw_data();
    tensor->set_data_location(onnx::TensorProto::EXTERNAL);
    auto* const pair = tensor->add_external_data();
    pair->set_key("location");
    pair->set_value(i < 40 ? "one.bin" : "two.bin");
  }
  const test::TempFolder folder;
  const auto loaded = load_model(folder.write(proto));
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  ASSERT_EQ((*loaded)->warnings.size(), 2U);
  EXPECT_NE((*loaded)->warnings[0].find("40 weights (160 kB) in 'one.bin' are missing"), std::string::npos);
  EXPECT_NE((*loaded)->warnings[1].find("10 weights (40 kB) in 'two.bin' are missing"), std::string::npos);
}

/// Download caches keep models and their data in one store and link to both.
TEST(External, LinkedModelMayUseTheStoreItIsIn) {
  const test::TempFolder folder;
  folder.write(external_model({{"location", "data.bin"}}), "store/1");
  folder.write("store/2", std::string(24, 'x'));
  fs::create_directories(folder.path() / "snapshot");
  fs::create_symlink("../store/1", folder.path() / "snapshot" / "model.onnx");
  fs::create_symlink("../store/2", folder.path() / "snapshot" / "data.bin");
  const auto loaded = load_model(folder.path() / "snapshot" / "model.onnx");
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  EXPECT_EQ(std::get<ExternalBytes>((*loaded)->graph.initializers[0].storage).state, ExternalBytes::State::present);
  EXPECT_EQ((*loaded)->stem, "model");
}

TEST(External, RelativePathInTheWorkingFolder) {
  for (const bool present : {true, false}) {
    const test::TempFolder folder;
    folder.write(external_model({{"location", "data.bin"}}));
    if (present) folder.write("data.bin", std::string(24, 'x'));
    const fs::path before = fs::current_path();
    fs::current_path(folder.path());
    const auto loaded = load_model("model.onnx");
    fs::current_path(before);
    ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
    EXPECT_EQ((*loaded)->warnings.empty(), present);
    EXPECT_EQ(std::get<ExternalBytes>((*loaded)->graph.initializers[0].storage).state,
              present ? ExternalBytes::State::present : ExternalBytes::State::missing);
  }
}

TEST(External, InConstantsSubgraphsAndFunctions) {
  auto proto = test::small_model();
  const auto make_external = [](onnx::TensorProto* tensor) {
    tensor->set_data_type(onnx::TensorProto::FLOAT);
    tensor->add_dims(500);
    tensor->set_data_location(onnx::TensorProto::EXTERNAL);
    auto* const pair = tensor->add_external_data();
    pair->set_key("location");
    pair->set_value("gone.bin");
  };
  const auto add_constant = [&](auto* holder, const std::string& output) {
    auto* const node = test::add_node(holder, "Constant", {}, {output}, output);
    make_external(test::add_attribute(node, "value", onnx::AttributeProto::TENSOR)->mutable_t());
  };
  add_constant(proto.mutable_graph(), "k");
  auto* const branch = test::add_node(proto.mutable_graph(), "If", {"x"}, {"if_out"});
  auto* const body = test::add_attribute(branch, "then_branch", onnx::AttributeProto::GRAPH)->mutable_g();
  add_constant(body, "inner");
  auto* const function = proto.add_functions();
  function->set_name("F");
  function->set_domain("local");
  add_constant(function, "in_function");
  const test::TempFolder folder;
  const auto loaded = load_model(folder.write(proto));
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  ASSERT_EQ((*loaded)->warnings.size(), 1U);
  EXPECT_NE((*loaded)->warnings[0].find("3 weights (6 kB) in 'gone.bin' are missing"), std::string::npos)
      << (*loaded)->warnings[0];
}

}  // namespace
}  // namespace costscan
