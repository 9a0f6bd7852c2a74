// Every real model that the project has: counts against shared/corpus/index.json, content against protobuf's own parse.
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <span>

#include "load/load.hpp"
#include "load/thin_proto.hpp"
#include "model/checked_math.hpp"

namespace costscan {
namespace {

namespace fs = std::filesystem;

fs::path shared_folder() {
  if (const char* given = std::getenv("COSTSCAN_SHARED")) return given;
  return fs::path(COSTSCAN_SOURCE_DIR) / ".." / "shared";
}

struct CorpusEntry {
  fs::path path;
  nlohmann::json facts;
};

std::vector<CorpusEntry> corpus() {
  const fs::path folder = shared_folder() / "corpus";
  std::vector<CorpusEntry> out;
  std::ifstream stream(folder / "index.json");
  if (!stream) return out;
  for (const auto& facts : nlohmann::json::parse(stream)) {
    fs::path path = folder / facts.at("file").get<std::string>();
    if (fs::exists(path)) out.push_back({std::move(path), facts});
  }
  return out;
}

#define SKIP_WITHOUT_CORPUS(models)                                                                       \
  if ((models).empty()) {                                                                                 \
    GTEST_SKIP() << "no model corpus at " << shared_folder() / "corpus" << "; set COSTSCAN_SHARED to it"; \
  }

std::int64_t count_nodes(const Graph& graph) {
  auto count = static_cast<std::int64_t>(graph.nodes.size());
  for (const Node& node : graph.nodes) {
    for (const Attribute& attribute : node.attributes) {
      if (const auto* body = std::get_if<std::shared_ptr<const Graph>>(&attribute.value)) count += count_nodes(**body);
    }
  }
  return count;
}

std::int64_t initializer_elements(const Graph& graph) {
  std::int64_t sum = 0;
  for (const Tensor& tensor : graph.initializers) sum += element_count(tensor);
  return sum;
}

TEST(Corpus, CountsEqualTheIndex) {
  const auto models = corpus();
  SKIP_WITHOUT_CORPUS(models);
  for (const auto& [path, facts] : models) {
    SCOPED_TRACE(path.filename().string());
    const auto loaded = load_model(path);
    ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
    const Model& model = **loaded;
    EXPECT_EQ(model.stem, path.stem().string());
    EXPECT_EQ(model.ir_version, facts.at("ir_version").get<std::int64_t>());
    EXPECT_EQ(opset_version(model.opset_imports, ""), facts.at("opset").get<std::int64_t>());
    const auto& counts = facts.at("node_counts");
    EXPECT_EQ(static_cast<std::int64_t>(model.graph.nodes.size()), counts.at("top").get<std::int64_t>());
    EXPECT_EQ(count_nodes(model.graph), counts.at("with_subgraphs").get<std::int64_t>());
    std::int64_t in_functions = 0;
    for (const Function& function : model.functions) in_functions += count_nodes(function.body);
    EXPECT_EQ(in_functions, counts.at("in_functions").get<std::int64_t>());
    EXPECT_EQ(static_cast<std::int64_t>(model.functions.size()), counts.at("functions").get<std::int64_t>());
    EXPECT_EQ(static_cast<std::int64_t>(model.graph.initializers.size()), facts.at("initializers").get<std::int64_t>());
    EXPECT_EQ(initializer_elements(model.graph), facts.at("initializer_elements").get<std::int64_t>());
    // Weights are stripped into one file that is not there; nothing else about these models is odd.
    EXPECT_LE(model.warnings.size(), 1U) << testing::PrintToString(model.warnings);
  }
}

// Content: what protobuf reads from the same file, compared field by field.

template <class Names>
void expect_names(const Graph& graph, const std::vector<ValueId>& ids, const Names& names) {
  ASSERT_EQ(static_cast<int>(ids.size()), names.size());
  for (int i = 0; i < names.size(); ++i) {
    const ValueId id = ids[static_cast<std::size_t>(i)];
    EXPECT_EQ(id == no_value ? "" : graph.values[static_cast<std::size_t>(id)].name, names[i]);
  }
}

void expect_tensor(const Tensor& tensor, const onnx::TensorProto& proto) {
  EXPECT_EQ(tensor.name, proto.name());
  EXPECT_EQ(static_cast<int>(tensor.dtype), proto.data_type());
  EXPECT_EQ(tensor.dims, Shape(proto.dims().begin(), proto.dims().end()));
  if (proto.data_location() == onnx::TensorProto::EXTERNAL) {
    const auto* const external = std::get_if<ExternalBytes>(&tensor.storage);
    ASSERT_NE(external, nullptr);
    for (const auto& entry : proto.external_data()) {
      const bool is_offset = entry.key() == "offset";
      if (!is_offset && entry.key() != "length") continue;
      EXPECT_EQ(std::to_string(is_offset ? external->offset : external->length), entry.value());
    }
  } else if (!proto.raw_data().empty()) {
    const auto bytes = bytes_in_memory(tensor);
    ASSERT_TRUE(bytes.has_value());
    EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size()), proto.raw_data());
  }
}

void expect_graph(const Graph& graph, const onnx::GraphProto& proto);

template <class T>
const T& value_of(const Attribute& attribute) {
  return std::get<T>(attribute.value);
}

void expect_attribute(const Attribute& attribute, const onnx::AttributeProto& proto) {
  using Proto = onnx::AttributeProto;
  SCOPED_TRACE("attribute " + proto.name());
  EXPECT_EQ(attribute.name, proto.name());
  EXPECT_EQ(attribute.declared_type, static_cast<int>(proto.type()));
  EXPECT_EQ(attribute.ref_attr_name, proto.ref_attr_name());
  if (!proto.ref_attr_name().empty()) return;
  switch (proto.type()) {
    case Proto::FLOAT: EXPECT_EQ(value_of<float>(attribute), proto.f()); break;
    case Proto::INT: EXPECT_EQ(value_of<std::int64_t>(attribute), proto.i()); break;
    case Proto::STRING: EXPECT_EQ(value_of<std::string>(attribute), proto.s()); break;
    case Proto::TENSOR: expect_tensor(value_of<Tensor>(attribute), proto.t()); break;
    case Proto::GRAPH: expect_graph(*value_of<std::shared_ptr<const Graph>>(attribute), proto.g()); break;
    case Proto::FLOATS:
      EXPECT_EQ(value_of<std::vector<float>>(attribute),
                std::vector<float>(proto.floats().begin(), proto.floats().end()));
      break;
    case Proto::INTS:
      EXPECT_EQ(value_of<std::vector<std::int64_t>>(attribute),
                std::vector<std::int64_t>(proto.ints().begin(), proto.ints().end()));
      break;
    case Proto::STRINGS:
      EXPECT_EQ(value_of<std::vector<std::string>>(attribute),
                std::vector<std::string>(proto.strings().begin(), proto.strings().end()));
      break;
    default: ADD_FAILURE() << "the corpus has an attribute type that this test does not compare: " << proto.type();
  }
}

void expect_metadata(const Metadata& metadata,
                     const google::protobuf::RepeatedPtrField<onnx::StringStringEntryProto>& props) {
  ASSERT_EQ(static_cast<int>(metadata.size()), props.size());
  for (int i = 0; i < props.size(); ++i) {
    EXPECT_EQ(metadata[static_cast<std::size_t>(i)], std::pair(props[i].key(), props[i].value()));
  }
}

template <class Nodes>
void expect_nodes(const Graph& graph, const Nodes& protos) {
  ASSERT_EQ(static_cast<int>(graph.nodes.size()), protos.size());
  for (int i = 0; i < protos.size(); ++i) {
    const Node& node = graph.nodes[static_cast<std::size_t>(i)];
    const onnx::NodeProto& proto = protos[i];
    SCOPED_TRACE(describe_node(node));
    EXPECT_EQ(node.file_index, i);
    EXPECT_EQ(node.name, proto.name());
    EXPECT_EQ(node.op_type, proto.op_type());
    EXPECT_EQ(node.domain, proto.domain() == "ai.onnx" ? "" : proto.domain());
    EXPECT_EQ(node.doc_string, proto.doc_string());
    expect_names(graph, node.inputs, proto.input());
    expect_names(graph, node.outputs, proto.output());
    expect_metadata(node.metadata, proto.metadata_props());
    ASSERT_EQ(static_cast<int>(node.attributes.size()), proto.attribute_size());
    for (int j = 0; j < proto.attribute_size(); ++j) {
      expect_attribute(node.attributes[static_cast<std::size_t>(j)], proto.attribute(j));
    }
  }
}

void expect_declared(const Graph& graph, const onnx::ValueInfoProto& info) {
  const auto id = graph.value_by_name.find(info.name());
  if (id == graph.value_by_name.end() || !info.type().has_tensor_type()) return;
  SCOPED_TRACE("value " + info.name());
  const auto& declared = graph.values[static_cast<std::size_t>(id->second)].declared;
  ASSERT_TRUE(declared.has_value());
  const auto& tensor = info.type().tensor_type();
  EXPECT_EQ(declared->kind, TypeKind::tensor);
  EXPECT_EQ(static_cast<int>(declared->dtype), tensor.elem_type());
  ASSERT_EQ(declared->dims.has_value(), tensor.has_shape());
  if (!tensor.has_shape()) return;
  ASSERT_EQ(static_cast<int>(declared->dims->size()), tensor.shape().dim_size());
  for (int i = 0; i < tensor.shape().dim_size(); ++i) {
    const auto& dim = tensor.shape().dim(i);
    const DeclaredDim expected = dim.has_dim_value() ? DeclaredDim(std::int64_t{dim.dim_value()})
                                 : dim.has_dim_param() && !dim.dim_param().empty() ? DeclaredDim(dim.dim_param())
                                                                                   : DeclaredDim();
    EXPECT_EQ((*declared->dims)[static_cast<std::size_t>(i)], expected);
  }
}

void expect_graph(const Graph& graph, const onnx::GraphProto& proto) {
  EXPECT_EQ(graph.name, proto.name());
  expect_nodes(graph, proto.node());
  ASSERT_EQ(static_cast<int>(graph.initializers.size()), proto.initializer_size());
  for (int i = 0; i < proto.initializer_size(); ++i) {
    expect_tensor(graph.initializers[static_cast<std::size_t>(i)], proto.initializer(i));
  }
  for (const auto* const list : {&proto.input(), &proto.output(), &proto.value_info()}) {
    for (const auto& info : *list) expect_declared(graph, info);
  }
  std::vector<std::string> inputs;
  for (const auto& input : proto.input()) inputs.push_back(input.name());
  std::vector<std::string> outputs;
  for (const auto& output : proto.output()) outputs.push_back(output.name());
  for (const auto& [ids, names] : {std::pair(&graph.inputs, &inputs), std::pair(&graph.outputs, &outputs)}) {
    ASSERT_EQ(ids->size(), names->size());
    for (std::size_t i = 0; i < names->size(); ++i) {
      EXPECT_EQ(graph.values[static_cast<std::size_t>((*ids)[i])].name, (*names)[i]);
    }
  }
  // Producers and origins agree with each other.
  for (std::size_t id = 0; id < graph.values.size(); ++id) {
    const Value& value = graph.values[id];
    EXPECT_EQ(value.producer >= 0, value.origin == ValueOrigin::node_output) << value.name;
    EXPECT_EQ(value.initializer >= 0, value.origin == ValueOrigin::initializer) << value.name;
    if (value.producer < 0) continue;
    const auto& produced = graph.nodes[static_cast<std::size_t>(value.producer)].outputs;
    EXPECT_NE(std::ranges::find(produced, static_cast<ValueId>(id)), produced.end()) << value.name;
  }
}

onnx::ModelProto parse_with_protobuf(const fs::path& path) {
  onnx::ModelProto proto;
  std::ifstream stream(path, std::ios::binary);
  EXPECT_TRUE(proto.ParseFromIstream(&stream)) << path;
  return proto;
}

TEST(Corpus, ContentEqualsWhatProtobufReads) {
  const auto models = corpus();
  SKIP_WITHOUT_CORPUS(models);
  for (const auto& [path, facts] : models) {
    SCOPED_TRACE(path.filename().string());
    const auto loaded = load_model(path);
    ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
    const onnx::ModelProto proto = parse_with_protobuf(path);
    const Model& model = **loaded;
    EXPECT_EQ(model.producer_name, proto.producer_name());
    expect_metadata(model.metadata, proto.metadata_props());
    expect_graph(model.graph, proto.graph());
    ASSERT_EQ(static_cast<int>(model.functions.size()), proto.functions_size());
    for (int i = 0; i < proto.functions_size(); ++i) {
      const Function& function = model.functions[static_cast<std::size_t>(i)];
      EXPECT_EQ(function.name, proto.functions(i).name());
      EXPECT_EQ(function.domain, proto.functions(i).domain());
      expect_nodes(function.body, proto.functions(i).node());
      expect_names(function.body, function.body.inputs, proto.functions(i).input());
      expect_names(function.body, function.body.outputs, proto.functions(i).output());
    }
  }
}

/// The invalid folder's models parse; what is wrong with them is a matter of types, which the shapes step judges.
TEST(Corpus, InvalidModelsLoadOrAreRefusedClearly) {
  const fs::path folder = shared_folder() / "corpus" / "invalid";
  if (!fs::exists(folder)) GTEST_SKIP() << "no invalid corpus at " << folder << "; set COSTSCAN_SHARED";
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto loaded = load_model(entry.path());
    if (loaded) continue;
    EXPECT_EQ(loaded.error().kind, ErrorKind::input);
    EXPECT_EQ(loaded.error().message.find('\n'), std::string::npos);
  }
}

TEST(Corpus, ThinProtosAreSmallAndListTheStrippedWeights) {
  const auto models = corpus();
  SKIP_WITHOUT_CORPUS(models);
  for (const auto& [path, facts] : models) {
    SCOPED_TRACE(path.filename().string());
    const auto thin = load_thin_proto(path);
    ASSERT_TRUE(thin.has_value()) << thin.error().message;
    EXPECT_EQ(thin->proto->graph().node_size(), facts.at("node_counts").at("top").get<int>());
    std::set<std::string> locations;
    for (const BulkTensor& entry : thin->bulk) {
      EXPECT_EQ(packed_bytes(element_count(std::span<const std::int64_t>(entry.dims)).value_or(-1), entry.dtype),
                entry.bytes);
      EXPECT_TRUE(locations.insert(entry.location).second);
    }
    EXPECT_LT(thin->proto->ByteSizeLong(), 8'000'000U);
  }
}

}  // namespace
}  // namespace costscan
