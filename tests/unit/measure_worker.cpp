// Whole measurements of small models in a real child process, good ones and every kind of bad end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <optional>

#include "measure/request.hpp"
#include "measure/worker.hpp"
#include "unit/measure_support.hpp"

namespace costscan {
namespace {

using test::Folder;
using test::quick_options;
using ::testing::HasSubstr;

constexpr const char* two_layers_text = R"(
  g (float[batch,16] x) => (float[batch,4] z) {
    h = MatMul(x, w1)
    r = Relu(h)
    s = Softmax(r)
    z = MatMul(s, w2)
  })";

/// Free batch, weights in a file that is not there, nodes without names.
std::shared_ptr<const ShapedModel> two_layers(const Folder& folder) {
  onnx::ModelProto model = test::parse_model(two_layers_text);
  test::add_missing_weight(model, "w1", {16, 64});
  test::add_missing_weight(model, "w2", {64, 4});
  return test::shaped_model(folder, model, {.dims = {{"batch", 3}}, .observed = {}});
}

/// An environment variable for as long as the test needs it.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const std::string& value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    setenv(name, value.c_str(), 1);
  }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;
  ~ScopedVariable() {
    if (old_) setenv(name_, old_->c_str(), 1);
    if (!old_) unsetenv(name_);
  }

 private:
  const char* name_;
  std::optional<std::string> old_;
};

TEST(MeasureWorker, MeasuresASmallModel) {
  SKIP_WITHOUT_RUNTIME();
  const Folder folder;
  const auto shaped = two_layers(folder);
  ASSERT_TRUE(shaped);
  std::vector<std::string> progress;
  MeasureOptions options = quick_options();
  options.progress = [&](const std::string& line) { progress.push_back(line); };
  const Measurement m = measure(*shaped, options);
  ASSERT_EQ(m.status, MeasureStatus::ok) << m.reason;
  EXPECT_EQ(m.reason, "");
  EXPECT_GE(m.latency.us.size(), 3U);
  EXPECT_LE(m.latency.us.size(), 5U);
  EXPECT_EQ(m.profiled_latency.us.size(), m.latency.us.size());
  EXPECT_GT(m.latency.median, 0);
  EXPECT_EQ(m.synthesized_weights, (16 * 64 + 64 * 4) * 4);
  EXPECT_THAT(m.input_notes, ::testing::ElementsAre(HasSubstr("x: about N(0, 1)")));
  EXPECT_FALSE(m.runtime_version.empty());
  EXPECT_FALSE(progress.empty());
  ASSERT_TRUE(m.optimized);
  ASSERT_FALSE(m.nodes.empty());
  for (const RuntimeNode& node : m.nodes) {
    EXPECT_GE(node.optimized_node, 0) << node.name;
    EXPECT_EQ(node.time.us.size(), m.profiled_latency.us.size()) << node.name;
    EXPECT_EQ(node.provider, "CPUExecutionProvider") << node.name;
  }
  // The shapes of the run follow the bound batch.
  EXPECT_THAT(m.nodes.front().input_shapes, ::testing::Contains(Shape{3, 16}));
  EXPECT_THAT(m.nodes.back().output_shapes, ::testing::ElementsAre(Shape{3, 4}));
  EXPECT_THAT(m.nodes.back().output_dtypes, ::testing::ElementsAre(DType::float32));
  const MeasuredRoofs roofs = m.roofs.value_or(MeasuredRoofs{});  // absent ones fail as zeros
  EXPECT_GT(roofs.flops_per_second, 1e8);
  EXPECT_GT(roofs.bytes_per_second, 1e8);
  EXPECT_GE(roofs.dispatch_us, 0);
  ASSERT_GE(roofs.copies.size(), 3U);
  EXPECT_TRUE(std::ranges::is_sorted(roofs.copies, {}, &CopyRate::footprint_bytes));
  for (const CopyRate& copy : roofs.copies) EXPECT_GT(copy.bytes_per_second, 1e8) << copy.footprint_bytes;
  EXPECT_GT(m.machine.logical_cpus, 0);
  EXPECT_TRUE(m.machine.load_after.has_value());
  EXPECT_TRUE(m.disturbance.has_value());
}

TEST(MeasureWorker, KnownRoofsAreNotMeasuredAgain) {
  SKIP_WITHOUT_RUNTIME();
  const Folder folder;
  const auto shaped = two_layers(folder);
  ASSERT_TRUE(shaped);
  std::string progress;
  MeasureOptions options = quick_options();
  options.roofs = MeasuredRoofs{3e9, 2e9, 1.5, {}};
  options.progress = [&](const std::string& line) { progress += line + '\n'; };
  const Measurement m = measure(*shaped, options);
  ASSERT_EQ(m.status, MeasureStatus::ok) << m.reason;
  EXPECT_EQ(m.roofs.value_or(MeasuredRoofs{}).flops_per_second, 3e9);
  EXPECT_THAT(progress, ::testing::Not(HasSubstr("roofs")));
}

TEST(MeasureWorker, EveryRunIsAccountedFor) {
  SKIP_WITHOUT_RUNTIME();
  const Folder folder;
  const auto shaped = two_layers(folder);
  ASSERT_TRUE(shaped);
  MeasureOptions options = quick_options();
  options.min_runs = 6;
  options.max_runs = 6;
  const Measurement m = measure(*shaped, options);
  ASSERT_EQ(m.status, MeasureStatus::ok) << m.reason;
  std::size_t runs[2] = {0, 0};
  std::size_t warmups[2] = {0, 0};
  double last_s = 0;
  for (const RunBlock& block : m.blocks) {
    runs[block.profiled ? 1 : 0] += static_cast<std::size_t>(block.runs);
    warmups[block.profiled ? 1 : 0] += static_cast<std::size_t>(block.warmup_runs);
    EXPECT_GE(block.started_s, last_s) << "in the order in which they ran";
    last_s = block.started_s;
  }
  EXPECT_EQ(m.blocks.size() % 2, 0U) << "each block of one session has one of the other";
  EXPECT_EQ(runs[0], m.latency.us.size());
  EXPECT_EQ(runs[1], m.profiled_latency.us.size());
  EXPECT_EQ(m.warmup_us.size(), static_cast<std::size_t>(m.warmup_runs) + warmups[0]);
  EXPECT_GE(m.profiled_warmup_us.size(), 3 + warmups[1]);
  for (const double us : m.warmup_us) EXPECT_GT(us, 0);
}

TEST(MeasureWorker, LeavesNothingInTheUsersFolders) {
  // ONNX Runtime 1.31 keeps a telemetry database in the user's cache unless it is switched off.
  SKIP_WITHOUT_RUNTIME();
  const Folder folder;
  const auto shaped = two_layers(folder);
  ASSERT_TRUE(shaped);
  MeasureOptions options = quick_options();
  options.runtime_library = load_ort_library({})->file;  // found now: later the home folder is another
  const std::filesystem::path home = folder / "home";
  std::filesystem::create_directory(home);
  const ScopedVariable redirected_home("HOME", home.string());
  const ScopedVariable redirected_cache("XDG_CACHE_HOME", home.string());
  const ScopedVariable redirected_temporary("TMPDIR", home.string());
  const Measurement m = measure(*shaped, options);
  ASSERT_EQ(m.status, MeasureStatus::ok) << m.reason;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(home)) ADD_FAILURE() << entry.path();
}

TEST(MeasureWorker, EveryLevelOptimisesAsFarAsItSays) {
  SKIP_WITHOUT_RUNTIME();
  const Folder folder;
  onnx::ModelProto model = test::parse_model(R"(
    g (float[2,16] x) => (float[2,4] y) { a = Identity(x)
      b = MatMul(a, w)
      y = Add(b, c) })");
  test::add_missing_weight(model, "w", {16, 4});
  test::add_missing_weight(model, "c", {4});
  const auto shaped = test::shaped_model(folder, model);
  ASSERT_TRUE(shaped);
  struct Case {
    const char* level;
    std::vector<std::string> ops;
  };
  // Level basic removes the Identity and makes a Gemm of the pair.
  const Case cases[] = {
      {"disabled", {"Identity", "MatMul", "Add"}}, {"basic", {"Gemm"}}, {"extended", {"Gemm"}}, {"all", {"Gemm"}}};
  for (const Case& one : cases) {
    MeasureOptions options = quick_options();
    options.optimization_level = one.level;
    const Measurement m = measure(*shaped, options);
    ASSERT_EQ(m.status, MeasureStatus::ok) << m.reason;
    std::vector<std::string> ops;
    ops.reserve(m.nodes.size());
    for (const RuntimeNode& node : m.nodes) ops.push_back(node.op_type);
    EXPECT_EQ(ops, one.ops) << one.level;
    EXPECT_EQ(m.optimization_level, one.level);
  }
}

TEST(MeasureWorker, PlansWithoutExecuting) {
  SKIP_WITHOUT_RUNTIME();
  const Folder folder;
  const auto shaped = two_layers(folder);
  ASSERT_TRUE(shaped);
  MeasureOptions options = quick_options();
  options.plan_only = true;
  const Measurement m = measure(*shaped, options);
  EXPECT_EQ(m.status, MeasureStatus::planned) << m.reason;
  EXPECT_TRUE(m.latency.us.empty());
  EXPECT_TRUE(m.nodes.empty());
  ASSERT_TRUE(m.optimized);
  EXPECT_FALSE(m.optimized->graph.nodes.empty());
}

TEST(MeasureWorker, LoopsCountTheirBodiesOnce) {
  SKIP_WITHOUT_RUNTIME();
  const Folder folder;
  const auto shaped = test::shaped_model(folder, test::parse_model(R"(
    g (float[64,64] x) => (float[64,64] y) <int64 trips = {4}, bool go = {1}> {
      y = Loop(trips, go, x) <body = b (int64 i, bool c, float[64,64] v) => (bool d, float[64,64] w) {
        d = Identity(c)
        w = MatMul(v, x)
      }>
    })"));
  ASSERT_TRUE(shaped);
  const Measurement m = measure(*shaped, quick_options());
  ASSERT_EQ(m.status, MeasureStatus::ok) << m.reason;
  const auto find = [&](const std::string& op) { return std::ranges::find(m.nodes, op, &RuntimeNode::op_type); };
  ASSERT_NE(find("Loop"), m.nodes.end());
  ASSERT_NE(find("MatMul"), m.nodes.end());
  for (std::size_t run = 0; run < m.profiled_latency.us.size(); ++run) {
    double sum = 0;
    for (const RuntimeNode& node : m.nodes) sum += node.time.us[run];
    EXPECT_LE(sum, m.profiled_latency.us[run] + static_cast<double>(m.nodes.size()))
        << "kernels of one run cannot take longer than the run";
  }
}

TEST(MeasureWorker, RealWeightsAreUsed) {
  // Weights in the file, above the size at which they are left out of the thin proto: were they not handed over, the
  // runtime would not even start; their sum decides a loop's trip count, so that it shows whether these were the bytes.
  SKIP_WITHOUT_RUNTIME();
  const Folder folder;
  onnx::ModelProto model = test::parse_model(R"(
    g (float[2] x) => (float[2] y) <bool go = {1}> {
      trips = ReduceSum<keepdims=0>(w)
      y = Loop(trips, go, x) <body = b (int64 i, bool c, float[2] v) => (bool d, float[2] z) {
        d = Identity(c)
        z = Exp(v)
      }>
    })");
  onnx::TensorProto& weight = *model.mutable_graph()->add_initializer();
  weight.set_name("w");
  weight.set_data_type(onnx::TensorProto::INT64);
  weight.add_dims(1000);
  std::vector<std::int64_t> ones(1000, 0);
  for (std::size_t i = 0; i < 37; ++i) ones[i * 20] = 1;
  weight.set_raw_data(ones.data(), ones.size() * sizeof(std::int64_t));
  const auto shaped = test::shaped_model(folder, model);
  ASSERT_TRUE(shaped);
  // Counting body executions needs no look into the profile: 37 trips of Exp put infinity into the output.
  const Measurement m = measure(*shaped, quick_options());
  ASSERT_EQ(m.status, MeasureStatus::ok) << m.reason;
  EXPECT_EQ(m.synthesized_weights, 0);
  EXPECT_THAT(m.warnings, ::testing::Contains(HasSubstr("'y' holds NaN or infinity")));
}

TEST(MeasureWorker, BadEnds) {
  SKIP_WITHOUT_RUNTIME();
  struct Case {
    const char* fault;
    MeasureStatus status;
    const char* reason;
    bool latency_kept;
  };
  const Case cases[] = {
      {"crash@start", MeasureStatus::crashed, "SIGSEGV", false},
      {"kill@start", MeasureStatus::out_of_memory, "killed", false},
      {"crash@profiled", MeasureStatus::crashed, "SIGSEGV", true},
      {"exit@start", MeasureStatus::failed, "code 7", false},
      {"exit@profiled", MeasureStatus::failed, "code 7", true},
      {"memory@start", MeasureStatus::out_of_memory, "out of memory", false},
      {"memory@profiled", MeasureStatus::out_of_memory, "out of memory", true},
  };
  const Folder folder;
  const auto shaped = two_layers(folder);
  ASSERT_TRUE(shaped);
  // The worker's private folders go here, where nobody else's are.
  const std::filesystem::path temporary = folder / "tmp";
  std::filesystem::create_directory(temporary);
  const ScopedVariable redirected("TMPDIR", temporary.string());
  for (const Case& one : cases) {
    const Measurement m = measure_with_fault(*shaped, quick_options(), one.fault);
    EXPECT_EQ(m.status, one.status) << one.fault << ": " << m.reason;
    EXPECT_THAT(m.reason, HasSubstr(one.reason)) << one.fault;
    EXPECT_EQ(m.reason.find('\n'), std::string::npos) << one.fault;
    EXPECT_FALSE(m.advice.empty()) << one.fault;
    EXPECT_EQ(!m.latency.us.empty(), one.latency_kept) << one.fault;
    EXPECT_EQ(m.optimized != nullptr, one.latency_kept) << one.fault;
  }
  EXPECT_TRUE(std::filesystem::is_empty(temporary)) << "private folders are removed after failures too";
}

TEST(MeasureWorker, AHangIsStopped) {
  SKIP_WITHOUT_RUNTIME();
  const Folder folder;
  const auto shaped = two_layers(folder);
  ASSERT_TRUE(shaped);
  MeasureOptions options = quick_options();
  options.timeout_seconds = 3;
  const Measurement m = measure_with_fault(*shaped, options, "hang@start");
  EXPECT_EQ(m.status, MeasureStatus::timed_out);
  EXPECT_THAT(m.reason, HasSubstr("3 s"));
}

TEST(MeasureWorker, AMemoryLimitIsKept) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "AddressSanitizer's allocator ends the process itself";
#endif
  SKIP_WITHOUT_RUNTIME();
  const Folder folder;
  onnx::ModelProto model = test::parse_model("g (float[2,16384] x) => (float[2,16384] y) { y = MatMul(x, w) }");
  test::add_missing_weight(model, "w", {16384, 16384});  // 1 GiB
  const auto shaped = test::shaped_model(folder, model);
  ASSERT_TRUE(shaped);
  MeasureOptions options = quick_options();
  options.memory_limit_bytes = 256 << 20;
  const Measurement m = measure(*shaped, options);
  EXPECT_EQ(m.status, MeasureStatus::out_of_memory) << m.reason;
  EXPECT_FALSE(m.advice.empty());
}

TEST(MeasureWorker, AModelThatTheRuntimeRefuses) {
  SKIP_WITHOUT_RUNTIME();
  const Folder folder;
  const auto shaped =
      test::shaped_model(folder, test::parse_model("g (bfloat16[2] x) => (bfloat16[2] y) { [summing] y = Add(x, x) }"));
  ASSERT_TRUE(shaped);
  const Measurement m = measure(*shaped, quick_options());
  EXPECT_EQ(m.status, MeasureStatus::refused);
  EXPECT_THAT(m.reason, HasSubstr("Add"));
  EXPECT_EQ(m.reason.find('\n'), std::string::npos);
}

TEST(MeasureWorker, NoRuntime) {
  const Folder folder;
  const auto shaped = two_layers(folder);
  ASSERT_TRUE(shaped);
  struct Case {
    std::filesystem::path library;
    const char* reason;
  };
  const Case cases[] = {
      {folder / "libonnxruntime.so", "libonnxruntime.so"},  // absent
      {folder.write("text.so", "no library"), "text.so"},   // no library at all
      {"libm.so.6", "has no OrtGetApiBase"},                // a library, but another
  };
  for (const Case& one : cases) {
    MeasureOptions options = quick_options();
    options.runtime_library = one.library;
    const Measurement m = measure(*shaped, options);
    EXPECT_EQ(m.status, MeasureStatus::no_runtime) << one.library;
    EXPECT_THAT(m.reason, HasSubstr(one.reason));
    EXPECT_THAT(m.advice, HasSubstr("pip install onnxruntime"));
  }
}

TEST(MeasureWorker, AWorkerThatCannotStart) {
  const Folder folder;
  const auto shaped = two_layers(folder);
  ASSERT_TRUE(shaped);
  MeasureOptions options = quick_options();
  options.worker = "/no/such/worker";
  const Measurement m = measure(*shaped, options);
  EXPECT_EQ(m.status, MeasureStatus::failed);
  EXPECT_THAT(m.reason, HasSubstr("/no/such/worker"));
}

TEST(MeasureWorker, RequestsSurviveTheFile) {
  const Folder folder;
  MeasureRequest request;
  request.model = "/some/model.onnx";
  request.folder = folder.path();
  request.optimization_level = "basic";
  request.threads = 3;
  request.memory_limit_bytes = std::int64_t{5} << 33U;
  request.inputs = {{"na\"me\n", DType::int64, {2, 3}, {FillKind::ramp, 0, 7}, "note"}};
  request.weights = {{"w", {FillKind::uniform, -0.125, 0.125}}};
  ASSERT_TRUE(write_request(request, request_file(folder.path())));
  const auto back = read_request(request_file(folder.path()));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->model, request.model);
  EXPECT_EQ(back->threads, 3);
  EXPECT_EQ(back->memory_limit_bytes, request.memory_limit_bytes);
  ASSERT_EQ(back->inputs.size(), 1U);
  EXPECT_EQ(back->inputs[0].name, "na\"me\n");
  EXPECT_EQ(back->inputs[0].fill, request.inputs[0].fill);
  EXPECT_EQ(back->inputs[0].shape, (Shape{2, 3}));
  ASSERT_EQ(back->weights.size(), 1U);
  EXPECT_EQ(back->weights[0].fill, request.weights[0].fill);
  EXPECT_FALSE(read_request(folder.write("broken.json", "{\"model\": 3}")));
}

}  // namespace
}  // namespace costscan
