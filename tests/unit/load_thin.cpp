// The wire walk: what it leaves out can be put back to give exactly what protobuf reads from the whole file; damage of
// any kind is refused or read, never a crash; time and memory follow the nodes.
#include <fcntl.h>
#include <fmt/format.h>
#include <google/protobuf/util/message_differencer.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <ctime>
#include <functional>
#include <limits>
#include <random>
#include <set>

#include "load/thin_proto.hpp"
#include "load/thin_wire.hpp"
#include "load_support.hpp"

namespace costscan {
namespace {

namespace fs = std::filesystem;
using onnx::AttributeProto;
using onnx::TensorProto;

void fill_bulk(TensorProto* tensor, const std::string& name, int salt) {
  tensor->set_name(name);
  tensor->set_data_type(TensorProto::FLOAT);
  tensor->add_dims(700);
  std::string raw(2800, '\0');
  for (std::size_t i = 0; i < raw.size(); ++i) raw[i] = static_cast<char>(i * static_cast<std::size_t>(salt) % 253);
  tensor->set_raw_data(raw);
}

/// Bulk tensors in every place that onnx.proto has for them.
onnx::ModelProto everywhere_model() {
  auto model = test::small_model();
  auto* const graph = model.mutable_graph();
  fill_bulk(graph->add_initializer(), "init", 3);
  auto* const typed = graph->add_initializer();
  typed->set_name("typed");
  typed->set_data_type(TensorProto::DOUBLE);
  typed->add_dims(300);
  for (int i = 0; i < 300; ++i) typed->add_double_data(i);
  auto* const sparse = graph->add_sparse_initializer();
  fill_bulk(sparse->mutable_values(), "sparse", 5);
  sparse->mutable_indices()->set_data_type(TensorProto::INT64);
  sparse->mutable_indices()->add_dims(700);
  sparse->mutable_indices()->set_raw_data(std::string(5600, '\1'));
  sparse->add_dims(100000);
  auto* const constant = test::add_node(graph, "Constant", {}, {"k"});
  fill_bulk(test::add_attribute(constant, "value", AttributeProto::TENSOR)->mutable_t(), "", 7);
  auto* const many = test::add_node(graph, "Mystery", {"x"}, {"m"});
  auto* const list = test::add_attribute(many, "list", AttributeProto::TENSORS);
  fill_bulk(list->add_tensors(), "l0", 11);
  fill_bulk(list->add_tensors(), "l1", 13);
  auto* const sparse_attribute =
      test::add_attribute(many, "sparse", AttributeProto::SPARSE_TENSOR)->mutable_sparse_tensor();
  fill_bulk(sparse_attribute->mutable_values(), "", 17);
  sparse_attribute->mutable_indices()->set_data_type(TensorProto::INT64);
  sparse_attribute->mutable_indices()->add_dims(700);
  sparse_attribute->mutable_indices()->set_raw_data(std::string(5600, '\2'));
  sparse_attribute->add_dims(1000);
  auto* const branch = test::add_node(graph, "If", {"x"}, {"b"});
  auto* const body = test::add_attribute(branch, "then_branch", AttributeProto::GRAPH)->mutable_g();
  fill_bulk(body->add_initializer(), "inner", 19);
  auto* const bodies = test::add_attribute(branch, "bodies", AttributeProto::GRAPHS);
  fill_bulk(bodies->add_graphs()->add_initializer(), "inner0", 23);
  fill_bulk(bodies->add_graphs()->add_initializer(), "inner1", 29);
  auto* const function = model.add_functions();
  function->set_name("F");
  function->set_domain("local");
  auto* const in_function = test::add_node(function, "Constant", {}, {"k"});
  fill_bulk(test::add_attribute(in_function, "value", AttributeProto::TENSOR)->mutable_t(), "", 31);
  auto* const defaults = function->add_attribute_proto();
  defaults->set_name("table");
  defaults->set_type(AttributeProto::TENSOR);
  fill_bulk(defaults->mutable_t(), "", 37);
  return model;
}

/// Puts each bulk tensor's bytes back as raw_data: the inverse of thinning.
void restore(onnx::ModelProto& model, const std::vector<BulkTensor>& bulk) {
  std::map<std::string, const BulkTensor*> by_location;
  for (const BulkTensor& entry : bulk) by_location[entry.location] = &entry;
  ASSERT_EQ(by_location.size(), bulk.size()) << "locations are not unique";
  const std::function<void(google::protobuf::Message&)> walk = [&](google::protobuf::Message& message) {
    if (auto* const tensor = dynamic_cast<TensorProto*>(&message)) {
      if (tensor->data_location() != TensorProto::EXTERNAL) return;
      const auto found = by_location.find(tensor->external_data(0).value());
      ASSERT_NE(found, by_location.end());
      const auto& mapped = std::get<MappedBytes>(found->second->storage);
      EXPECT_EQ(static_cast<std::int64_t>(mapped.bytes.size()), found->second->bytes);
      EXPECT_EQ(tensor->external_data(2).value(), std::to_string(found->second->bytes));
      tensor->set_raw_data(mapped.bytes.data(), mapped.bytes.size());
      tensor->clear_external_data();
      tensor->clear_data_location();
      return;
    }
    std::vector<const google::protobuf::FieldDescriptor*> fields;
    const auto* const reflection = message.GetReflection();
    reflection->ListFields(message, &fields);
    for (const auto* const field : fields) {
      if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) continue;
      if (!field->is_repeated()) {
        walk(*reflection->MutableMessage(&message, field));
        continue;
      }
      for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
        walk(*reflection->MutableRepeatedMessage(&message, field, i));
      }
    }
  };
  walk(model);
}

TEST(Thin, RestoredEqualsWhatProtobufReads) {
  auto original = everywhere_model();
  const test::TempFolder folder;
  const auto path = folder.write(original);
  auto thin = load_thin_proto(path);
  ASSERT_TRUE(thin.has_value()) << thin.error().message;
  EXPECT_EQ(thin->bulk.size(), 14U);
  EXPECT_LT(thin->proto->ByteSizeLong(), 4000U);
  EXPECT_EQ(std::ranges::count_if(thin->bulk, &BulkTensor::in_attribute), 7);
  restore(*thin->proto, thin->bulk);
  // Double typed data comes back as raw_data, which is the same tensor.
  auto* const typed = original.mutable_graph()->mutable_initializer(2);
  typed->set_raw_data(typed->double_data().data(), 300 * sizeof(double));
  typed->clear_double_data();
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*thin->proto, original));
  EXPECT_TRUE(load_model(path).has_value());
}

TEST(Thin, ExternalAndAbsentTensorsAreListed) {
  auto model = test::small_model();
  auto* const external = test::add_raw_initializer(model.mutable_graph(), "e", {4}, 0);
  external->clear_raw_data();
  external->set_data_location(TensorProto::EXTERNAL);
  auto* const pair = external->add_external_data();
  pair->set_key("location");
  pair->set_value("gone.bin");
  test::add_raw_initializer(model.mutable_graph(), "nothing", {5}, 0)->clear_raw_data();
  const test::TempFolder folder;
  const auto thin = load_thin_proto(folder.write(model));
  ASSERT_TRUE(thin.has_value()) << thin.error().message;
  ASSERT_EQ(thin->bulk.size(), 2U);
  EXPECT_EQ(thin->bulk[0].name, "e");
  EXPECT_EQ(thin->bulk[0].bytes, 16);
  EXPECT_EQ(std::get<ExternalBytes>(thin->bulk[0].storage).state, ExternalBytes::State::missing);
  EXPECT_EQ(thin->bulk[1].owner, "initializer 'nothing'");
  EXPECT_TRUE(std::holds_alternative<std::monostate>(thin->bulk[1].storage));
  for (int i = 1; i <= 2; ++i) {
    EXPECT_EQ(thin->proto->graph().initializer(i).data_location(), TensorProto::EXTERNAL);
    EXPECT_EQ(thin->proto->graph().initializer(i).external_data(0).value(),
              thin->bulk[static_cast<std::size_t>(i - 1)].location);
  }
}

/// A forged marker must not give a tensor bytes that are not its own.
TEST(Thin, ForgedMarkersAreIgnoredOrRefused) {
  auto model = everywhere_model();
  auto* const forged = model.mutable_graph()->mutable_initializer(0);
  forged->clear_raw_data();
  forged->mutable_unknown_fields()->AddVarint(bulk_marker_field, 0);
  const test::TempFolder folder;
  const auto loaded = load_model(folder.write(model));
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  EXPECT_TRUE(std::holds_alternative<std::monostate>((*loaded)->graph.initializers[0].storage));
}

/// Each bit of a small model in turn; every prefix; random bytes inside. All must end in a value or a clear error.
TEST(Sweep, BitFlipsNeverCrash) {
  const std::string bytes = everywhere_model().SerializeAsString();
  // Bulk payloads are opaque: their bits are flipped only here and there.
  const test::TempFolder folder;
  std::mt19937 random(7);
  int refused = 0;
  int loaded_count = 0;
  for (std::size_t at = 0; at < bytes.size(); at += 1 + random() % 64) {
    for (const unsigned bit : {0U, 6U}) {
      std::string flipped = bytes;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << bit));
      const auto path = folder.write("flipped.onnx", flipped);
      const auto loaded = load_model(path);
      const auto thin = load_thin_proto(path);
      loaded ? ++loaded_count : ++refused;
      if (loaded) continue;
      ASSERT_EQ(loaded.error().message.find('\n'), std::string::npos);
      ASSERT_EQ(loaded.error().kind, ErrorKind::input);
    }
  }
  EXPECT_GT(refused, 10);
  EXPECT_GT(loaded_count, 10);
}

TEST(Sweep, EveryBitOfASmallModel) {
  const std::string bytes = test::small_model().SerializeAsString();
  const test::TempFolder folder;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = bytes;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << bit));
      const auto loaded = load_model(folder.write("flipped.onnx", flipped));
      if (loaded) continue;
      ASSERT_EQ(loaded.error().kind, ErrorKind::input);
    }
  }
}

TEST(Sweep, TruncationsAreRefused) {
  auto model = everywhere_model();
  // Opset imports stand behind the graph in the file: without them no prefix is a model.
  const std::string bytes = model.SerializeAsString();
  const test::TempFolder folder;
  for (std::size_t size = 0; size < bytes.size(); size += 1 + size / 100) {
    const auto loaded = load_model(folder.write("cut.onnx", bytes.substr(0, size)));
    ASSERT_FALSE(loaded.has_value()) << "prefix of " << size;
    ASSERT_EQ(loaded.error().kind, ErrorKind::input);
  }
}

TEST(Sweep, RandomSplicesNeverCrash) {
  const std::string bytes = test::nested_model(5).SerializeAsString() + everywhere_model().SerializeAsString();
  const test::TempFolder folder;
  std::mt19937 random(11);
  const auto below = [&](std::size_t end) { return static_cast<std::size_t>(random()) % end; };
  for (int round = 0; round < 600; ++round) {
    std::string spliced = bytes;
    for (int edit = 0; edit < 4; ++edit) {
      const std::size_t at = below(spliced.size());
      switch (random() % 3) {
        case 0: spliced.erase(at, below(64)); break;
        case 1: spliced.insert(at, bytes, below(bytes.size()), below(64)); break;
        default: spliced[at] = static_cast<char>(random()); break;
      }
    }
    const auto loaded = load_model(folder.write("spliced.onnx", spliced));
    if (loaded) continue;
    ASSERT_EQ(loaded.error().message.find('\n'), std::string::npos);
  }
}

/// Writes `model` with an initializer "huge" of `bytes` bytes that are a hole in the file. Its length prefixes exceed
/// what protobuf itself can write or read.
fs::path write_with_hole(const test::TempFolder& folder, onnx::ModelProto model, std::uint64_t bytes) {
  const auto varint = [](std::uint64_t value) {
    std::string out;
    for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
    return out + static_cast<char>(value);
  };
  TensorProto head;
  head.set_name("huge");
  head.set_data_type(TensorProto::UINT8);
  head.add_dims(static_cast<std::int64_t>(bytes));
  const std::string tensor_head = head.SerializeAsString() + "\x4A" + varint(bytes);  // raw_data
  const std::string graph_head = model.graph().SerializeAsString() + "\x2A" + varint(tensor_head.size() + bytes);
  model.clear_graph();
  const std::string before = model.SerializeAsString() + "\x3A" +
                             varint(graph_head.size() + tensor_head.size() + bytes) + graph_head + tensor_head;
  const auto path = folder.write("hole.onnx", before);
  const int fd = ::open(path.c_str(), O_WRONLY);
  EXPECT_EQ(::ftruncate(fd, static_cast<off_t>(before.size() + bytes)), 0);
  ::close(fd);
  return path;
}

std::int64_t resident_bytes() {
  std::int64_t total = 0;
  std::int64_t resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

/// Weights that are in the page cache must not come into the process through the map either.
TEST(Large, MemoryDoesNotFollowWeights) {
  const test::TempFolder folder;
  fs::path path;
  {
    auto model = test::small_model();
    for (int i = 0; i < 100; ++i) {
      test::add_raw_initializer(model.mutable_graph(), fmt::format("big{}", i), {750'000}, 3'000'000);
    }
    path = folder.write(model);
  }
  const std::int64_t before = resident_bytes();
  const auto loaded = load_model(path);
  const std::int64_t taken = resident_bytes() - before;
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  EXPECT_LT(taken, 20'000'000) << "of 300 MB of weights";
}

TEST(Large, SixGigabytesLoadInMilliseconds) {
  constexpr std::uint64_t bytes = 6'000'000'000;
  const test::TempFolder folder;
  const auto path = write_with_hole(folder, test::small_model(), bytes);
  const auto start = std::chrono::steady_clock::now();
  const auto loaded = load_model(path);
  const auto took = std::chrono::steady_clock::now() - start;
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  const Tensor& huge = (*loaded)->graph.initializers[1];
  EXPECT_EQ(std::get<MappedBytes>(huge.storage).bytes.size(), bytes);
  EXPECT_LT(took, std::chrono::milliseconds(500));
  const auto thin = load_thin_proto(path);
  ASSERT_TRUE(thin.has_value()) << thin.error().message;
  ASSERT_EQ(thin->bulk.size(), 1U);
  EXPECT_EQ(thin->bulk[0].bytes, static_cast<std::int64_t>(bytes));
}

onnx::ModelProto chain_model(int nodes) {
  auto model = test::empty_model();
  auto* const graph = model.mutable_graph();
  test::add_value(graph->mutable_input(), "v0");
  for (int i = 0; i < nodes; ++i) {
    const std::string tensor = fmt::format("w{}", i);
    test::add_raw_initializer(graph, tensor, {4}, 16);
    test::add_node(graph, "Add", {fmt::format("v{}", i), tensor}, {fmt::format("v{}", i + 1)},
                   fmt::format("/block.{}/Add", i));
  }
  test::add_value(graph->mutable_output(), fmt::format("v{}", nodes));
  return model;
}

/// Processor time, so that a busy machine matters less; the best of several rounds.
double best_seconds(const fs::path& path) {
  std::clock_t best = std::numeric_limits<std::clock_t>::max();
  for (int round = 0; round < 5; ++round) {
    const std::clock_t start = std::clock();
    EXPECT_TRUE(load_model(path).has_value());
    best = std::min(best, std::clock() - start);
  }
  return static_cast<double>(best) / CLOCKS_PER_SEC;
}

/// Nothing quadratic (which would be 100 times as long): the margin is for caches and for a busy machine.
TEST(Scale, TimeFollowsNodes) {
  const test::TempFolder folder;
  const double small = best_seconds(folder.write(chain_model(10'000), "small.onnx"));
  const double large = best_seconds(folder.write(chain_model(100'000), "large.onnx"));
  std::cout << "10,000 nodes " << small * 1e3 << " ms, 100,000 nodes " << large * 1e3 << " ms\n";
  EXPECT_LT(large, 40 * small);
}

/// Reversed nodes take the sorting path.
TEST(Scale, UnsortedNodesStayLinear) {
  const test::TempFolder folder;
  auto model = chain_model(50'000);
  std::reverse(model.mutable_graph()->mutable_node()->pointer_begin(),
               model.mutable_graph()->mutable_node()->pointer_end());
  const auto start = std::chrono::steady_clock::now();
  const auto loaded = load_model(folder.write(model));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  EXPECT_EQ((*loaded)->graph.nodes.front().file_index, 49'999);
  EXPECT_LT(took.count(), 10.0);
}

}  // namespace
}  // namespace costscan
