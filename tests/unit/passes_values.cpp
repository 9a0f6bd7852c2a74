// What the runner of passes stands on: bytes of weights, and outputs beside one another. To add a case: a line in a
// table.
#include <gtest/gtest.h>

#include <cstring>
#include <map>

#include "passes/differences.hpp"
#include "passes/rewrite.hpp"
#include "passes/runner.hpp"
#include "passes_support.hpp"
#include "shapes/infer.hpp"

namespace costscan::test {
namespace {

template <class T>
std::vector<std::byte> packed(const std::vector<T>& elements) {
  std::vector<std::byte> bytes(elements.size() * sizeof(T));
  if (!bytes.empty()) std::memcpy(bytes.data(), elements.data(), bytes.size());
  return bytes;
}

Tensor named(DType dtype, Shape dims, TensorStorage storage) {
  Tensor tensor;
  tensor.name = "y";
  tensor.dtype = dtype;
  tensor.dims = std::move(dims);
  tensor.storage = std::move(storage);
  return tensor;
}

struct DifferenceCase {
  const char* what;
  Tensor a;
  Tensor b;
  std::int64_t differing;
  bool reason;  ///< it is said why they cannot be compared
};

TEST(Differences, NothingIsEqualThatWasNotCompared) {
  const std::vector<float> two{1, 2};
  const std::vector<float> other{1, 3};
  const std::vector<std::int64_t> counts{5, 6};
  const OwnedBytes floats{packed(two)};
  const DifferenceCase cases[] = {
      {"equal", named(DType::float32, {2}, floats), named(DType::float32, {2}, floats), 0, false},
      {"one element", named(DType::float32, {2}, floats), named(DType::float32, {2}, OwnedBytes{packed(other)}), 1,
       false},
      {"a float output without contents", named(DType::float32, {2}, floats), named(DType::float32, {2}, {}), 0, true},
      {"an integer output without contents", named(DType::int64, {2}, OwnedBytes{packed(counts)}),
       named(DType::int64, {2}, {}), 0, true},
      {"texts, which the runtime gives without contents", named(DType::string, {2}, {}), named(DType::string, {2}, {}),
       0, true},
      {"nothing beside nothing", named(DType::float32, {0, 2}, {}), named(DType::float32, {0, 2}, {}), 0, false},
      {"another size", named(DType::float32, {2}, floats), named(DType::float32, {1, 2}, floats), 2, true},
  };
  for (const DifferenceCase& one : cases) {
    SCOPED_TRACE(one.what);
    const auto found = differences({one.a}, {one.b});
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found.front().differing, one.differing);
    EXPECT_EQ(!found.front().reason.empty(), one.reason) << found.front().reason;
  }
}

/// A tensor of floats in `file` from `offset` on.
Tensor external(const std::filesystem::path& file, std::int64_t offset, std::int64_t length, Shape dims) {
  return named(DType::float32, std::move(dims), ExternalBytes{file, offset, length, ExternalBytes::State::present});
}

struct ReadCase {
  const char* what;
  std::int64_t offset;
  std::int64_t length;
  Shape dims;
  std::size_t bytes;  ///< that come back; 0: an error
};

TEST(WeightReader, GivesTheBytesOfTheShape) {
  const Folder folder;
  const std::string contents(32, 'x');
  const auto file = folder.write("weights.bin", contents);
  const ReadCase cases[] = {
      {"four numbers", 0, 16, {4}, 16},
      {"two from the same place on", 0, 8, {2}, 8},
      {"more again", 0, 32, {8}, 32},
      {"more bytes stated than the shape takes", 16, 16, {3}, 12},
      {"fewer than the shape takes", 16, 8, {4}, 0},
  };
  const ReadWeight read = weight_reader();
  for (const ReadCase& one : cases) {
    SCOPED_TRACE(one.what);
    const auto bytes = read(external(file, one.offset, one.length, one.dims));
    ASSERT_EQ(bytes.has_value(), one.bytes > 0) << (bytes ? "" : bytes.error().message);
    if (bytes) {
      EXPECT_EQ(bytes->size(), one.bytes);
    }
  }
}

TEST(Rewrites, TwoThatMakeEachOtherAreNoGraph) {
  const Folder folder;
  const auto model =
      model_of(folder, "g (float[2] x) => (float[2] y) { a = Neg(x) b = Neg(x) c = Add(a, b) y = Neg(c) }", "model",
               R"(ir_version: 10, opset_import: ["" : 20])");
  ASSERT_TRUE(model);
  const auto shaped = infer_shapes(model, {});
  ASSERT_TRUE(shaped) << shaped.error().message;
  const GraphView view(*shaped);
  const ValueId a = view.output(0, 0);
  const ValueId b = view.output(1, 0);
  std::vector<Rewrite> rewrites;
  for (const auto& [node, from, to] : {std::tuple(0, a, b), std::tuple(1, b, a)}) {
    RewriteBuilder builder(view, {node});
    builder.replace(from, to);
    rewrites.push_back(builder.finish());
  }
  const auto made = apply_rewrites(view, rewrites, {});
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(made->outcomes[0].applied);
  EXPECT_FALSE(made->outcomes[1].applied);
  EXPECT_FALSE(made->outcomes[1].reason.empty());
  EXPECT_EQ(made->model->graph.nodes.size(), 3U);
}

}  // namespace
}  // namespace costscan::test
