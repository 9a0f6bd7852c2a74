// What cannot be used: every case ends in one clear line that names the file, the place and what to do.
#include <functional>

#include "load_support.hpp"

namespace costscan {
namespace {

using onnx::AttributeProto;
using onnx::GraphProto;
using onnx::ModelProto;
using onnx::TensorProto;

struct BadModel {
  const char* name;
  std::function<void(ModelProto&)> spoil;  ///< changes a small model that loads: x → relu → y → add(y, w) → z
  std::vector<std::string> parts;          ///< what the message must say
};

void PrintTo(const BadModel& bad, std::ostream* stream) { *stream << bad.name; }

class HostileModel : public testing::TestWithParam<BadModel> {};

TEST_P(HostileModel, IsRefusedInOneClearLine) {
  auto proto = test::small_model();
  GetParam().spoil(proto);
  const test::TempFolder folder;
  const auto path = folder.write(proto);
  const auto loaded = load_model(path);
  ASSERT_FALSE(loaded.has_value());
  test::expect_clear_refusal(loaded.error(), path, GetParam().parts);
}

GraphProto* graph(ModelProto& model) { return model.mutable_graph(); }
TensorProto* weight(ModelProto& model) { return graph(model)->mutable_initializer(0); }

/// Adds a node whose graph attribute `spoil` fills.
void with_body(ModelProto& model, const std::function<void(GraphProto*)>& spoil) {
  auto* const node = test::add_node(graph(model), "If", {"x"}, {"if_out"}, "branch");
  auto* const body = test::add_attribute(node, "then_branch", AttributeProto::GRAPH)->mutable_g();
  spoil(body);
}

onnx::FunctionProto* add_function(ModelProto& model, const std::string& name) {
  auto* const function = model.add_functions();
  function->set_name(name);
  function->set_domain("local");
  function->add_input("a");
  function->add_output("b");
  return function;
}

void call(GraphProto* caller, const std::string& name, const std::string& output) {
  test::add_node(caller, name, {"x"}, {output}, "call_" + name)->set_domain("local");
}

const BadModel bad_models[] = {
    // Names
    {"DuplicateInput",
     [](ModelProto& m) { test::add_value(graph(m)->mutable_input(), "x"); },
     {"graph input 'x' is already defined as an input"}},
    {"DuplicateInitializer",
     [](ModelProto& m) { test::add_raw_initializer(graph(m), "w", {2, 3}, 24); },
     {"initializer 'w' is already defined as an initializer"}},
    {"DuplicateOutput",
     [](ModelProto& m) { test::add_node(graph(m), "Relu", {"x"}, {"y"}, "again"); },
     {"node 2 'again' (Relu)", "output 'y' is already defined as a node's output"}},
    {"DuplicateOutputOfOneNode",
     [](ModelProto& m) { test::add_node(graph(m), "Split", {"x"}, {"p", "p"}, "s"); },
     {"node 2 's' (Split)", "output 'p'"}},
    {"OutputNamedLikeInput",
     [](ModelProto& m) { test::add_node(graph(m), "Relu", {"x"}, {"x"}, "again"); },
     {"output 'x' is already defined as an input"}},
    {"OutputNamedLikeInitializer",
     [](ModelProto& m) { test::add_node(graph(m), "Relu", {"x"}, {"w"}, "again"); },
     {"output 'w' is already defined as an initializer"}},
    {"UndefinedInput",
     [](ModelProto& m) { graph(m)->mutable_node(1)->set_input(0, "ghost"); },
     {"node 1 'add' (Add)", "input 'ghost' is not defined"}},
    {"UndefinedInputInSubgraph",
     [](ModelProto& m) { with_body(m, [](GraphProto* b) { test::add_node(b, "Relu", {"ghost"}, {"q"}, "inner"); }); },
     {"node 2 'branch' (If)", "attribute 'then_branch'", "node 0 'inner' (Relu)", "input 'ghost'", "enclosing graph"}},
    {"InnerValueReadOutside",
     [](ModelProto& m) {
       with_body(m, [](GraphProto* b) { test::add_node(b, "Relu", {"x"}, {"q"}, "inner"); });
       test::add_node(graph(m), "Relu", {"q"}, {"r"}, "outside");
     },
     {"node 3 'outside' (Relu)", "input 'q' is not defined"}},
    {"OutputNotProduced",
     [](ModelProto& m) { test::add_value(graph(m)->mutable_output(), "nowhere"); },
     {"graph output 'nowhere' is not produced"}},
    {"EmptyInputName", [](ModelProto& m) { test::add_value(graph(m)->mutable_input(), ""); }, {"empty name"}},
    {"EmptyInitializerName", [](ModelProto& m) { test::add_raw_initializer(graph(m), "", {1}, 4); }, {"empty name"}},
    {"NonUtf8NodeName",
     [](ModelProto& m) { graph(m)->mutable_node(0)->set_name("re\xFFlu"); },
     {"node 0", "node name 're\\xfflu' is not UTF-8"}},
    {"NonUtf8OpType",
     [](ModelProto& m) { graph(m)->mutable_node(0)->set_op_type("Re\xC0lu"); },
     {"op_type 'Re\\xc0lu'"}},
    {"NonUtf8Output",
     [](ModelProto& m) { graph(m)->mutable_node(0)->set_output(0, "y\xED\xA0\x80"); },
     {"node 0 'relu' (Relu)", "output 'y\\xed\\xa0\\x80' is not UTF-8"}},
    {"NonUtf8Input",
     [](ModelProto& m) { test::add_value(graph(m)->mutable_input(), "\x80"); },
     {"graph input '\\x80'"}},
    {"NonUtf8Initializer",
     [](ModelProto& m) { test::add_raw_initializer(graph(m), "w\xFE", {1}, 4); },
     {"initializer 'w\\xfe' is not UTF-8"}},
    {"NonUtf8Dimension",
     [](ModelProto& m) {
       auto* const input = test::add_value(graph(m)->mutable_input(), "in", {});
       input->mutable_type()->mutable_tensor_type()->mutable_shape()->add_dim()->set_dim_param("b\xFF");
     },
     {"value 'in'", "dimension name 'b\\xff' is not UTF-8"}},
    {"TenMegabyteNameUndefined",
     [](ModelProto& m) { graph(m)->mutable_node(1)->set_input(0, std::string(10'000'000, 'n')); },
     {"nnn...' is not defined"}},
    {"TenMegabyteNameOfNode",
     [](ModelProto& m) {
       graph(m)->mutable_node(1)->set_name(std::string(10'000'000, 'n'));
       graph(m)->mutable_node(1)->set_input(0, "ghost");
     },
     {"nnn...' (Add)", "'ghost'"}},
    {"NewlineInName", [](ModelProto& m) { graph(m)->mutable_node(1)->set_input(0, "gh\nost"); }, {"gh\\x0aost"}},
    {"NoOpType", [](ModelProto& m) { graph(m)->mutable_node(0)->clear_op_type(); }, {"node 0 'relu' ()", "no op_type"}},

    // Order
    {"CycleOfTwo",
     [](ModelProto& m) { graph(m)->mutable_node(0)->set_input(0, "z"); },
     {"cycle", "node 0 'relu' (Relu)", "node 1 'add' (Add)"}},
    {"CycleOfOne",
     [](ModelProto& m) { test::add_node(graph(m), "Relu", {"loop"}, {"loop"}, "self"); },
     {"cycle", "node 2 'self' (Relu) -> node 2 'self' (Relu)"}},
    {"CycleThroughSubgraph",
     [](ModelProto& m) { with_body(m, [](GraphProto* b) { test::add_node(b, "Relu", {"if_out"}, {"q"}); }); },
     {"cycle", "node 2 'branch' (If)"}},
    {"CycleInSubgraph",
     [](ModelProto& m) {
       with_body(m, [](GraphProto* b) {
         test::add_node(b, "Relu", {"q"}, {"p"}, "one");
         test::add_node(b, "Relu", {"p"}, {"q"}, "two");
       });
     },
     {"node 2 'branch' (If)", "cycle", "'one'", "'two'"}},
    {"LongCycle",
     [](ModelProto& m) {
       for (int i = 0; i < 1000; ++i) {
         test::add_node(graph(m), "Relu", {"c" + std::to_string(i)}, {"c" + std::to_string((i + 1) % 1000)});
       }
     },
     {"cycle", "(1000 nodes)"}},

    // Tensors
    {"NegativeDim", [](ModelProto& m) { weight(m)->set_dims(0, -2); }, {"initializer 'w'", "negative dimension -2"}},
    {"DimsOverflow",
     [](ModelProto& m) {
       weight(m)->set_dims(0, std::int64_t{1} << 62);
       weight(m)->set_dims(1, 4);
     },
     {"initializer 'w'", "more than 2^63 elements"}},
    {"BytesOverflow",
     [](ModelProto& m) {
       weight(m)->set_dims(0, std::int64_t{1} << 62);
       weight(m)->set_dims(1, 1);
     },
     {"initializer 'w'", "more than 2^63 bytes"}},
    {"HugeDims",
     [](ModelProto& m) { weight(m)->set_dims(0, 1'000'000'000'000); },
     {"initializer 'w'", "holds 24 bytes where shape [1000000000000,3] of float32 needs 12000000000000"}},
    {"ThousandsOfDims",
     [](ModelProto& m) {
       for (int i = 0; i < 5000; ++i) weight(m)->add_dims(2);
     },
     {"initializer 'w'", ",..."}},
    {"RawTooShort", [](ModelProto& m) { weight(m)->set_raw_data("abc"); }, {"initializer 'w'", "holds 3 bytes"}},
    {"RawTooLong", [](ModelProto& m) { weight(m)->set_raw_data(std::string(25, 'a')); }, {"holds 25 bytes"}},
    {"BulkRawTooShort",
     [](ModelProto& m) { test::add_raw_initializer(graph(m), "big", {1000}, 3999); },
     {"initializer 'big'", "holds 3999 bytes where shape [1000] of float32 needs 4000"}},
    {"UnknownDType",
     [](ModelProto& m) { weight(m)->set_data_type(99); },
     {"initializer 'w'", "element type number 99"}},
    {"UndefinedDType",
     [](ModelProto& m) { weight(m)->set_data_type(0); },
     {"initializer 'w'", "element type number 0"}},
    {"NegativeDType",
     [](ModelProto& m) { weight(m)->set_data_type(-1); },
     {"initializer 'w'", "element type number -1"}},
    {"TwoPlaces", [](ModelProto& m) { weight(m)->add_float_data(1); }, {"initializer 'w'", "two places"}},
    {"TwoTypedFields",
     [](ModelProto& m) {
       weight(m)->clear_raw_data();
       weight(m)->add_float_data(1);
       weight(m)->add_int64_data(1);
     },
     {"float_data and in int64_data"}},
    {"WrongTypedField",
     [](ModelProto& m) {
       weight(m)->clear_raw_data();
       for (int i = 0; i < 6; ++i) weight(m)->add_int64_data(1);
     },
     {"initializer 'w'", "is float32 but holds its data in int64_data"}},
    {"WrongBulkTypedField",
     [](ModelProto& m) {
       weight(m)->clear_raw_data();
       weight(m)->set_data_type(TensorProto::INT32);
       weight(m)->set_dims(0, 1000);
       for (int i = 0; i < 3000; ++i) weight(m)->add_float_data(1);
     },
     {"is int32 but holds its data in float_data"}},
    {"TypedCount",
     [](ModelProto& m) {
       weight(m)->clear_raw_data();
       for (int i = 0; i < 5; ++i) weight(m)->add_float_data(1);
     },
     {"holds 20 bytes of typed data where shape [2,3] of float32 needs 24"}},
    {"Int8OutOfRange",
     [](ModelProto& m) {
       weight(m)->clear_raw_data();
       weight(m)->set_data_type(TensorProto::INT8);
       for (int i = 0; i < 6; ++i) weight(m)->add_int32_data(300);
     },
     {"value 300, which does not fit int8"}},
    {"StringAsRaw", [](ModelProto& m) { weight(m)->set_data_type(TensorProto::STRING); }, {"is string but holds"}},
    {"StringCount",
     [](ModelProto& m) {
       weight(m)->clear_raw_data();
       weight(m)->set_data_type(TensorProto::STRING);
       weight(m)->add_string_data("one");
     },
     {"holds 1 strings where shape [2,3] of string needs 6"}},
    {"ConstantAttribute",
     [](ModelProto& m) {
       auto* const node = test::add_node(graph(m), "Constant", {}, {"k"}, "const");
       auto* const tensor = test::add_attribute(node, "value", AttributeProto::TENSOR)->mutable_t();
       tensor->set_data_type(TensorProto::INT64);
       tensor->add_dims(2);
       tensor->set_raw_data("12345678");
     },
     {"node 2 'const' (Constant)", "attribute 'value'", "holds 8 bytes"}},
    {"AttributeWithoutTensor",
     [](ModelProto& m) {
       test::add_attribute(test::add_node(graph(m), "Constant", {}, {"k"}, "const"), "value", AttributeProto::TENSOR);
     },
     {"node 2 'const' (Constant)", "element type number 0"}},
    {"SparseWithoutDims",
     [](ModelProto& m) {
       auto* const sparse = graph(m)->add_sparse_initializer();
       sparse->mutable_values()->set_name("sp");
       sparse->mutable_values()->set_data_type(TensorProto::FLOAT);
       sparse->mutable_values()->add_dims(1);
       sparse->mutable_values()->add_float_data(1);
     },
     {"sparse initializer 'sp'"}},
    {"SparseIndexShape",
     [](ModelProto& m) {
       auto* const sparse = graph(m)->add_sparse_initializer();
       sparse->mutable_values()->set_name("sp");
       sparse->mutable_values()->set_data_type(TensorProto::FLOAT);
       sparse->mutable_values()->add_dims(1);
       sparse->mutable_values()->add_float_data(1);
       sparse->mutable_indices()->set_data_type(TensorProto::INT64);
       sparse->mutable_indices()->add_dims(2);
       sparse->mutable_indices()->add_int64_data(1);
       sparse->mutable_indices()->add_int64_data(2);
       sparse->add_dims(10);
     },
     {"sparse initializer 'sp'", "indices have shape [2]"}},

    // Declared types
    {"InputUnknownType",
     [](ModelProto& m) { test::add_value(graph(m)->mutable_input(), "in", {1}, 77); },
     {"value 'in'", "element type number 77"}},
    {"InputNegativeDim",
     [](ModelProto& m) { test::add_value(graph(m)->mutable_input(), "in", {-5}); },
     {"value 'in'", "negative dimension -5"}},
    {"InputDimsOverflow",
     [](ModelProto& m) { test::add_value(graph(m)->mutable_input(), "in", {std::int64_t{1} << 40, 1 << 30}); },
     {"value 'in'", "overflows"}},
    {"DeepType",
     [](ModelProto& m) {
       auto* const input = graph(m)->add_input();
       input->set_name("in");
       auto* type = input->mutable_type();
       for (int i = 0; i < 60; ++i) type = type->mutable_sequence_type()->mutable_elem_type();
       type->mutable_tensor_type()->set_elem_type(1);
     },
     {"value 'in'", "nested more than"}},

    // Model level
    {"NoGraph", [](ModelProto& m) { m.clear_graph(); }, {"holds no graph"}},
    {"NoIrVersion", [](ModelProto& m) { m.clear_ir_version(); }, {"no IR version"}},
    {"NoOpset",
     [](ModelProto& m) { m.clear_opset_import(); },
     {"node 0 'relu' (Relu)", "no operator set of domain 'ai.onnx' is imported"}},
    {"TwoOpsets",
     [](ModelProto& m) {
       auto* const import = m.add_opset_import();
       import->set_domain("ai.onnx");
       import->set_version(13);
     },
     {"imports domain 'ai.onnx' in versions 20 and 13"}},
    {"OpsetZero", [](ModelProto& m) { m.mutable_opset_import(0)->set_version(0); }, {"version 0"}},
    {"DuplicateAttribute",
     [](ModelProto& m) {
       for (int i = 0; i < 2; ++i)
         test::add_attribute(graph(m)->mutable_node(0), "axis", AttributeProto::INT)->set_i(1);
     },
     {"node 0 'relu' (Relu)", "attribute 'axis' is given twice"}},
    {"AttributeWithoutName",
     [](ModelProto& m) { test::add_attribute(graph(m)->mutable_node(0), "", AttributeProto::INT)->set_i(1); },
     {"node 0 'relu' (Relu)", "attribute without a name"}},
    {"ReferenceOutsideFunction",
     [](ModelProto& m) {
       test::add_attribute(graph(m)->mutable_node(0), "axis", AttributeProto::INT)->set_ref_attr_name("axis");
     },
     {"node 0 'relu' (Relu)", "outside a function"}},

    // Functions
    {"FunctionTwice",
     [](ModelProto& m) {
       for (int i = 0; i < 2; ++i) test::add_node(add_function(m, "F"), "Relu", {"a"}, {"b"});
     },
     {"function 'local.F' is defined twice"}},
    {"FunctionSeesOnlyItsInputs",
     [](ModelProto& m) { test::add_node(add_function(m, "F"), "Add", {"a", "w"}, {"b"}, "inner"); },
     {"function 'F'", "node 0 'inner' (Add)", "input 'w' is not defined"}},
    {"FunctionOutputMissing", [](ModelProto& m) { add_function(m, "F"); }, {"function 'F'", "output 'b'"}},
    {"FunctionCallsItself",
     [](ModelProto& m) { test::add_node(add_function(m, "F"), "F", {"a"}, {"b"})->set_domain("local"); },
     {"function 'local.F' calls itself"}},
    {"FunctionsCallEachOther",
     [](ModelProto& m) {
       test::add_node(add_function(m, "F"), "G", {"a"}, {"b"})->set_domain("local");
       test::add_node(add_function(m, "G"), "F", {"a"}, {"b"})->set_domain("local");
     },
     {"calls itself, directly or through others"}},
    {"TooManyArguments",
     [](ModelProto& m) {
       test::add_node(add_function(m, "F"), "Relu", {"a"}, {"b"});
       test::add_node(graph(m), "F", {"x", "x"}, {"fo"}, "caller")->set_domain("local");
     },
     {"node 2 'caller' (F)", "passes 2 inputs to function 'local.F', which has 1"}},
    {"RequiredAttributeMissing",
     [](ModelProto& m) {
       auto* const function = add_function(m, "F");
       function->add_attribute("alpha");
       test::add_node(function, "Relu", {"a"}, {"b"});
       call(graph(m), "F", "fo");
     },
     {"node 2 'call_F' (F)", "lacks the attribute 'alpha'"}},
    {"UnknownOverload",
     [](ModelProto& m) {
       test::add_node(add_function(m, "F"), "Relu", {"a"}, {"b"});
       call(graph(m), "F", "fo");
       graph(m)->mutable_node(2)->set_overload("other");
     },
     {"node 2 'call_F' (F)", "overload 'other'"}},
};

INSTANTIATE_TEST_SUITE_P(Table, HostileModel, testing::ValuesIn(bad_models),
                         [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace costscan
