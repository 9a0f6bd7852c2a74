// Odd but usable: what real tools write, with the warning it earns.
#include <functional>

#include "load_support.hpp"

namespace costscan {
namespace {

using onnx::AttributeProto;
using onnx::GraphProto;
using onnx::ModelProto;

GraphProto* graph_of(ModelProto& model) { return model.mutable_graph(); }

struct OddModel {
  const char* name;
  std::function<void(ModelProto&)> change;
  std::string warning;  ///< part of the one warning; empty: none
};

void PrintTo(const OddModel& odd, std::ostream* stream) { *stream << odd.name; }

class OddModelTest : public testing::TestWithParam<OddModel> {};

TEST_P(OddModelTest, LoadsWithItsWarning) {
  auto proto = test::small_model();
  GetParam().change(proto);
  const test::TempFolder folder;
  const auto loaded = load_model(folder.write(proto));
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  const auto& warnings = (*loaded)->warnings;
  ASSERT_EQ(warnings.size(), GetParam().warning.empty() ? 0U : 1U) << testing::PrintToString(warnings);
  if (warnings.empty()) return;
  EXPECT_NE(warnings[0].find(GetParam().warning), std::string::npos) << warnings[0];
  EXPECT_EQ(warnings[0].find('\n'), std::string::npos);
  EXPECT_LT(warnings[0].size(), 600U);
}

const OddModel odd_models[] = {
    {"AsItIs", [](ModelProto&) {}, ""},
    {"UnknownDomain",
     [](ModelProto& m) { test::add_node(graph_of(m), "Mystery", {"x"}, {"q"}, "odd")->set_domain("org.example"); },
     "domain 'org.example' (1 node, first node 2 'odd' (Mystery)) is not among the imported"},
    {"ImportedUnknownDomain",
     [](ModelProto& m) {
       test::add_node(graph_of(m), "Mystery", {"x"}, {"q"}, "odd")->set_domain("org.example");
       m.add_opset_import()->set_domain("org.example");
       m.mutable_opset_import(1)->set_version(1);
     },
     ""},
    {"UnknownOp", [](ModelProto& m) { test::add_node(graph_of(m), "Mystery", {"x"}, {"q"}); }, ""},
    {"DomainSpelledOut",
     [](ModelProto& m) {
       m.mutable_opset_import(0)->set_domain("ai.onnx");
       graph_of(m)->mutable_node(0)->set_domain("ai.onnx");
     },
     ""},
    {"SameImportTwice", [](ModelProto& m) { *m.add_opset_import() = m.opset_import(0); }, ""},
    {"IrVersion3WithInitializerAsInput",
     [](ModelProto& m) {
       m.set_ir_version(3);
       test::add_value(graph_of(m)->mutable_input(), "w");
     },
     ""},
    {"IrVersion1", [](ModelProto& m) { m.set_ir_version(1); }, "IR version 1 is older"},
    {"IrVersion99", [](ModelProto& m) { m.set_ir_version(99); }, "IR version 99 is newer"},
    {"Opset7", [](ModelProto& m) { m.mutable_opset_import(0)->set_version(7); }, ""},
    {"Opset26", [](ModelProto& m) { m.mutable_opset_import(0)->set_version(26); }, ""},
    {"Opset6", [](ModelProto& m) { m.mutable_opset_import(0)->set_version(6); }, "opset 6 is older than 7"},
    {"Opset999", [](ModelProto& m) { m.mutable_opset_import(0)->set_version(999); }, "opset 999 is newer than"},
    {"DuplicateNodeNames", [](ModelProto& m) { test::add_node(graph_of(m), "Relu", {"x"}, {"q"}, "relu"); },
     "1 node has the name of an earlier one (first: 'relu')"},
    {"NamelessNodes",
     [](ModelProto& m) {
       for (auto& node : *graph_of(m)->mutable_node()) node.clear_name();
     },
     ""},
    {"TenMegabyteName",
     [](ModelProto& m) {
       for (auto& node : *graph_of(m)->mutable_node()) node.set_name(std::string(10'000'000, 'n'));
     },
     "nnn...')"},
    {"OptionalInputsAndOutputs",
     [](ModelProto& m) { test::add_node(graph_of(m), "Clip", {"x", "", "w"}, {"", "q"}, "clip"); }, ""},
    {"NonUtf8Documentation", [](ModelProto& m) { graph_of(m)->mutable_node(0)->set_doc_string("caf\xE9"); },
     "documentation text is not UTF-8"},
    {"NonUtf8StringAttribute",
     [](ModelProto& m) {
       test::add_attribute(graph_of(m)->mutable_node(0), "blob", AttributeProto::STRING)->set_s("\xFF\xFE");
     },
     ""},
    {"MinusOneDimension", [](ModelProto& m) { test::add_value(graph_of(m)->mutable_input(), "in", {-1, 3}); },
     "declared dimension is -1"},
    {"OutputListedTwice", [](ModelProto& m) { test::add_value(graph_of(m)->mutable_output(), "z"); },
     "1 graph output is listed twice"},
    {"ShadowedName",
     [](ModelProto& m) {
       auto* const node = test::add_node(graph_of(m), "If", {"x"}, {"if_out"}, "branch");
       auto* const body = test::add_attribute(node, "then_branch", AttributeProto::GRAPH)->mutable_g();
       test::add_node(body, "Relu", {"x"}, {"y"}, "inner");
     },
     "1 name in a subgraph hides one of an enclosing graph (first: 'y')"},
    {"SubgraphReturnsOuterValue",
     [](ModelProto& m) {
       auto* const node = test::add_node(graph_of(m), "If", {"x"}, {"if_out"}, "branch");
       auto* const body = test::add_attribute(node, "then_branch", AttributeProto::GRAPH)->mutable_g();
       test::add_value(body->mutable_output(), "y");
     },
     ""},
    {"StaleValueInfo", [](ModelProto& m) { test::add_value(graph_of(m)->mutable_value_info(), "optimised_away"); }, ""},
    {"EmptyGraph", [](ModelProto& m) { graph_of(m)->Clear(); }, ""},
    {"NoOpsetWithoutOnnxNodes",
     [](ModelProto& m) {
       graph_of(m)->Clear();
       m.clear_opset_import();
     },
     ""},
    {"TrainingInfo",
     [](ModelProto& m) { test::add_raw_initializer(m.add_training_info()->mutable_algorithm(), "t", {1000}, 4000); },
     "training_info is ignored"},
    {"FunctionWithoutImports",
     [](ModelProto& m) {
       auto* const function = m.add_functions();
       function->set_name("F");
       function->set_domain("local");
       function->add_input("a");
       function->add_output("b");
       test::add_node(function, "Relu", {"a"}, {"b"});
       test::add_node(graph_of(m), "F", {"x"}, {"fo"})->set_domain("local");
     },
     ""},
};

INSTANTIATE_TEST_SUITE_P(Table, OddModelTest, testing::ValuesIn(odd_models),
                         [](const auto& instance) { return std::string(instance.param.name); });

TEST(Order, UnsortedNodesAreSortedAndKeepTheirFileIndex) {
  auto proto = test::small_model();
  graph_of(proto)->mutable_node()->SwapElements(0, 1);
  const test::TempFolder folder;
  const auto loaded = load_model(folder.write(proto));
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  const Graph& found = (*loaded)->graph;
  ASSERT_EQ(found.nodes.size(), 2U);
  EXPECT_EQ(found.nodes[0].name, "relu");
  EXPECT_EQ(found.nodes[0].file_index, 1);
  EXPECT_EQ(found.nodes[1].name, "add");
  EXPECT_EQ(found.nodes[1].file_index, 0);
  EXPECT_EQ(found.values[static_cast<std::size_t>(found.value_by_name.at("y"))].producer, 0);
  EXPECT_EQ(found.values[static_cast<std::size_t>(found.value_by_name.at("z"))].producer, 1);
  ASSERT_EQ((*loaded)->warnings.size(), 1U);
  EXPECT_NE((*loaded)->warnings[0].find("1 graph lists nodes before what they depend on"), std::string::npos);
}

/// A value that only a subgraph reads is a dependency of the node that holds the subgraph.
TEST(Order, CapturesCountAsDependencies) {
  auto proto = test::small_model();
  auto* const branch = test::add_node(graph_of(proto), "If", {"x"}, {"if_out"}, "branch");
  auto* const body = test::add_attribute(branch, "then_branch", AttributeProto::GRAPH)->mutable_g();
  test::add_node(body, "Relu", {"late"}, {"q"}, "inner");
  test::add_node(graph_of(proto), "Relu", {"x"}, {"late"}, "after");
  const test::TempFolder folder;
  const auto loaded = load_model(folder.write(proto));
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  const Graph& found = (*loaded)->graph;
  EXPECT_EQ(found.nodes[2].name, "after");
  EXPECT_EQ(found.nodes[3].name, "branch");
}

TEST(Scopes, CapturedValuesAreFoundThroughTwoLevels) {
  const test::TempFolder folder;
  const auto loaded = load_model(folder.write(test::nested_model(2)));
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  const auto body_of = [](const Graph& holder) {
    return std::get<std::shared_ptr<const Graph>>(find_attribute(holder.nodes[0], "then_branch")->value);
  };
  const auto middle = body_of((*loaded)->graph);
  const auto inner = body_of(*middle);
  for (const Graph* const body : {middle.get(), inner.get()}) {
    const Value& value = body->values[static_cast<std::size_t>(body->value_by_name.at("x"))];
    EXPECT_EQ(value.origin, ValueOrigin::captured);
    EXPECT_EQ(value.producer, -1);
  }
}

TEST(Initializers, OfOldFilesAreBothInputAndInitializer) {
  auto proto = test::small_model();
  proto.set_ir_version(3);
  test::add_value(graph_of(proto)->mutable_input(), "w");
  const test::TempFolder folder;
  const auto loaded = load_model(folder.write(proto));
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  const Graph& found = (*loaded)->graph;
  const ValueId id = found.value_by_name.at("w");
  EXPECT_EQ(found.inputs, (std::vector<ValueId>{found.value_by_name.at("x"), id}));
  const Value& value = found.values[static_cast<std::size_t>(id)];
  EXPECT_EQ(value.origin, ValueOrigin::initializer);
  EXPECT_EQ(value.initializer, 0);
  ASSERT_TRUE(value.declared.has_value());
  EXPECT_EQ(constant_tensor(found, id), &found.initializers[0]);
}

TEST(Functions, OverloadsAreToldApart) {
  auto proto = test::small_model();
  for (const char* overload : {"", "one"}) {
    auto* const function = proto.add_functions();
    function->set_name("F");
    function->set_domain("local");
    function->set_overload(overload);
    function->add_input("a");
    function->add_output("b");
    test::add_node(function, *overload == '\0' ? "Relu" : "Sigmoid", {"a"}, {"b"});
    auto* const caller = test::add_node(graph_of(proto), "F", {"x"}, {std::string("f_") + overload});
    caller->set_domain("local");
    caller->set_overload(overload);
  }
  const test::TempFolder folder;
  const auto loaded = load_model(folder.write(proto));
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  const Model& model = **loaded;
  const Function* const plain = find_function(model, model.graph.nodes[2]);
  const Function* const one = find_function(model, model.graph.nodes[3]);
  ASSERT_NE(plain, nullptr);
  ASSERT_NE(one, nullptr);
  EXPECT_EQ(plain->body.nodes[0].op_type, "Relu");
  EXPECT_EQ(one->body.nodes[0].op_type, "Sigmoid");
  EXPECT_EQ(opset_version(one->opset_imports, ""), 20);
}

TEST(Lenient, NeedsNoImports) {
  auto proto = test::small_model();
  test::add_node(graph_of(proto), "Conv", {"x"}, {"q"})->set_domain("com.microsoft.nchwc");
  proto.clear_opset_import();
  const test::TempFolder folder;
  const auto path = folder.write(proto);
  EXPECT_FALSE(load_model(path).has_value());
  const auto loaded = load_model(path, {.lenient = true});
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  EXPECT_TRUE((*loaded)->warnings.empty());
}

TEST(Name, StemIsTheFileNameWithoutOnnx) {
  const test::TempFolder folder;
  for (const auto& [file, stem] : std::vector<std::pair<std::string, std::string>>{
           {"model.onnx", "model"}, {"a.b.onnx", "a.b"}, {"plain", "plain"}, {"other.pb", "other.pb"}}) {
    const auto loaded = load_model(folder.write(test::small_model(), file));
    ASSERT_TRUE(loaded.has_value());
    EXPECT_EQ((*loaded)->stem, stem);
  }
}

}  // namespace
}  // namespace costscan
