// Tensor payloads in every encoding that onnx.proto allows: decoded, located, or left where they lie.
#include <functional>

#include "load_support.hpp"
#include "model/checked_math.hpp"

namespace costscan {
namespace {

using onnx::TensorProto;

struct TypedCase {
  const char* name;
  DType dtype;
  std::vector<std::int64_t> dims;
  std::function<void(TensorProto&)> fill;
  std::vector<std::uint8_t> bytes;  ///< little-endian packed, by hand from onnx.proto
};

void PrintTo(const TypedCase& typed, std::ostream* stream) { *stream << typed.name; }

class TypedTensor : public testing::TestWithParam<TypedCase> {};

const Tensor* only_initializer(const Model& model, const std::string& name) {
  for (const Tensor& tensor : model.graph.initializers) {
    if (tensor.name == name) return &tensor;
  }
  return nullptr;
}

TEST_P(TypedTensor, DecodesToPackedLittleEndian) {
  auto proto = test::small_model();
  auto* const tensor = proto.mutable_graph()->add_initializer();
  tensor->set_name("t");
  tensor->set_data_type(static_cast<int>(GetParam().dtype));
  for (const std::int64_t dim : GetParam().dims) tensor->add_dims(dim);
  GetParam().fill(*tensor);
  const test::TempFolder folder;
  const auto loaded = load_model(folder.write(proto));
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  const Tensor* const found = only_initializer(**loaded, "t");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->dtype, GetParam().dtype);
  EXPECT_EQ(found->dims, GetParam().dims);
  const auto bytes = bytes_in_memory(*found);
  ASSERT_TRUE(bytes.has_value());
  std::vector<std::uint8_t> got;
  for (const std::byte byte : *bytes) got.push_back(std::to_integer<std::uint8_t>(byte));
  EXPECT_EQ(got, GetParam().bytes);
}

auto int32s(std::vector<std::int32_t> values) {
  return [values](TensorProto& tensor) {
    for (const std::int32_t value : values) tensor.add_int32_data(value);
  };
}

const TypedCase typed_cases[] = {
    {"Float32",
     DType::float32,
     {2},
     [](TensorProto& t) { t.add_float_data(1), t.add_float_data(-2); },
     {0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0}},
    {"Complex64",
     DType::complex64,
     {1},
     [](TensorProto& t) { t.add_float_data(1), t.add_float_data(-2); },
     {0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0}},
    {"Float64", DType::float64, {}, [](TensorProto& t) { t.add_double_data(1); }, {0, 0, 0, 0, 0, 0, 0xF0, 0x3F}},
    {"Complex128",
     DType::complex128,
     {},
     [](TensorProto& t) { t.add_double_data(1), t.add_double_data(0); },
     {0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0}},
    {"Int64",
     DType::int64,
     {1},
     [](TensorProto& t) { t.add_int64_data(-2); },
     {0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}},
    {"UInt64",
     DType::uint64,
     {1},
     [](TensorProto& t) { t.add_uint64_data(~std::uint64_t{0} - 1); },
     {0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}},
    {"UInt32",
     DType::uint32,
     {2},
     [](TensorProto& t) { t.add_uint64_data(1), t.add_uint64_data(4294967295U); },
     {1, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF}},
    {"Int32", DType::int32, {1}, int32s({-2}), {0xFE, 0xFF, 0xFF, 0xFF}},
    {"Int16", DType::int16, {2}, int32s({-2, 32767}), {0xFE, 0xFF, 0xFF, 0x7F}},
    {"UInt16", DType::uint16, {1}, int32s({65535}), {0xFF, 0xFF}},
    {"Int8", DType::int8, {3}, int32s({-128, 127, -1}), {0x80, 0x7F, 0xFF}},
    {"UInt8", DType::uint8, {2}, int32s({255, 0}), {0xFF, 0}},
    {"Bool", DType::boolean, {3}, int32s({1, 0, 1}), {1, 0, 1}},
    {"Float16", DType::float16, {2}, int32s({0x3C00, 0xC000}), {0, 0x3C, 0, 0xC0}},
    {"BFloat16", DType::bfloat16, {1}, int32s({0x3F80}), {0x80, 0x3F}},
    {"Float8", DType::float8e4m3fn, {2}, int32s({0x38, 0xB8}), {0x38, 0xB8}},
    {"Int4Odd", DType::int4, {3}, int32s({0x21, 0x0F}), {0x21, 0x0F}},
    {"UInt4", DType::uint4, {2}, int32s({0xF1}), {0xF1}},
    {"Float4", DType::float4e2m1, {2}, int32s({0x72}), {0x72}},
    {"UInt2", DType::uint2, {5}, int32s({0xE4, 0x03}), {0xE4, 0x03}},
    {"Raw", DType::int16, {2}, [](TensorProto& t) { t.set_raw_data("abcd"); }, {'a', 'b', 'c', 'd'}},
    {"RawInt4", DType::int4, {3}, [](TensorProto& t) { t.set_raw_data("ab"); }, {'a', 'b'}},
    {"Empty", DType::float32, {0, 7}, [](TensorProto&) {}, {}},
    {"EmptyWithAbsurdDims", DType::float32, {0, std::int64_t{1} << 62, 1 << 20}, [](TensorProto&) {}, {}},
};

INSTANTIATE_TEST_SUITE_P(Table, TypedTensor, testing::ValuesIn(typed_cases),
                         [](const auto& instance) { return std::string(instance.param.name); });

TEST(StringTensor, KeepsItsBytes) {
  auto proto = test::small_model();
  auto* const tensor = proto.mutable_graph()->add_initializer();
  tensor->set_name("t");
  tensor->set_data_type(TensorProto::STRING);
  tensor->add_dims(2);
  tensor->add_string_data("plain");
  tensor->add_string_data(std::string("\xFF\0\n", 3));  // bytes, not text
  const test::TempFolder folder;
  const auto loaded = load_model(folder.write(proto));
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  const auto* const strings = std::get_if<std::vector<std::string>>(&only_initializer(**loaded, "t")->storage);
  ASSERT_NE(strings, nullptr);
  EXPECT_EQ(*strings, (std::vector<std::string>{"plain", std::string("\xFF\0\n", 3)}));
}

/// The same elements in every place and encoding give the same bytes; bulk fixed-width ones stay in the map.
TEST(BulkTensor, IsTheSameInEveryEncoding) {
  constexpr int count = 2000;
  auto proto = test::small_model();
  auto* const graph = proto.mutable_graph();
  const auto add = [&](const char* name, int dtype) {
    auto* const tensor = graph->add_initializer();
    tensor->set_name(name);
    tensor->set_data_type(dtype);
    tensor->add_dims(count);
    return tensor;
  };
  auto* const raw = add("raw", TensorProto::FLOAT);
  auto* const typed = add("typed", TensorProto::FLOAT);
  auto* const ints = add("ints", TensorProto::INT64);
  auto* const halves = add("halves", TensorProto::FLOAT16);
  auto* const doubles = add("doubles", TensorProto::DOUBLE);
  for (int i = 0; i < count; ++i) {
    const float value = 0.25F * static_cast<float>(i);
    raw->mutable_raw_data()->append(reinterpret_cast<const char*>(&value), sizeof value);
    typed->add_float_data(value);
    ints->add_int64_data(i - 1000);
    halves->add_int32_data(i);
    doubles->add_double_data(i * 0.5);
  }
  const test::TempFolder folder;
  const auto loaded = load_model(folder.write(proto));
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  const Model& model = **loaded;
  const auto mapped = [&](const char* name) {
    return std::holds_alternative<MappedBytes>(only_initializer(model, name)->storage);
  };
  EXPECT_TRUE(mapped("raw"));
  EXPECT_TRUE(mapped("typed"));
  EXPECT_TRUE(mapped("doubles"));
  const auto floats = floating_elements(*only_initializer(model, "raw"));
  ASSERT_TRUE(floats.has_value());
  EXPECT_EQ(floats, floating_elements(*only_initializer(model, "typed")));
  EXPECT_EQ(floats->at(1999), 0.25 * 1999);
  EXPECT_EQ(integer_elements(*only_initializer(model, "ints"))->at(1999), 999);
  EXPECT_EQ(floating_elements(*only_initializer(model, "doubles"))->at(3), 1.5);
  EXPECT_EQ(bytes_in_memory(*only_initializer(model, "halves"))->size(), 2U * count);
}

TEST(BulkTensor, OutlivesItsModel) {
  auto proto = test::small_model();
  test::add_raw_initializer(proto.mutable_graph(), "big", {1000}, 4000);
  const test::TempFolder folder;
  Tensor kept;
  {
    const auto loaded = load_model(folder.write(proto));
    ASSERT_TRUE(loaded.has_value());
    kept = *only_initializer(**loaded, "big");
  }
  const auto bytes = bytes_in_memory(kept);
  ASSERT_TRUE(bytes.has_value());
  EXPECT_EQ(std::to_integer<int>((*bytes)[3999]), 3999 * 37 % 251);
}

TEST(TensorWithoutBytes, IsAWarningNotAnError) {
  auto proto = test::small_model();
  proto.mutable_graph()->mutable_initializer(0)->clear_raw_data();
  const test::TempFolder folder;
  const auto loaded = load_model(folder.write(proto));
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  EXPECT_TRUE(std::holds_alternative<std::monostate>((*loaded)->graph.initializers[0].storage));
  ASSERT_EQ((*loaded)->warnings.size(), 1U);
  EXPECT_NE((*loaded)->warnings[0].find("1 weight has no bytes in the file (first: 'w')"), std::string::npos);
}

TEST(SparseInitializer, HasValuesIndicesAndDims) {
  auto proto = test::small_model();
  auto* const sparse = proto.mutable_graph()->add_sparse_initializer();
  auto* const values = sparse->mutable_values();
  values->set_name("sp");
  values->set_data_type(TensorProto::FLOAT);
  values->add_dims(300);
  auto* const indices = sparse->mutable_indices();
  indices->set_data_type(TensorProto::INT64);
  indices->add_dims(300);
  indices->add_dims(2);
  std::string raw;
  for (std::int64_t i = 0; i < 300; ++i) {
    values->add_float_data(1);
    for (const std::int64_t at : {i, i}) raw.append(reinterpret_cast<const char*>(&at), sizeof at);
  }
  indices->set_raw_data(raw);
  sparse->add_dims(300);
  sparse->add_dims(300);
  test::add_node(proto.mutable_graph(), "Relu", {"sp"}, {"r"});
  const test::TempFolder folder;
  const auto loaded = load_model(folder.write(proto));
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  const Graph& graph = (*loaded)->graph;
  ASSERT_EQ(graph.sparse_initializers.size(), 1U);
  const SparseTensor& found = graph.sparse_initializers[0];
  EXPECT_EQ(found.dims, (Shape{300, 300}));
  EXPECT_EQ(found.indices.dims, (Shape{300, 2}));
  EXPECT_TRUE(std::holds_alternative<MappedBytes>(found.indices.storage));
  const Value& value = graph.values[static_cast<std::size_t>(graph.value_by_name.at("sp"))];
  EXPECT_EQ(value.origin, ValueOrigin::initializer);
  EXPECT_EQ(value.initializer, static_cast<std::int32_t>(graph.initializers.size()));
}

}  // namespace
}  // namespace costscan
