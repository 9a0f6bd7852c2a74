// The model itself, with every node's costs in its metadata_props, which Netron and other viewers show. Nothing else of
// the file changes.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include "model/checked_math.hpp"
#include "model/external_files.hpp"
#include "reports/names.hpp"
#include "reports/onnx_wire.hpp"
#include "reports/report.hpp"
#include "reports/tables.hpp"

namespace costscan {
namespace {

constexpr std::string_view prefix = "costscan.";

/// Rows of each node of the file, by the graph that it stands in and its place there. The body of a function has one
/// for every call.
class RowsByPlace {
 public:
  explicit RowsByPlace(const Analysis& analysis) {
    const auto& scopes = analysis.shaped->scopes;
    std::vector<std::string> paths;
    for (const Scope& scope : scopes) paths.push_back(path_of(*analysis.shaped, scope, paths));
    for (std::size_t r = 0; r < analysis.nodes.size(); ++r) {
      const NodeRow& row = analysis.nodes[r];
      const auto scope = static_cast<std::size_t>(row.scope_id);
      if (scope < paths.size()) rows_[{paths[scope], row.node_index}].push_back(r);
    }
  }

  [[nodiscard]] std::vector<std::size_t> find(const std::string& graph, std::int64_t place) const {
    const auto found = rows_.find({graph, place});
    return found == rows_.end() ? std::vector<std::size_t>{} : found->second;
  }

 private:
  static std::string path_of(const ShapedModel& shaped, const Scope& scope, const std::vector<std::string>& before) {
    if (scope.parent < 0) return "main";
    const auto parent = static_cast<std::size_t>(scope.parent);
    const Node& caller = shaped.scopes[parent].graph->nodes[static_cast<std::size_t>(scope.calling_node)];
    if (scope.kind != ScopeKind::function) return body_path(before[parent], caller.file_index, scope.attribute);
    const Function* function = find_function(*shaped.model, caller);
    if (function == nullptr) return {};
    return fmt::format("function {}", function - shaped.model->functions.data());
  }

  std::map<std::pair<std::string, std::int64_t>, std::vector<std::size_t>> rows_;
};

void put(MetadataEntries& entries, std::string_view key, std::string value) {
  if (!value.empty()) entries.emplace_back(std::string(prefix) + std::string(key), std::move(value));
}

std::string number(const std::optional<double>& value) { return value ? fmt::format("{}", *value) : std::string(); }

/// The sum over a node's rows; nullopt where one of them is unknown or the sum leaves int64.
std::optional<std::int64_t> sum(const Analysis& analysis, const std::vector<std::size_t>& rows,
                                std::int64_t (*figure)(const NodeCost&)) {
  std::optional<std::int64_t> total = 0;
  for (const std::size_t r : rows) {
    const NodeCost& cost = analysis.nodes[r].cost;
    if (!total || cost.trust == Trust::unknown) return std::nullopt;
    total = checked_add(*total, figure(cost));
  }
  return total;
}

std::optional<double> sum(const Analysis& analysis, const std::vector<std::size_t>& rows,
                          std::optional<double> NodeRow::* time) {
  std::optional<double> total;
  for (const std::size_t r : rows) {
    if (const auto& us = analysis.nodes[r].*time) total = total.value_or(0) + *us;
  }
  return total;
}

void put_work(const Analysis& analysis, const std::vector<std::size_t>& rows, MetadataEntries& entries) {
  struct Figure {
    std::string_view key;
    std::int64_t (*of)(const NodeCost&);
  };
  static constexpr Figure figures[] = {
      {"flops", [](const NodeCost& cost) { return cost.work.flops; }},
      {"macs", [](const NodeCost& cost) { return cost.work.macs; }},
      {"transcendentals", [](const NodeCost& cost) { return cost.work.transcendentals; }},
      {"int_ops", [](const NodeCost& cost) { return cost.work.int_ops; }},
      {"read_bytes", [](const NodeCost& cost) { return cost.work.read_bytes; }},
      {"write_bytes", [](const NodeCost& cost) { return cost.work.write_bytes; }},
      {"compulsory_bytes", [](const NodeCost& cost) { return cost.compulsory_bytes; }},
      {"weight_bytes", [](const NodeCost& cost) { return cost.weight_bytes; }},
  };
  for (const Figure& figure : figures) {
    if (const auto total = sum(analysis, rows, figure.of)) put(entries, figure.key, fmt::format("{}", *total));
  }
}

std::string runtime_names(const Analysis& analysis, const std::vector<std::size_t>& rows) {
  std::vector<std::string> names;
  for (const std::size_t r : rows) {
    for (const std::int32_t index : analysis.nodes[r].runtime_nodes) {
      const RuntimeRow& run = analysis.runtime[static_cast<std::size_t>(index)];
      names.push_back(clean_text(run.name.empty() ? op_label(run.domain, run.op_type) : run.name));
    }
  }
  return fmt::format("{}", fmt::join(names, "; "));
}

MetadataEntries node_entries(const Analysis& analysis, const std::vector<std::size_t>& rows) {
  MetadataEntries entries;
  if (rows.empty()) return entries;
  const NodeRow& first = analysis.nodes[rows.front()];
  Trust trust = Trust::exact;
  for (const std::size_t r : rows) trust = std::max(trust, analysis.nodes[r].cost.trust);
  put_work(analysis, rows, entries);
  put(entries, "trust", to_string(trust));
  if (rows.size() == 1) {
    put(entries, "arithmetic_intensity", number(arithmetic_intensity(first.cost)));
    put(entries, "bound", to_string(first.bound));
    if (first.cost.executions != 1) put(entries, "executions", fmt::format("{}", first.cost.executions));
    put(entries, "measured_mad_us", number(first.measured_mad_us));
  } else {
    put(entries, "instances", fmt::format("{}", rows.size()));
  }
  put(entries, "predicted_us", number(sum(analysis, rows, &NodeRow::predicted_us)));
  put(entries, "measured_us", number(sum(analysis, rows, &NodeRow::measured_us)));
  put(entries, "runtime_node", runtime_names(analysis, rows));
  put(entries, "cost_model", first.cost.model ? clean_text(first.cost.model->id) : std::string());
  put(entries, "unknown_reason", clean_text(first.cost.unknown_reason));
  return entries;
}

/// What the nodes' figures rest on.
MetadataEntries model_entries(const Analysis& analysis) {
  MetadataEntries entries;
  put(entries, "version", COSTSCAN_VERSION);
  std::vector<std::string> dims;
  for (const DimBinding& binding : analysis.shaped->bindings) {
    dims.push_back(fmt::format("{}={}", clean_text(binding.name), binding.value));
  }
  put(entries, "dims", fmt::format("{}", fmt::join(dims, ", ")));
  if (!analysis.rates.name.empty()) put(entries, "rates", clean_text(rates_text(analysis.rates)));
  put(entries, "measurement",
      clean_text(fmt::format("{}{}{}", to_string(analysis.measurement.status),
                             analysis.measurement.reason.empty() ? "" : ": ", analysis.measurement.reason)));
  put(entries, "end_to_end_us", number(analysis.totals.measured_us));
  return entries;
}

}  // namespace

Result<ReportPieces> onnx_pieces(const Analysis& analysis) {
  const Model& model = *analysis.shaped->model;
  const RowsByPlace rows(analysis);
  AnnotationSource source;
  source.node = [&](const std::string& graph, std::int64_t place) {
    return node_entries(analysis, rows.find(graph, place));
  };
  source.model = model_entries(analysis);
  source.own_prefix = prefix;
  return annotate_wire(model.path, static_cast<std::uint64_t>(model.file_bytes), source);
}

std::vector<Companion> onnx_companions(const Analysis& analysis) {
  const Model& model = *analysis.shaped->model;
  std::vector<Companion> out;
  const auto folder = model.path.parent_path();
  for (const auto& file : external_files(model, ExternalFiles::existing)) {
    out.push_back({file, folder.empty() ? file : file.lexically_relative(folder)});
  }
  return out;
}

Result<std::string> report_onnx(const Analysis& analysis, const ReportOptions& /*options*/) {
  const auto pieces = onnx_pieces(analysis);
  if (!pieces) return tl::unexpected(pieces.error());
  std::string out;
  for (const auto& piece : *pieces) {
    if (const auto* bytes = std::get_if<std::string>(&piece)) {
      out += *bytes;
      continue;
    }
    const auto& stretch = std::get<FileStretch>(piece);
    std::ifstream in(stretch.file, std::ios::binary);
    in.seekg(static_cast<std::streamoff>(stretch.offset));
    const std::size_t before = out.size();
    out.resize(before + stretch.length);
    if (!in.read(out.data() + before, static_cast<std::streamsize>(stretch.length))) {
      return fail(ErrorKind::input, stretch.file.string() + ": cannot be read to its end; run the command again");
    }
  }
  return out;
}

}  // namespace costscan
