#include "measure/roofs.hpp"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <functional>

#include "measure/copy_rates.hpp"
#include "measure/statistics.hpp"

namespace costscan {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

onnx::ModelProto empty_model(const std::string& input, const std::string& output, const Shape& dims) {
  onnx::ModelProto model;
  model.set_ir_version(7);
  model.add_opset_import()->set_version(13);
  onnx::GraphProto& graph = *model.mutable_graph();
  graph.set_name("roof");
  for (auto* info : {graph.add_input(), graph.add_output()}) {
    auto& tensor = *info->mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(onnx::TensorProto::FLOAT);
    for (const std::int64_t dim : dims) tensor.mutable_shape()->add_dim()->set_dim_value(dim);
  }
  graph.mutable_input(0)->set_name(input);
  graph.mutable_output(0)->set_name(output);
  return model;
}

struct Case {
  Session session;
  Feeds feeds;
};

Result<Case> prepare(const Runtime& runtime, const onnx::ModelProto& model, const Shape& dims, SessionOptions options) {
  RunnableModel runnable;
  runnable.model = model.SerializeAsString();
  auto session = Session::create(runtime, runnable, options);
  if (!session) return tl::unexpected(session.error());
  const InputPlan plan{"x", DType::float32, dims, {FillKind::uniform, -1, 1}, {}};
  auto feeds = Feeds::create(runtime, std::span(&plan, 1));
  if (!feeds) return tl::unexpected(feeds.error());
  return Case{*std::move(session), *std::move(feeds)};
}

/// Durations in µs of `runs` runs after one that is not counted, or of fewer within `budget` seconds.
Result<std::vector<double>> time_runs(Case& one, int runs, double budget) {
  if (auto first = one.session.run(one.feeds); !first) return tl::unexpected(first.error());
  std::vector<double> us;
  const auto start = Clock::now();
  while (static_cast<int>(us.size()) < runs && (us.empty() || seconds_since(start) < budget)) {
    const auto time = one.session.run(one.feeds);
    if (!time) return tl::unexpected(time.error());
    us.push_back(*time);
  }
  return us;
}

/// x[n,n] times a constant [n,n], as a linear layer has it: 2 n³ operations.
Result<double> matrix_rate(const Runtime& runtime, std::int32_t threads, std::int64_t n) {
  onnx::ModelProto model = empty_model("x", "y", {n, n});
  onnx::TensorProto& weight = *model.mutable_graph()->add_initializer();
  weight.set_name("w");
  weight.set_data_type(onnx::TensorProto::FLOAT);
  weight.add_dims(n);
  weight.add_dims(n);
  std::string& raw = *weight.mutable_raw_data();
  raw.resize(static_cast<std::size_t>(n * n) * sizeof(float));
  fill_bytes({FillKind::uniform, -1, 1}, DType::float32, n, 1, std::as_writable_bytes(std::span(raw)));
  onnx::NodeProto& node = *model.mutable_graph()->add_node();
  node.set_op_type("MatMul");
  node.add_input("x");
  node.add_input("w");
  node.add_output("y");
  auto one = prepare(runtime, model, {n, n}, {.optimization_level = "all", .threads = threads});
  if (!one) return tl::unexpected(one.error());
  const auto us = time_runs(*one, 12, 0.25);
  if (!us) return tl::unexpected(us.error());
  return 2.0 * static_cast<double>(n) * static_cast<double>(n) * static_cast<double>(n) /
         (*std::ranges::min_element(*us) * 1e-6);
}

Result<double> best_matrix_rate(const Runtime& runtime, std::int32_t threads) {
  double best = 0;
  for (const std::int64_t n : {256, 512, 768, 1024}) {
    const auto rate = matrix_rate(runtime, threads, n);
    if (!rate) return tl::unexpected(rate.error());
    best = std::max(best, *rate);
    // On a slow machine the next size would cost more than it could tell.
    if (const auto next = static_cast<double>(2 * n); 2 * next * next * next / *rate > 1.0) break;
  }
  return best;
}

/// A chain of `length` ops on one element: nearly all of its time is the runtime's own.
Result<double> chain_us(const Runtime& runtime, std::int32_t threads, int length) {
  onnx::ModelProto model = empty_model("x", fmt::format("t{}", length), {1});
  for (int i = 0; i < length; ++i) {
    onnx::NodeProto& node = *model.mutable_graph()->add_node();
    node.set_op_type("Abs");
    node.add_input(i == 0 ? "x" : fmt::format("t{}", i));
    node.add_output(fmt::format("t{}", i + 1));
  }
  // Optimisers off: nothing may shorten the chain.
  auto one = prepare(runtime, model, {1}, {.optimization_level = "disabled", .threads = threads});
  if (!one) return tl::unexpected(one.error());
  const auto us = time_runs(*one, 100, 0.1);
  if (!us) return tl::unexpected(us.error());
  return median_of(*us);
}

Result<double> dispatch_us(const Runtime& runtime, std::int32_t threads) {
  constexpr int short_chain = 50;
  constexpr int long_chain = 250;
  const auto few = chain_us(runtime, threads, short_chain);
  if (!few) return tl::unexpected(few.error());
  const auto many = chain_us(runtime, threads, long_chain);
  if (!many) return tl::unexpected(many.error());
  return std::max((*many - *few) / (long_chain - short_chain), 0.0);
}

}  // namespace

Result<MeasuredRoofs> measure_roofs(const Runtime& runtime, std::int32_t threads) {
  threads = std::max(threads, 1);
  MeasuredRoofs roofs;
  const auto matrix = best_matrix_rate(runtime, threads);
  if (!matrix) return tl::unexpected(matrix.error());
  roofs.flops_per_second = *matrix;
  const auto dispatch = dispatch_us(runtime, threads);
  if (!dispatch) return tl::unexpected(dispatch.error());
  roofs.dispatch_us = *dispatch;
  auto copies = measure_copies(threads);
  if (!copies) return tl::unexpected(copies.error());
  roofs.copies = *std::move(copies);
  roofs.bytes_per_second = roofs.copies.back().bytes_per_second;  // what no cache holds
  return roofs;
}

}  // namespace costscan
