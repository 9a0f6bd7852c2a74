#include "reports/document.hpp"

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "reports/forms_json.hpp"
#include "reports/json_pieces.hpp"
#include "reports/measurement_json.hpp"
#include "reports/memory_json.hpp"
#include "reports/names.hpp"
#include "reports/optimizers_report.hpp"
#include "reports/prediction_report.hpp"
#include "reports/row_writer.hpp"
#include "reports/slow_json.hpp"
#include "reports/tables.hpp"

namespace costscan {
namespace {

using Json = nlohmann::ordered_json;

using Fields = RowFields;

Json to_json(const Cell& cell) {
  if (const auto* integer = std::get_if<std::int64_t>(&cell)) return *integer;
  if (const auto* real = std::get_if<double>(&cell)) return *real;  // the library writes a non-finite one as null
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  return nullptr;
}

/// Values shared by many rows, each written once: by address first, then by contents.
template <class T, class Key>
class Pool {
 public:
  explicit Pool(Key (*key)(const T&)) : key_(key) {}

  std::size_t index(const T* item) {
    if (const auto found = by_address_.find(item); found != by_address_.end()) return found->second;
    const auto [place, added] = by_key_.try_emplace(key_(*item), items_.size());
    if (added) items_.push_back(item);
    by_address_.emplace(item, place->second);
    return place->second;
  }

  [[nodiscard]] std::span<const T* const> items() const { return items_; }

 private:
  Key (*key_)(const T&);
  std::map<const T*, std::size_t> by_address_;
  std::map<Key, std::size_t> by_key_;
  std::vector<const T*> items_;
};

using TextKey = std::vector<std::string>;

TextKey kernel_key(const KernelText& text) {
  return {text.name, text.flops, text.macs, text.transcendentals, text.int_ops, text.read, text.write, text.why};
}

TextKey model_key(const CostModelText& text) {
  TextKey key = {text.id, text.summary, text.source};
  key.insert(key.end(), text.assumptions.begin(), text.assumptions.end());
  return key;
}

struct Pools {
  Pool<KernelText, TextKey> kernels{kernel_key};
  Pool<CostModelText, TextKey> models{model_key};
};

Json work_json(const std::optional<Work>& work) {
  Json out = Json::object();
  const auto put = [&](const char* name, std::int64_t Work::* field) {
    out[name] = work ? Json((*work).*field) : Json(nullptr);
  };
  put("flops", &Work::flops);
  put("macs", &Work::macs);
  put("transcendentals", &Work::transcendentals);
  put("int_ops", &Work::int_ops);
  put("read_bytes", &Work::read_bytes);
  put("write_bytes", &Work::write_bytes);
  return out;
}

Json kernels_json(const NodeCost& cost, Pools& pools, Rows rows) {
  Json out = Json::array();
  for (const KernelCost& kernel : cost.kernels) {
    Json entry = {{"text", pools.kernels.index(kernel.text.get())}};
    entry.update(work_json(kernel_work(cost, kernel)));
    if (rows == Rows::objects) {
      out.push_back(std::move(entry));
      continue;
    }
    Json& values = out.emplace_back(Json::array());
    for (auto& item : entry.items()) values.push_back(std::move(item.value()));
  }
  return out;
}

Json symbols_json(const NodeCost& cost) {
  Json out = Json::array();
  for (const SymbolValue& symbol : cost.symbols) {
    out.push_back({clean_text(symbol.name), clean_text(symbol.value), clean_text(symbol.origin)});
  }
  return out;
}

Json names_json(const std::vector<TensorColumn>& tensors) {
  Json out = Json::array();
  for (const TensorColumn& tensor : tensors) out.push_back(tensor.present ? clean_text(tensor.name) : std::string());
  return out;
}

/// One node: the cells of the node table, and what a flat table cannot hold.
Fields node_fields(const NodeRow& node, const Achieved* slow, const Table& table, std::size_t row, Pools& pools,
                   Rows rows) {
  Fields fields;
  for (std::size_t column = 0; column < table.header.size(); ++column) {
    const std::string_view name = table.header[column];
    if (name == "model" || name == "runtime_node") continue;  // said once; given by index
    if (name == "outputs") {
      fields.emplace_back("inputs", names_json(node.inputs));
      fields.emplace_back("outputs", names_json(node.outputs));
      continue;
    }
    fields.emplace_back(name, to_json(table.rows[row][column]));
    if (name == "transcendentals") {
      const bool known = node.cost.trust != Trust::unknown;
      fields.emplace_back("int_ops", known ? Json(node.cost.work.int_ops) : Json(nullptr));
    }
  }
  const CostModelText* model = node.cost.model.get();
  if (slow != nullptr) append_achieved(fields, *slow);
  fields.emplace_back("runtime_nodes", node.runtime_nodes);
  fields.emplace_back("executions", node.cost.executions);
  fields.emplace_back("view", node.cost.view);
  fields.emplace_back("cost_model", model == nullptr ? Json(nullptr) : Json(pools.models.index(model)));
  fields.emplace_back("unknown_reason", clean_text(node.cost.unknown_reason));
  fields.emplace_back("symbols", symbols_json(node.cost));
  fields.emplace_back("kernels", kernels_json(node.cost, pools, rows));
  return fields;
}

Fields runtime_fields(const Analysis& analysis, std::size_t index, Rows rows) {
  const RuntimeRow& run = analysis.runtime[index];
  const bool known = run.cost.trust != Trust::unknown;
  Fields fields = {{"runtime_index", static_cast<std::int64_t>(index)},
                   {"runtime_node", clean_text(run.name)},
                   {"op_type", clean_text(run.op_type)},
                   {"domain", clean_text(run.domain)},
                   {"provider", clean_text(run.provider)},
                   {"rows", run.rows},
                   {"shares", run.shares},
                   {"join", clean_text(run.join)},
                   {"fusion", clean_text(run.fusion)},
                   {"flops", known ? Json(run.cost.work.flops) : Json(nullptr)},
                   {"macs", known ? Json(run.cost.work.macs) : Json(nullptr)},
                   {"compulsory_bytes", known ? Json(run.cost.compulsory_bytes) : Json(nullptr)},
                   {"arithmetic_intensity", optional_json(arithmetic_intensity(run.cost))},
                   {"bound", to_string(run.bound)},
                   {"predicted_us", optional_json(run.predicted_us)},
                   {"predicted_low_us", optional_json(run.predicted_low_us)},
                   {"predicted_high_us", optional_json(run.predicted_high_us)},
                   {"rate_class", clean_text(run.rate_class)},
                   {"measured_us", optional_json(run.measured_us)},
                   {"measured_mad_us", optional_json(run.measured_mad_us)}};
  if (analysis.slow) append_achieved(fields, analysis.slow->runtime[index]);
  // A page shows medians; raw samples are for readers of the JSON.
  if (rows == Rows::objects && index < analysis.measurement.nodes.size()) {
    fields.emplace_back("profile_samples_us", analysis.measurement.nodes[index].time.us);
  }
  return fields;
}

Json model_json(const Analysis& analysis) {
  const Model& model = *analysis.shaped->model;
  Json imports = Json::array();
  for (const OpsetImport& import : model.opset_imports) {
    imports.push_back({{"domain", clean_text(import.domain)}, {"version", import.version}});
  }
  std::string producer = model.producer_name;
  if (!model.producer_version.empty()) producer += (producer.empty() ? "" : " ") + model.producer_version;
  return {{"name", clean_text(model.stem)},
          {"file", clean_text(model.path.filename().string())},
          {"opset", optional_json(opset_version(model.opset_imports, ""))},
          {"opset_imports", std::move(imports)},
          {"ir_version", model.ir_version},
          {"producer", clean_text(producer)},
          {"family", clean_text(analysis.family)},
          {"file_bytes", model.file_bytes}};
}

Json dims_json(const ShapedModel& shaped) {
  Json out = Json::array();
  for (const DimBinding& binding : shaped.bindings) {
    out.push_back({{"name", clean_text(binding.name)},
                   {"value", binding.value},
                   {"origin", to_string(binding.origin)},
                   {"reason", clean_text(binding.reason)}});
  }
  return out;
}

/// The row of the model table, without what other parts say.
Json totals_json(const Analysis& analysis) {
  const Table table = model_table(analysis);
  Json out = Json::object();
  for (std::size_t column = 0; column < table.header.size(); ++column) {
    const std::string name(table.header[column]);
    if (name == "model" || name == "family" || name.find("_formula") != std::string::npos) continue;
    out[name] = to_json(table.rows.front()[column]);
  }
  return out;
}

Json ops_json(const Analysis& analysis) {
  Json out = Json::array();
  for (const OpSum& sum : sum_by_op(analysis)) {
    Json op = {{"op_type", clean_text(sum.op_type)},
               {"domain", clean_text(sum.domain)},
               {"nodes", sum.nodes},
               {"covered_nodes", sum.covered_nodes}};
    op.update(work_json(sum.work));
    op["compulsory_bytes"] = optional_json(sum.compulsory_bytes);
    op["weight_bytes"] = optional_json(sum.weight_bytes);
    op["predicted_us"] = optional_json(sum.predicted_us);
    op["measured_us"] = optional_json(sum.measured_us);
    out.push_back(std::move(op));
  }
  return out;
}

Json uncovered_json(const Analysis& analysis) {
  Json out = Json::array();
  for (const Uncovered& entry : analysis.uncovered) {
    out.push_back({{"op_type", clean_text(entry.op_type)},
                   {"domain", clean_text(entry.domain)},
                   {"reason", clean_text(entry.reason)},
                   {"rows", entry.rows}});
  }
  return out;
}

Json kernel_texts_json(const Pools& pools) {
  Json out = Json::array();
  for (const KernelText* text : pools.kernels.items()) {
    out.push_back({{"name", clean_text(text->name)},
                   {"flops_formula", clean_text(text->flops)},
                   {"macs_formula", clean_text(text->macs)},
                   {"transcendentals_formula", clean_text(text->transcendentals)},
                   {"int_ops_formula", clean_text(text->int_ops)},
                   {"read_formula", clean_text(text->read)},
                   {"write_formula", clean_text(text->write)},
                   {"why", clean_text(text->why)}});
  }
  return out;
}

Json cost_models_json(const Pools& pools) {
  Json out = Json::array();
  for (const CostModelText* text : pools.models.items()) {
    out.push_back({{"id", clean_text(text->id)},
                   {"summary", clean_text(text->summary)},
                   {"assumptions", texts(text->assumptions)},
                   {"source", clean_text(text->source)}});
  }
  return out;
}

}  // namespace

Json document(const Analysis& analysis, Rows rows) {
  constexpr int schema = 1;
  Pools pools;
  RowWriter nodes(rows);
  const Table table = node_table(analysis);
  for (std::size_t row = 0; row < analysis.nodes.size(); ++row) {
    const Achieved* slow = analysis.slow ? &analysis.slow->nodes[row] : nullptr;
    nodes.add(node_fields(analysis.nodes[row], slow, table, row, pools, rows));
  }
  RowWriter runtime(rows);
  for (std::size_t index = 0; index < analysis.runtime.size(); ++index) {
    runtime.add(runtime_fields(analysis, index, rows));
  }
  Json out = Json::object();
  out["costscan"] = {{"version", COSTSCAN_VERSION}, {"schema", schema}};
  out["model"] = model_json(analysis);
  out["dims"] = dims_json(*analysis.shaped);
  out["totals"] = totals_json(analysis);
  out["closed_forms"] = closed_forms_json(analysis.closed_forms);
  out["rates"] = rates_json(analysis.rates);
  out["prediction"] = prediction_json(analysis.prediction.get());
  out["measurement"] = measurement_json(analysis.measurement);
  out["slow"] = slow_json(analysis);
  out["kernel_texts"] = kernel_texts_json(pools);
  out["cost_models"] = cost_models_json(pools);
  out["nodes"] = std::move(nodes).finish();
  out["ops"] = ops_json(analysis);
  out["runtime"] = std::move(runtime).finish();
  out["memory"] = memory_json(analysis.memory.get(), rows);
  out["optimizers"] = optimizers_json(analysis.optimizers.get());
  out["uncovered"] = uncovered_json(analysis);
  out["assumptions"] = texts(analysis.assumptions);
  out["warnings"] = texts(analysis.warnings);
  return out;
}

}  // namespace costscan
