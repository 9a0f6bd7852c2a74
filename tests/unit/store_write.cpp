// Models written back: byte for byte where nothing changed, and all or nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/checker.h>

#include <cstring>
#include <fstream>
#include <iterator>

#include "load/load.hpp"
#include "load_support.hpp"
#include "store/write_model.hpp"

namespace costscan::test {
namespace {

namespace fs = std::filesystem;

std::string contents_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

fs::path bundled(const std::string& name) { return fs::path(COSTSCAN_SOURCE_DIR) / "tests/models" / name; }

/// A folder that vanishes with its test.
class WriteModel : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/costscan-store-XXXXXX";
    folder_ = ::mkdtemp(name);
  }
  void TearDown() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  std::shared_ptr<const Model> load(const fs::path& file) {
    auto model = load_model(file);
    EXPECT_TRUE(model) << model.error().message;
    return model ? *model : nullptr;
  }
  fs::path folder_;
};

class BundledModels : public WriteModel, public ::testing::WithParamInterface<const char*> {};

TEST_P(BundledModels, UnchangedIsTheSameBytes) {
  const auto model = load(bundled(GetParam()));
  ASSERT_TRUE(model);
  const auto written = write_model(*model, folder_ / "out.onnx");
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(contents_of(folder_ / "out.onnx"), contents_of(bundled(GetParam())));
}

INSTANTIATE_TEST_SUITE_P(Files, BundledModels,
                         ::testing::Values("bert_2layer.onnx", "bert_tiny.onnx", "llama_2layer_gqa_kv.onnx",
                                           "mobilenet_v3_small.onnx", "tagger_loop_if.onnx"),
                         [](const auto& one) {
                           std::string name = one.param;
                           return name.substr(0, name.find('.'));
                         });

TEST_F(WriteModel, NeverOverItsOwnSourceUnlessAsked) {
  fs::copy_file(bundled("bert_tiny.onnx"), folder_ / "m.onnx");
  const auto model = load(folder_ / "m.onnx");
  const auto refused = write_model(*model, folder_ / "m.onnx");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::usage);
  const auto allowed = write_model(*model, folder_ / "m.onnx", {.may_replace_source = true});
  ASSERT_TRUE(allowed) << allowed.error().message;
  EXPECT_EQ(contents_of(folder_ / "m.onnx"), contents_of(bundled("bert_tiny.onnx")));
}

TEST_F(WriteModel, AChangedSourceIsRefused) {
  fs::copy_file(bundled("bert_tiny.onnx"), folder_ / "m.onnx");
  const auto model = load(folder_ / "m.onnx");
  std::ofstream(folder_ / "m.onnx", std::ios::app) << "more";
  const auto written = write_model(*model, folder_ / "out.onnx");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::input);
  EXPECT_FALSE(fs::exists(folder_ / "out.onnx"));
}

TEST_F(WriteModel, AFailedWriteLeavesTheOldFileAndNoOther) {
  const auto model = load(bundled("bert_tiny.onnx"));
  fs::create_directories(folder_ / "taken.onnx");  // a rename onto a folder fails
  const auto written = write_model(*model, folder_ / "taken.onnx");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::output);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

/// Weights in another file, an annotation, a field that no version of ONNX knows, a name for everything.
onnx::ModelProto rich_model() {
  onnx::ModelProto proto;
  proto.set_ir_version(10);
  proto.add_opset_import()->set_version(20);
  proto.mutable_unknown_fields()->AddLengthDelimited(4000, "from the future");
  auto& graph = *proto.mutable_graph();
  graph.set_name("rich");
  auto* in = graph.add_input();
  in->set_name("x");
  in->mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
  in->mutable_type()->mutable_tensor_type()->mutable_shape()->add_dim()->set_dim_value(512);
  *graph.add_output() = *in;
  graph.mutable_output(0)->set_name("y");
  for (const char* name : {"w", "scale", "unread"}) {
    auto* tensor = graph.add_initializer();
    tensor->set_name(name);
    tensor->set_data_type(onnx::TensorProto::FLOAT);
    tensor->add_dims(512);
    tensor->set_raw_data(std::string(2048, name[0]));
  }
  auto* external = graph.add_initializer();
  external->set_name("v");
  external->set_data_type(onnx::TensorProto::FLOAT);
  external->add_dims(512);
  external->set_data_location(onnx::TensorProto::EXTERNAL);
  for (const auto& [key, value] :
       {std::pair("location", "sub/v.bin"), std::pair("offset", "0"), std::pair("length", "2048")}) {
    auto* entry = external->add_external_data();
    entry->set_key(key);
    entry->set_value(value);
  }
  const auto node = [&](const char* op, const char* a, const char* b, const char* out) {
    auto* made = graph.add_node();
    made->set_op_type(op);
    made->set_name(std::string("node of ") + out);
    made->set_doc_string("kept");
    made->add_input(a);
    made->add_input(b);
    made->add_output(out);
  };
  node("Add", "x", "w", "a");
  node("Mul", "a", "v", "y");
  auto* annotation = graph.add_quantization_annotation();
  annotation->set_tensor_name("a");
  auto* parameter = annotation->add_quant_parameter_tensor_names();
  parameter->set_key("SCALE_TENSOR");
  parameter->set_value("scale");
  return proto;
}

class RichModel : public WriteModel {
 protected:
  void SetUp() override {
    WriteModel::SetUp();
    fs::create_directories(folder_ / "in/sub");
    std::ofstream(folder_ / "in/m.onnx", std::ios::binary) << rich_model().SerializeAsString();
    std::ofstream(folder_ / "in/sub/v.bin", std::ios::binary) << std::string(2048, 'v');
    fs::create_directories(folder_ / "out");
    model_ = load(folder_ / "in/m.onnx");
  }
  onnx::ModelProto read(const fs::path& file) {
    onnx::ModelProto proto;
    EXPECT_TRUE(proto.ParseFromString(contents_of(file)));
    return proto;
  }
  std::shared_ptr<const Model> model_;
};

TEST_F(RichModel, ExternalDataGoesAlong) {
  const auto written = write_model(*model_, folder_ / "out/m.onnx");
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(contents_of(folder_ / "out/m.onnx"), contents_of(folder_ / "in/m.onnx"));
  EXPECT_EQ(contents_of(folder_ / "out/sub/v.bin"), std::string(2048, 'v'));
}

TEST_F(RichModel, AnotherFileInTheWayOfItsDataIsRefused) {
  fs::create_directories(folder_ / "out/sub");
  std::ofstream(folder_ / "out/sub/v.bin") << "other";
  const auto written = write_model(*model_, folder_ / "out/m.onnx");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::output);
  EXPECT_FALSE(fs::exists(folder_ / "out/m.onnx"));
}

TEST_F(RichModel, ItsWeightsAreNeverReplacedByTheModel) {
  fs::copy_file(folder_ / "in/sub/v.bin", folder_ / "in/w.bin");
  auto proto = rich_model();
  for (auto& tensor : *proto.mutable_graph()->mutable_initializer()) {
    for (auto& entry : *tensor.mutable_external_data()) {
      if (entry.key() == "location") entry.set_value("w.bin");
    }
  }
  std::ofstream(folder_ / "in/n.onnx", std::ios::binary) << proto.SerializeAsString();
  const auto model = load(folder_ / "in/n.onnx");
  for (const char* place : {"in/w.bin", "out/w.bin"}) {  // where they lie, and where they would be copied to
    const auto refused = write_model(*model, folder_ / place);
    ASSERT_FALSE(refused) << place;
    EXPECT_EQ(refused.error().kind, ErrorKind::usage);
  }
  EXPECT_EQ(contents_of(folder_ / "in/w.bin"), std::string(2048, 'v'));
  EXPECT_FALSE(fs::exists(folder_ / "out/w.bin"));
}

TEST_F(RichModel, MissingDataIsNotFoundInAnotherModelsPlace) {
  fs::remove(folder_ / "in/sub/v.bin");
  const auto model = load(folder_ / "in/m.onnx");
  const auto written = write_model(*model, folder_ / "out/m.onnx");
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_FALSE(fs::exists(folder_ / "out/sub/v.bin"));
  fs::create_directories(folder_ / "out/sub");
  std::ofstream(folder_ / "out/sub/v.bin") << std::string(2048, 'x');
  const auto refused = write_model(*model, folder_ / "out/n.onnx");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::output);
}

TEST_F(RichModel, WhatWasTakenOutIsGoneAndTheRestStays) {
  Model changed = *model_;
  Graph& graph = changed.graph;
  // The second node reads x instead of the first one's result.
  graph.nodes[1].inputs[0] = graph.inputs[0];
  graph.nodes.erase(graph.nodes.begin());
  graph.values[static_cast<std::size_t>(graph.nodes[0].outputs[0])].producer = 0;
  std::erase_if(graph.initializers,
                [](const Tensor& tensor) { return tensor.name == "unread" || tensor.name == "scale"; });
  const auto written = write_model(changed, folder_ / "in/out.onnx");
  ASSERT_TRUE(written) << written.error().message;
  const onnx::ModelProto proto = read(folder_ / "in/out.onnx");
  ASSERT_EQ(proto.graph().node_size(), 1);
  EXPECT_EQ(proto.graph().node(0).name(), "node of y");
  EXPECT_EQ(proto.graph().node(0).doc_string(), "kept");
  EXPECT_EQ(proto.graph().node(0).input(0), "x");
  std::vector<std::string> names;
  for (const auto& tensor : proto.graph().initializer()) names.push_back(tensor.name());
  // The annotation of a value that the graph still has reads its scale.
  EXPECT_THAT(names, ::testing::ElementsAre("w", "scale", "v"));
  EXPECT_EQ(proto.graph().initializer(0).raw_data(), std::string(2048, 'w'));
  EXPECT_EQ(proto.unknown_fields().field(0).length_delimited(), "from the future");
}

TEST_F(RichModel, NewConstantsLieWhereTheModelKeepsItsWeights) {
  Model changed = *model_;
  Graph& graph = changed.graph;
  const auto id = static_cast<ValueId>(graph.values.size());
  Value value;
  value.name = "new";
  value.origin = ValueOrigin::initializer;
  value.initializer = static_cast<std::int32_t>(graph.initializers.size());
  graph.values.push_back(value);
  graph.value_by_name.emplace("new", id);
  graph.initializers.push_back({"new", DType::float32, {512}, OwnedBytes{std::vector<std::byte>(2048, std::byte{7})}});
  graph.nodes[0].inputs[1] = id;
  const auto written = write_model(changed, folder_ / "out/m.onnx");
  ASSERT_TRUE(written) << written.error().message;
  ASSERT_EQ(written->data_files.size(), 1U);
  EXPECT_EQ(contents_of(written->data_files.front()), std::string(2048, '\7'));
  const auto again = load(folder_ / "out/m.onnx");
  const auto* external = std::get_if<ExternalBytes>(&again->graph.initializers.back().storage);
  for (const Tensor& tensor : again->graph.initializers) {
    if (tensor.name == "new") external = std::get_if<ExternalBytes>(&tensor.storage);
  }
  ASSERT_NE(external, nullptr);
  EXPECT_EQ(external->state, ExternalBytes::State::present);
}

TEST_F(RichModel, WhatDoesNotFitIntoOneMessageGoesOutside) {
  const auto written = write_model(*model_, folder_ / "out/m.onnx", {.most_inline_bytes = 4096});
  ASSERT_TRUE(written) << written.error().message;
  ASSERT_EQ(written->data_files.size(), 1U);
  const auto again = load(folder_ / "out/m.onnx");
  EXPECT_TRUE(again->warnings.empty());
  const std::string data = contents_of(written->data_files.front());
  for (const Tensor& tensor : again->graph.initializers) {
    const auto* external = std::get_if<ExternalBytes>(&tensor.storage);
    ASSERT_NE(external, nullptr) << tensor.name;
    if (tensor.name == "v") continue;
    EXPECT_EQ(data.substr(static_cast<std::size_t>(external->offset), 2048), std::string(2048, tensor.name[0]));
  }
}

}  // namespace
}  // namespace costscan::test
