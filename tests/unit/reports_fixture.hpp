// An Analysis written by hand, small enough to add up in one's head, with every kind of row that reports must show.
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/analysis.hpp"

namespace costscan::test {

inline TensorColumn tensor(std::string name, Shape shape, bool constant = false) {
  return {std::move(name), true, DType::float32, std::move(shape), constant};
}

inline TensorColumn omitted() { return {"", false, DType::undefined, std::nullopt, false}; }

inline std::shared_ptr<const KernelText> kernel_text(std::string name, std::string flops) {
  auto text = std::make_shared<KernelText>();
  text->name = std::move(name);
  text->flops = std::move(flops);
  text->read = "bytes(X)";
  text->write = "bytes(Y)";
  text->why = "test kernel";
  return text;
}

inline std::shared_ptr<const CostModelText> model_text(std::string id) {
  auto text = std::make_shared<CostModelText>();
  text->id = std::move(id);
  text->summary = "a summary";
  text->assumptions = {"rows are contiguous"};
  text->source = "by hand";
  return text;
}

inline NodeRow row(std::int32_t index, std::string name, std::string op_type, Trust trust) {
  NodeRow out;
  out.node_index = index;
  out.node_name = std::move(name);
  out.op_type = std::move(op_type);
  out.dtype = DType::float32;
  out.cost.trust = trust;
  if (trust != Trust::unknown) out.cost.model = model_text("ai.onnx/" + out.op_type + "@1");
  return out;
}

inline std::shared_ptr<const ShapedModel> shaped_model(const std::string& file) {
  auto model = std::make_shared<Model>();
  model->path = "some folder/" + file + ".onnx";
  model->stem = file;
  model->ir_version = 8;
  model->opset_imports = {{"", 17}, {"com.acme", 1}};
  model->producer_name = "pytorch";
  model->producer_version = "2.4";
  model->file_bytes = 4321;
  auto shaped = std::make_shared<ShapedModel>();
  shaped->model = model;
  shaped->bindings = {{"batch", 1, BindingOrigin::default_value, "default for a batch dimension"},
                      {"seq", 7, BindingOrigin::given, "given by --dim"},
                      {"total", 8, BindingOrigin::derived, "batch + seq"}};
  return shaped;
}

inline NodeRow conv_row() {
  NodeRow out = row(0, "/features/conv1", "Conv", Trust::exact);
  out.scope = "features";
  out.inputs = {tensor("x", {1, 3, 4, 4}), tensor("w", {8, 3, 1, 1}, true), omitted()};
  out.outputs = {tensor("conv1_out", {1, 8, 4, 4})};
  out.cost.work = {800, 384, 0, 0, 288 + 512, 512 + 512};
  out.cost.compulsory_bytes = 800;
  out.cost.weight_bytes = 96;
  out.cost.kernels = {{kernel_text("conv", "2 * macs"), {768, 384, 0, 0, 288, 512}},
                      {kernel_text("relu", "numel(Y)"), {32, 0, 0, 0, 512, 512}}};
  out.cost.symbols = {{"M", "8", "dim(W,0)"}};
  out.bound = Bound::compute;
  out.predicted_us = 10.5;
  return out;
}

inline NodeRow view_row() {
  NodeRow out = row(1, "", "Reshape", Trust::exact);
  out.inputs = {tensor("conv1_out", {1, 8, 4, 4}), tensor("shape", {2}, true)};
  out.outputs = {tensor("flat", {1, 128})};
  out.cost.view = true;
  out.bound = Bound::free;
  out.predicted_us = 0;
  return out;
}

inline NodeRow norm_row(const std::string& name) {
  NodeRow out = row(2, name, "LayerNormalization", Trust::approximate);
  out.scope = "norm";
  out.inputs = {tensor("flat", {1, 128})};
  out.outputs = {tensor("normed", {1, 128}), omitted(), tensor("inv_std", {})};
  out.cost.work = {1026, 0, 1, 0, 1552, 1028};
  out.cost.compulsory_bytes = 1028;
  out.cost.kernels = {{kernel_text("normalize", "8*H + 2"), {1026, 0, 1, 0, 1552, 1028}}};
  out.bound = Bound::memory;
  out.predicted_us = 4.25;
  return out;
}

inline NodeRow unknown_row() {
  NodeRow out = row(3, "magic", "Magic", Trust::unknown);
  out.domain = "com.acme";
  out.dtype = DType::undefined;
  out.outputs = {{"spell", true, DType::undefined, std::nullopt, false}};
  out.cost.unknown_reason = "no cost model for com.acme.Magic";
  return out;
}

inline NodeRow loop_row() {
  NodeRow out = row(4, "repeat", "Loop", Trust::exact);
  out.outputs = {tensor("looped", {1, 128})};
  out.bound = Bound::free;
  out.predicted_us = 0;
  return out;
}

inline NodeRow body_row() {
  NodeRow out = row(0, "twice", "Mul", Trust::upper_bound);
  out.subgraph = "repeat/body";
  out.scope_id = 1;
  out.inputs = {tensor("state", {1, 128})};
  out.outputs = {tensor("next", {1, 128})};
  out.cost.executions = 7;
  out.cost.work = {128 * 7, 0, 0, 0, 512 * 7, 512 * 7};
  out.cost.compulsory_bytes = 1024 * 7;
  out.cost.kernels = {{kernel_text("multiply", "numel(Y)"), {128, 0, 0, 0, 512, 512}}};
  out.bound = Bound::dispatch;
  out.predicted_us = 15.25;
  return out;
}

inline Totals totals_by_hand() {
  Totals totals;
  totals.work = {800 + 1026 + 896, 384, 1, 0, 800 + 1552 + 3584, 1024 + 1028 + 3584};
  totals.compulsory_bytes = 800 + 1028 + 7168;
  totals.parameters = 24;
  totals.weight_bytes = 96;
  totals.peak_activation_bytes = 1024;
  totals.nodes = 5;
  totals.rows = 6;
  totals.covered_nodes = 5;
  totals.trust = Trust::upper_bound;
  return totals;
}

inline RuntimeRow runtime_row(std::string name, std::vector<std::int32_t> rows, std::string join, double us) {
  RuntimeRow out;
  out.name = std::move(name);
  out.op_type = "FusedConv";
  out.domain = "com.microsoft";
  out.provider = "CPUExecutionProvider";
  out.rows = std::move(rows);
  out.join = std::move(join);
  out.cost.trust = Trust::exact;
  out.cost.work = {800, 384, 0, 0, 800, 1024};
  out.cost.compulsory_bytes = 800;
  out.bound = Bound::compute;
  out.predicted_us = 10.5;
  out.measured_us = us;
  out.measured_mad_us = 0.5;
  return out;
}

/// `hostile` stands where a file's author may write anything: a node's name.
inline Analysis static_analysis(const std::string& hostile = "/norm/LayerNormalization") {
  Analysis analysis;
  analysis.shaped = shaped_model("tiny");
  analysis.nodes = {conv_row(), view_row(), norm_row(hostile), unknown_row(), loop_row(), body_row()};
  analysis.totals = totals_by_hand();
  analysis.rates = {"generic-cpu", "by hand", 96e9, 12.8e9, 2};
  analysis.uncovered = {{"Magic", "com.acme", "no cost model for com.acme.Magic", {3}}};
  analysis.measurement.status = MeasureStatus::skipped;
  analysis.measurement.reason = "--static: nothing was executed";
  analysis.measurement.advice = "run without --static to measure";
  analysis.assumptions = {"batch = 1: default for a batch dimension"};
  return analysis;
}

/// 100 µs end to end: 60 + 25 joined, 5 executed but not joined, 10 beyond all executed nodes.
inline Analysis measured_analysis(const std::string& hostile = "/norm/LayerNormalization") {
  Analysis analysis = static_analysis(hostile);
  Measurement& measurement = analysis.measurement;
  measurement = {};
  measurement.status = MeasureStatus::ok;
  measurement.runtime_library = "libonnxruntime.so";
  measurement.runtime_version = "1.31.1";
  measurement.optimization_level = "all";
  measurement.latency = {{99, 100, 102}, 100, 1};
  measurement.profiled_latency = {{110, 111, 112}, 111, 1};
  measurement.machine.cpu = "Test CPU";
  measurement.machine.logical_cpus = 2;
  measurement.machine.memory_bytes = 1 << 30;
  measurement.warnings = {"load average 1.5 before measuring: close other programs"};
  analysis.runtime = {runtime_row("conv1_fused", {0}, "output name", 60),
                      runtime_row("norm_fused", {2, 5}, "region", 25),
                      runtime_row("reorder", {}, "not joined: no original output", 5)};
  const auto time = [&](std::size_t index, double us, std::int32_t run) {
    analysis.nodes[index].measured_us = us;
    analysis.nodes[index].measured_mad_us = us / 100;
    analysis.nodes[index].runtime_nodes = {run};
  };
  time(0, 60, 0);
  time(2, 5, 1);
  time(5, 20, 1);
  analysis.totals.measured_us = 100;
  analysis.totals.measured_mad_us = 1;
  analysis.totals.remainder_us = 15;
  analysis.totals.predicted_runtime_us = 31.5;
  return analysis;
}

/// RFC 4180 with LF, strictly: throws on a stray quote or on rows of unequal length.
inline std::vector<std::vector<std::string>> parse_csv(std::string_view text) {
  std::vector<std::vector<std::string>> rows(1);
  rows.back().emplace_back();
  std::size_t i = 0;
  const auto at_field_end = [&] { return i == text.size() || text[i] == ',' || text[i] == '\n'; };
  while (i < text.size()) {
    std::string& field = rows.back().back();
    if (text[i] == '"') {
      for (++i;; ++i) {
        if (i >= text.size()) throw std::runtime_error("unterminated quote");
        if (text[i] == '"' && i + 1 < text.size() && text[i + 1] == '"') {
          ++i;
        } else if (text[i] == '"') {
          break;
        }
        field += text[i];
      }
      ++i;
      if (!at_field_end()) throw std::runtime_error("text after a closing quote");
    } else {
      for (; !at_field_end(); ++i) {
        if (text[i] == '"' || text[i] == '\r') throw std::runtime_error("a quote or CR in an unquoted field");
        field += text[i];
      }
    }
    if (i == text.size()) throw std::runtime_error("no line end at the end");
    if (text[i++] == ',') {
      rows.back().emplace_back();
    } else if (i < text.size()) {
      rows.emplace_back().emplace_back();
    }
  }
  for (const auto& cells : rows) {
    if (cells.size() != rows.front().size()) throw std::runtime_error("rows of unequal length");
  }
  return rows;
}

/// Values of one column, the header apart.
inline std::vector<std::string> column(const std::vector<std::vector<std::string>>& rows, std::string_view name) {
  for (std::size_t i = 0; i < rows.front().size(); ++i) {
    if (rows.front()[i] != name) continue;
    std::vector<std::string> out;
    for (std::size_t r = 1; r < rows.size(); ++r) out.push_back(rows[r][i]);
    return out;
  }
  throw std::runtime_error("no column " + std::string(name));
}

}  // namespace costscan::test
