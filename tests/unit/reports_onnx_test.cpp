// Nodes of a model file gain metadata, and nothing else of it changes; oracle: protobuf's own parser.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "reports/onnx_wire.hpp"

namespace costscan {
namespace {

/// A file of its own for each test.
class WrittenModel {
 public:
  explicit WrittenModel(const std::string& bytes)
      : path_(std::filesystem::temp_directory_path() /
              fmt::format("costscan_wire_{}_{}.onnx", ::getpid(), fmt::ptr(this))),
        size_(bytes.size()) {
    std::ofstream(path_, std::ios::binary) << bytes;
  }
  WrittenModel(const WrittenModel&) = delete;
  WrittenModel& operator=(const WrittenModel&) = delete;
  ~WrittenModel() { std::filesystem::remove(path_); }

  [[nodiscard]] Result<ReportPieces> annotate(const AnnotationSource& source) const {
    return annotate_wire(path_, size_, source);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  std::uint64_t size_;
};

std::string joined(const ReportPieces& pieces) {
  std::string out;
  for (const auto& piece : pieces) {
    if (const auto* text = std::get_if<std::string>(&piece)) {
      out += *text;
      continue;
    }
    const auto& stretch = std::get<FileStretch>(piece);
    std::string bytes(stretch.length, '\0');
    std::ifstream in(stretch.file, std::ios::binary);
    in.seekg(static_cast<std::streamoff>(stretch.offset));
    in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out += bytes;
  }
  return out;
}

onnx::NodeProto* add_node(onnx::GraphProto& graph, const std::string& name) {
  onnx::NodeProto* node = graph.add_node();
  node->set_name(name);
  node->set_op_type("Relu");
  return node;
}

onnx::GraphProto* add_body(onnx::NodeProto& node, const std::string& attribute) {
  onnx::AttributeProto* held = node.add_attribute();
  held->set_name(attribute);
  held->set_type(onnx::AttributeProto::GRAPH);
  return held->mutable_g();
}

/// Main graph of three nodes, the second with two bodies (one with a body of its own), a function, and a big weight.
onnx::ModelProto nested_model() {
  onnx::ModelProto model;
  model.set_ir_version(10);
  auto* graph = model.mutable_graph();
  add_node(*graph, "first");
  auto* branch = add_node(*graph, "branch");
  add_node(*add_body(*branch, "then_branch"), "then");
  auto* loop = add_node(*add_body(*branch, "else_branch"), "loop");
  add_node(*add_body(*loop, "body"), "inner");
  add_node(*graph, "last");
  auto* weight = graph->add_initializer();
  weight->set_name("w");
  weight->set_raw_data(std::string(200'000, '\x08'));  // looks like tags
  auto* function = model.add_functions();
  function->set_name("f");
  function->add_node()->set_name("in function");
  auto* entry = graph->mutable_node(0)->add_metadata_props();
  entry->set_key("namespace");
  entry->set_value("kept");
  return model;
}

using Metadata = std::map<std::string, std::string>;

template <class Holder>
Metadata metadata_of(const Holder& holder) {
  Metadata out;
  for (const auto& entry : holder.metadata_props()) out[entry.key()] = entry.value();
  EXPECT_EQ(out.size(), static_cast<std::size_t>(holder.metadata_props_size())) << "no key twice";
  return out;
}

AnnotationSource with_places(const std::string& mark = "") {
  AnnotationSource source;
  source.node = [mark](const std::string& graph, std::int64_t place) {
    return MetadataEntries{{"costscan.at", graph + " " + std::to_string(place) + mark}};
  };
  source.model = {{"costscan.version", "1" + mark}};
  source.own_prefix = "costscan.";
  return source;
}

onnx::ModelProto annotated(const WrittenModel& file, const AnnotationSource& source) {
  onnx::ModelProto out;
  const auto pieces = file.annotate(source);
  EXPECT_TRUE(pieces) << (pieces ? "" : pieces.error().message);
  EXPECT_TRUE(pieces && out.ParseFromString(joined(*pieces)));
  return out;
}

TEST(ReportsOnnx, EveryNodeIsAnnotatedWhereItStands) {
  const WrittenModel file(nested_model().SerializeAsString());
  const onnx::ModelProto model = annotated(file, with_places());
  const auto at = [](const onnx::NodeProto& node) { return metadata_of(node)["costscan.at"]; };
  const onnx::NodeProto& branch = model.graph().node(1);
  EXPECT_EQ(at(model.graph().node(0)), "main 0");
  EXPECT_EQ(metadata_of(model.graph().node(0))["namespace"], "kept");
  EXPECT_EQ(at(branch), "main 1");
  EXPECT_EQ(at(branch.attribute(0).g().node(0)), "main/1:then_branch 0");
  const onnx::NodeProto& loop = branch.attribute(1).g().node(0);
  EXPECT_EQ(at(loop), "main/1:else_branch 0");
  EXPECT_EQ(at(loop.attribute(0).g().node(0)), "main/1:else_branch/0:body 0");
  EXPECT_EQ(at(model.graph().node(2)), "main 2");
  EXPECT_EQ(at(model.functions(0).node(0)), "function 0 0");
  EXPECT_EQ(metadata_of(model), (Metadata{{"costscan.version", "1"}}));
}

TEST(ReportsOnnx, NothingElseChanges) {
  const onnx::ModelProto before = nested_model();
  const WrittenModel file(before.SerializeAsString());
  AnnotationSource nothing;
  nothing.node = [](const std::string&, std::int64_t) { return MetadataEntries{}; };
  nothing.own_prefix = "costscan.";
  EXPECT_EQ(joined(file.annotate(nothing).value()), before.SerializeAsString());
  const WrittenModel after(annotated(file, with_places()).SerializeAsString());
  EXPECT_EQ(joined(after.annotate(nothing).value()), before.SerializeAsString()) << "what was added can be taken out";
}

TEST(ReportsOnnx, ASecondRunReplacesTheFirst) {
  const WrittenModel first(
      annotated(WrittenModel(nested_model().SerializeAsString()), with_places()).SerializeAsString());
  const onnx::ModelProto second = annotated(first, with_places(" again"));
  EXPECT_EQ(metadata_of(second.graph().node(0)), (Metadata{{"namespace", "kept"}, {"costscan.at", "main 0 again"}}));
  EXPECT_EQ(metadata_of(second)["costscan.version"], "1 again");
}

TEST(ReportsOnnx, WeightsAreNotRead) {
  const WrittenModel file(nested_model().SerializeAsString());
  const auto pieces = file.annotate(with_places());
  ASSERT_TRUE(pieces);
  std::size_t held = 0;
  std::size_t left = 0;
  for (const auto& piece : *pieces) {
    if (const auto* text = std::get_if<std::string>(&piece)) held += text->size();
    if (const auto* stretch = std::get_if<FileStretch>(&piece)) left += stretch->length;
  }
  EXPECT_GE(left, 200'000U);
  EXPECT_LT(held, 5'000U);
}

TEST(ReportsOnnx, AFileThatHasChangedIsRefused) {
  const WrittenModel file(nested_model().SerializeAsString());
  std::filesystem::resize_file(file.path(), 100);
  const auto cut = file.annotate(with_places());
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().kind, ErrorKind::input);
  for (const std::size_t length : {3U, 50U, 100U, 199'000U}) {
    const WrittenModel damaged(nested_model().SerializeAsString().substr(0, length));
    EXPECT_FALSE(damaged.annotate(with_places())) << length;
  }
}

}  // namespace
}  // namespace costscan
