// A clumsy graph and what passes make of it, run side by side in ONNX Runtime without its own optimiser.
#pragma once

#include <gtest/gtest.h>
#include <onnx/checker.h>

#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "measure/session.hpp"
#include "passes/pass.hpp"
#include "passes/runner.hpp"
#include "store/write_model.hpp"
#include "unit/measure_support.hpp"
#include "unit/norm_patterns_support.hpp"

namespace costscan::test {

/// One process has one runtime.
inline const Runtime* shared_runtime() {
  static const auto runtime = [] {
    auto library = load_ort_library({});
    return library ? Runtime::create(*std::move(library)) : Result<Runtime>(tl::unexpected(library.error()));
  }();
  return runtime ? &*runtime : nullptr;
}

/// How many nodes of each op; runtime operators with their domain.
inline std::map<std::string, int> op_counts(const Graph& graph) {
  std::map<std::string, int> counts;
  for (const Node& node : graph.nodes) {
    if (node.op_type != "Constant") ++counts[node.domain.empty() ? node.op_type : node.domain + "." + node.op_type];
  }
  return counts;
}

/// "Add 2, Gemm 1": what is compared with a table's text.
inline std::string counts_text(const Graph& graph) {
  std::string text;
  for (const auto& [op, count] : op_counts(graph)) {
    text += (text.empty() ? "" : ", ") + op + (count == 1 ? "" : " " + std::to_string(count));
  }
  return text;
}

/// The passes in turn, each until it finds nothing more; with the runner's own check after each step, but nothing
/// priced.
inline std::shared_ptr<const Model> optimized(const std::shared_ptr<const Model>& model,
                                              const std::vector<std::string>& passes, bool lacks_rms_norm = false,
                                              bool runtime_ops = false) {
  auto shaped = infer_shapes(model);
  EXPECT_TRUE(shaped) << shaped.error().message;
  if (!shaped) return nullptr;
  auto view = std::make_shared<const GraphView>(make_view(*shaped));
  const ReadWeight read = weight_reader();
  for (const std::string& name : passes) {
    const Pass* pass = find_pass(name);
    EXPECT_NE(pass, nullptr) << name;
    for (int step = 0; pass != nullptr && view->opset() >= pass->min_opset && step < 50; ++step) {
      const PassContext context{.view = *view,
                                .target = lacks_rms_norm ? "a machine" : "",
                                .target_lacks_rms_norm = lacks_rms_norm,
                                .evaluate = {},
                                .runtime_ops = runtime_ops,
                                .gain_us = {}};
      std::vector<Rewrite> found = pass->find(context);
      std::erase_if(found, [](const Rewrite& each) { return each.holds != Holds::every_binding; });
      if (found.empty()) break;
      const CheckedStep next = checked_step(*view, found, read);
      EXPECT_TRUE(next.fault.empty()) << next.fault;
      if (!next.view || std::ranges::none_of(next.outcomes, &RewriteOutcome::applied)) break;
      view = next.view;
      EXPECT_LT(step, 49) << name << " finds no end";
    }
  }
  return view->shaped().model;
}

struct Weight {
  const char* name;
  std::vector<std::int64_t> dims;
  float low = -0.5F;
  float high = 0.5F;
};

/// Adds initializers with contents of their own.
inline void add_weights(onnx::ModelProto& model, const std::vector<Weight>& weights) {
  for (const Weight& weight : weights) {
    onnx::TensorProto& tensor = *model.mutable_graph()->add_initializer();
    tensor.set_name(weight.name);
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    std::size_t count = 1;
    for (const std::int64_t dim : weight.dims) {
      tensor.add_dims(dim);
      count *= static_cast<std::size_t>(dim);
    }
    std::vector<float> contents(count);
    fill_bytes({FillKind::uniform, weight.low, weight.high}, DType::float32, 1, seed_of(weight.name),
               std::as_writable_bytes(std::span(contents)));
    for (const float value : contents) tensor.add_float_data(value);
  }
}

/// Inputs that passes are tried on: each floating graph input is filled in this way.
struct Values {
  const char* what;
  Fill fill;
};
inline const Values float_values[] = {
    {"uniform", {FillKind::uniform, -2, 2}},    {"large", {FillKind::uniform, -200, 200}},
    {"tiny", {FillKind::uniform, -1e-3, 1e-3}}, {"constant", {FillKind::constant, 0.7, 0}},
    {"shifted", {FillKind::uniform, 49, 51}},
};

/// The largest difference of any output, as fed with `fill`. NaN and infinities have to be the same in both: infinite
/// otherwise.
struct Difference {
  double absolute = 0;
  double largest = 0;   ///< magnitude before
  double relative = 0;  ///< largest |a - b| / |a| where a is not 0
};

inline double element_difference(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) == std::isnan(b) ? 0 : HUGE_VAL;
  return a == b ? 0 : std::abs(a - b);
}

/// A model in a session of its own, for several runs.
class RunnableFile {
 public:
  static Result<RunnableFile> create(const std::filesystem::path& file) {
    const auto loaded = load_model(file);
    if (!loaded) return tl::unexpected(loaded.error());
    const auto shaped = infer_shapes(*loaded);
    if (!shaped) return tl::unexpected(shaped.error());
    auto model = make_runnable(file, {});
    if (!model) return tl::unexpected(model.error());
    auto session = Session::create(*shared_runtime(), *model, {.optimization_level = "disabled"});
    if (!session) return tl::unexpected(session.error());
    return RunnableFile(*shaped, *std::move(model), *std::move(session));
  }

  Result<std::vector<Tensor>> run(const Fill& fill) {
    std::vector<InputPlan> inputs;
    const Scope& scope = shaped_->scopes.front();
    for (const ValueId in : scope.graph->inputs) {
      const TensorInfo& info = scope.tensors[static_cast<std::size_t>(in)];
      inputs.push_back({scope.graph->values[static_cast<std::size_t>(in)].name, info.dtype, *info.shape, fill, ""});
    }
    const auto feeds = Feeds::create(*shared_runtime(), inputs);
    if (!feeds) return tl::unexpected(feeds.error());
    return session_.run_tensors(*feeds);
  }

 private:
  RunnableFile(std::shared_ptr<const ShapedModel> shaped, RunnableModel model, Session session)
      : shaped_(std::move(shaped)), model_(std::move(model)), session_(std::move(session)) {}
  std::shared_ptr<const ShapedModel> shaped_;
  RunnableModel model_;  ///< owns weights that the session reads
  Session session_;
};

inline Difference difference_of(RunnableFile& before, RunnableFile& after, const Fill& fill) {
  const auto a = before.run(fill);
  const auto b = after.run(fill);
  EXPECT_TRUE(a) << a.error().message;
  EXPECT_TRUE(b) << b.error().message;
  Difference worst;
  if (!a || !b || a->size() != b->size()) return {HUGE_VAL, 0, HUGE_VAL};
  for (std::size_t i = 0; i < a->size(); ++i) {
    EXPECT_EQ((*a)[i].name, (*b)[i].name);
    EXPECT_EQ((*a)[i].dims, (*b)[i].dims);
    const auto of_a = floating_elements((*a)[i]);
    const auto of_b = floating_elements((*b)[i]);
    if (!of_a || !of_b || of_a->size() != of_b->size()) return {HUGE_VAL, 0, HUGE_VAL};
    for (std::size_t e = 0; e < of_a->size(); ++e) {
      const double x = (*of_a)[e];
      const double apart = element_difference(x, (*of_b)[e]);
      worst.absolute = std::max(worst.absolute, apart);
      if (std::isfinite(x)) worst.largest = std::max(worst.largest, std::abs(x));
      if (x != 0 && std::isfinite(x)) worst.relative = std::max(worst.relative, apart / std::abs(x));
    }
  }
  return worst;
}

/// A model as a file, and what passes made of it as another.
struct BeforeAndAfter {
  Folder folder;
  std::filesystem::path before;
  std::filesystem::path after;
  std::shared_ptr<const Model> model;  ///< after
  std::optional<RunnableFile> run_before;
  std::optional<RunnableFile> run_after;

  Difference difference(const Fill& fill) {
    if (!run_before) {
      auto a = RunnableFile::create(before);
      auto b = RunnableFile::create(after);
      EXPECT_TRUE(a) << a.error().message;
      EXPECT_TRUE(b) << b.error().message;
      if (!a || !b) return {HUGE_VAL, 0, HUGE_VAL};
      run_before = *std::move(a);
      run_after = *std::move(b);
    }
    return difference_of(*run_before, *run_after, fill);
  }
};

inline std::unique_ptr<BeforeAndAfter> run_passes(const onnx::ModelProto& proto, const std::vector<std::string>& passes,
                                                  bool lacks_rms_norm = false, bool runtime_ops = false) {
  auto out = std::make_unique<BeforeAndAfter>();
  out->before = out->folder.write("before.onnx", proto.SerializeAsString());
  out->after = out->folder / "after.onnx";
  const auto model = load_model(out->before);
  EXPECT_TRUE(model) << model.error().message;
  if (!model) return nullptr;
  out->model = optimized(*model, passes, lacks_rms_norm, runtime_ops);
  if (!out->model) return nullptr;
  const auto written = write_model(*out->model, out->after);
  EXPECT_TRUE(written) << written.error().message;
  if (!written) return nullptr;
  try {
    onnx::checker::check_model(out->after.string(), true);
  } catch (const std::exception& error) {
    ADD_FAILURE() << error.what();
  }
  return out;
}

}  // namespace costscan::test
