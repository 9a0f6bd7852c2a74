#include "pipeline.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <future>
#include <optional>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "assemble/rows.hpp"
#include "attribute/attribute.hpp"
#include "attribute/executed.hpp"
#include "attribute/layers.hpp"
#include "closed_forms/closed_forms.hpp"
#include "costs/cost_library.hpp"
#include "fingerprint/fingerprint.hpp"
#include "load/load.hpp"
#include "measure/foreign.hpp"
#include "measure/foreign_plan.hpp"
#include "measure/leave_one_out.hpp"
#include "measure/machine.hpp"
#include "model/text.hpp"
#include "plan/plan.hpp"
#include "predict/calibrated.hpp"
#include "predict/memory.hpp"
#include "predict/predict.hpp"
#include "predict/slow.hpp"

namespace costscan {
namespace {

Result<CostLibrary> open_library(const AnalyzeOptions& options) {
  if (options.cost_folder.empty()) return CostLibrary::builtin();
  return CostLibrary::from_folder(options.cost_folder);
}

/// The cost models' files in a second thread while this one infers shapes; the future waits for it.
std::future<void> start_reading_costs(const CostLibrary& library, const Model& model) {
  try {
    return std::async(std::launch::async, [&] { prepare_costs(library, model); });
  } catch (const std::system_error&) {
    return {};  // no thread to be had: the files are read when they are needed
  }
}

/// Static part: everything that needs neither the runtime nor weights.
Result<Analysis> analyze_statically(const std::filesystem::path& path, const CostLibrary& library,
                                    const AnalyzeOptions& options) {
  auto model = load_model(path);
  if (!model) return tl::unexpected(model.error());
  std::future<void> costs = start_reading_costs(library, **model);
  auto shaped = infer_shapes(*model, options.shapes);
  if (costs.valid()) costs.wait();
  if (!shaped) return tl::unexpected(shaped.error());
  Analysis analysis;
  analysis.shaped = *shaped;
  analysis.nodes = build_rows(**shaped, cost_model(library, **shaped, {.symbols = options.symbols}));
  analysis.warnings = (*model)->warnings;
  analysis.warnings.insert(analysis.warnings.end(), (*shaped)->warnings.begin(), (*shaped)->warnings.end());
  return analysis;
}

/// Times from a file. A profile's nodes are those of an optimised graph, which the runtime makes again unless --static
/// keeps it out.
Result<ForeignTimes> read_times(const ShapedModel& shaped, const AnalyzeOptions& options) {
  auto times = read_foreign(options.profile, *shaped.model);
  if (times && times->format == ForeignFormat::ort_profile && options.depth != Depth::static_only) {
    find_optimized_graph(times->measurement, shaped, options.measure);
  }
  return times;
}

Measurement run(const ShapedModel& shaped, const AnalyzeOptions& options) {
  if (options.depth == Depth::static_only) {
    Measurement skipped;
    skipped.status = MeasureStatus::skipped;
    skipped.reason = "--static: nothing was executed";
    skipped.advice = "run without --static to measure";
    return skipped;
  }
  MeasureOptions measure_options = options.measure;
  measure_options.plan_only = options.depth == Depth::plan;
  return measure(shaped, measure_options);
}

/// What the profile saw, by the names of the optimised graph: shapes that no inference rule needs to know.
ObservedShapes observed_shapes(const Measurement& measurement) {
  ObservedShapes observed;
  const Graph& graph = measurement.optimized->graph;
  for (const RuntimeNode& executed : measurement.nodes) {
    if (executed.optimized_node < 0) continue;
    const Node& node = graph.nodes[static_cast<std::size_t>(executed.optimized_node)];
    std::size_t seen = 0;
    for (const ValueId output : node.outputs) {
      if (output == no_value || seen >= executed.output_shapes.size() || seen >= executed.output_dtypes.size())
        continue;
      observed[graph.values[static_cast<std::size_t>(output)].name] = {executed.output_dtypes[seen],
                                                                       executed.output_shapes[seen]};
      ++seen;
    }
  }
  return observed;
}

/// The bindings that the optimised graph's inputs still name.
std::vector<std::pair<std::string, std::int64_t>> bindings_for(const Graph& graph, const ShapedModel& original) {
  std::vector<std::pair<std::string, std::int64_t>> dims;
  for (const DimBinding& binding : original.bindings) {
    bool named = false;
    for (const ValueId input : graph.inputs) {
      const auto& declared = graph.values[static_cast<std::size_t>(input)].declared;
      if (graph.values[static_cast<std::size_t>(input)].name == binding.name) named = true;
      if (!declared || !declared->dims) continue;
      for (const DeclaredDim& dim : *declared->dims) {
        const auto* symbol = std::get_if<std::string>(&dim);
        named = named || (symbol != nullptr && *symbol == binding.name);
      }
    }
    if (named) dims.emplace_back(binding.name, binding.value);
  }
  return dims;
}

/// Nodes in the order in which the sequential executor runs them: those of bodies before the node that calls them.
void list_nodes(const Graph& graph, bool main, std::vector<RuntimeNode>& nodes) {
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    if (node.op_type == "Constant" && node.domain.empty()) continue;
    for (const Attribute& attribute : node.attributes) {
      if (const auto* body = std::get_if<std::shared_ptr<const Graph>>(&attribute.value); body != nullptr && *body)
        list_nodes(**body, false, nodes);
    }
    RuntimeNode planned;
    planned.name = node.name;
    planned.op_type = node.op_type;
    planned.domain = node.domain;
    planned.optimized_node = main ? static_cast<std::int32_t>(n) : -1;
    nodes.push_back(std::move(planned));
  }
}

/// Where no runtime says what it would execute, costscan's own model of its optimiser does.
void model_plan(Analysis& analysis, const AnalyzeOptions& options) {
  auto plan = plan_execution(
      *analysis.shaped, {.level = plan_level(options.measure.optimization_level), .nchwc_block = native_nchwc_block()});
  if (plan) {
    analysis.measurement.optimized = *std::move(plan);
  } else {
    analysis.warnings.push_back("what the runtime would execute could not be modelled: " + plan.error().message);
  }
}

/// Costs of the executed ops themselves. An optimised graph that we cannot read costs only these rows their figures.
void add_runtime_rows(Analysis& analysis, const CostLibrary& library) {
  Measurement& measurement = analysis.measurement;
  // Where nothing was executed, the graph's nodes are what the runtime would execute, in its order.
  if (measurement.status != MeasureStatus::ok && measurement.nodes.empty() && measurement.optimized)
    list_nodes(measurement.optimized->graph, true, measurement.nodes);
  if (measurement.nodes.empty()) return;
  std::vector<NodeCost> costs;
  if (measurement.optimized) {
    ShapeOptions options;
    options.dims = bindings_for(measurement.optimized->graph, *analysis.shaped);
    options.observed = observed_shapes(measurement);
    const auto shaped = infer_shapes(measurement.optimized, options);
    if (shaped) {
      costs = executed_costs(measurement, **shaped, cost_model(library, **shaped));
      analysis.executed = *shaped;
    } else {
      analysis.warnings.push_back("the runtime's optimised graph could not be costed: " + shaped.error().message);
    }
  }
  analysis.runtime = build_runtime_rows(measurement, std::move(costs));
}

/// Joins by name, and what they tell of the executed nodes: an op that stands for one row costs what that row costs.
std::vector<Join> join_foreign_rows(Analysis& analysis, ForeignFormat format) {
  const std::vector<Join> joins =
      join_by_layer_names(analysis, {.runtime_indices = format == ForeignFormat::ort_profile});
  for (std::size_t r = 0; r < joins.size(); ++r) {
    RuntimeRow& runtime = analysis.runtime[r];
    runtime.cost.unknown_reason = "what was executed under this name is not known, only which nodes it stands for";
    if (joins[r].rows.size() != 1) continue;
    const NodeRow& row = analysis.nodes[static_cast<std::size_t>(joins[r].rows.front())];
    if (!runtime.op_type.empty() && runtime.op_type != row.op_type) continue;
    runtime.op_type = row.op_type;
    runtime.domain = row.domain;
    runtime.cost = row.cost;
  }
  return joins;
}

/// Layers that no row explains, by name: their time is in the remainder.
void name_unjoined(Analysis& analysis) {
  constexpr std::size_t named = 5;
  std::string names;
  std::size_t count = 0;
  double us = 0;
  for (const RuntimeRow& runtime : analysis.runtime) {
    if (!runtime.rows.empty()) continue;
    us += runtime.measured_us.value_or(0);
    if (++count <= named) names += (names.empty() ? "'" : ", '") + printable(runtime.name) + "'";
  }
  if (count == 0) return;
  if (count > named) names += ", ...";
  analysis.warnings.push_back(
      fmt::format("{} of {} measured nodes ({:.4g} us) are not joined to nodes of the model, their time stands in the "
                  "remainder: {}",
                  count, analysis.runtime.size(), us, names));
}

std::string sizes_of(const Shape& shape) { return fmt::format("[{}]", fmt::join(shape, "x")); }

/// A run elsewhere may have had inputs of other sizes than are bound here; then its times belong to other work.
void warn_of_other_sizes(Analysis& analysis) {
  std::string first;
  std::size_t count = 0;
  for (std::size_t r = 0; r < analysis.runtime.size(); ++r) {
    const RuntimeRow& runtime = analysis.runtime[r];
    const RuntimeNode& executed = analysis.measurement.nodes[r];
    if (runtime.rows.size() != 1 || executed.output_shapes.empty()) continue;
    const NodeRow& row = analysis.nodes[static_cast<std::size_t>(runtime.rows.front())];
    // Blocked layouts pad channels, so only nodes that are executed as the file has them can be compared.
    const bool same_op = row.op_type == executed.op_type && row.domain == executed.domain;
    if (!same_op || row.outputs.empty() || !row.outputs.front().shape) continue;
    const Shape& here = *row.outputs.front().shape;
    const Shape& there = executed.output_shapes.front();
    if (here == there || ++count > 1) continue;
    first = fmt::format("'{}' gives {} there and {} here", printable(executed.name), sizes_of(there), sizes_of(here));
  }
  if (count == 0) return;
  analysis.warnings.push_back(
      fmt::format("the measured run had other sizes than are bound here ({}; {} nodes differ): bind them with --dim",
                  first, count));
}

/// What `costscan calibrate` found on this machine with this runtime (without a runtime: with any) and as many threads.
std::optional<Calibration> calibration_for(const Measurement& measurement, const AnalyzeOptions& options) {
  if (!options.machine.empty()) return std::nullopt;  // that machine's rates were asked for
  const std::filesystem::path folder = calibration_folder();
  std::error_code ignored;
  if (folder.empty() || !std::filesystem::is_directory(folder, ignored)) return std::nullopt;
  const std::string cpu = measurement.machine.cpu.empty() ? read_machine().cpu : measurement.machine.cpu;
  return find_calibration({cpu, measurement.runtime_version, options.measure.threads}, folder);
}

std::vector<GraphPlace> executed_places(const Measurement& measurement) {
  if (!measurement.optimized) return {};
  std::vector<GraphPlace> places;
  for (const ExecutedPlace& place : locate_executed_nodes(measurement)) places.push_back({place.graph, place.node});
  return places;
}

PlanSource plan_source(MeasureStatus status) {
  if (status == MeasureStatus::ok) return PlanSource::measured;
  return status == MeasureStatus::planned ? PlanSource::runtime : PlanSource::modelled;
}

void state_assumptions(Analysis& analysis) {
  auto& assumptions = analysis.assumptions;
  assumptions.emplace_back(
      "one FLOP per add, multiply, divide and compare-select; a multiply-accumulate is two; transcendental functions "
      "count "
      "one FLOP each and are listed apart; integer arithmetic is not FLOPs");
  assumptions.emplace_back(
      "moved bytes are what the op's separate kernels stream; compulsory bytes touch each distinct byte once; "
      "reshape-like ops are free views");
  assumptions.emplace_back(
      analysis.prediction ? "arithmetic intensity is FLOPs per compulsory byte; predictions stand on measured rates "
                            "of this machine's kernels: " +
                                analysis.prediction->calibration
                          : std::string("arithmetic intensity is FLOPs per compulsory byte; predictions are a plain "
                                        "roofline over the stated rates"));
  if (analysis.rates.named) {
    assumptions.push_back(
        fmt::format("predicted for {} by plain roofline: the larger of operations over the rate of their element type "
                    "and compulsory bytes over the bandwidth, plus one dispatch for each node; rates from {}",
                    analysis.rates.name, analysis.rates.source));
  }
  assumptions.emplace_back("nodes that constants alone decide are folded before the run and predicted at 0 µs");
  for (const DimBinding& binding : analysis.shaped->bindings) {
    assumptions.push_back(binding.name + " = " + std::to_string(binding.value) + ": " + binding.reason);
  }
}

}  // namespace

Result<Analysis> analyze(const std::filesystem::path& model, const AnalyzeOptions& options) {
  auto library = open_library(options);
  if (!library) return tl::unexpected(library.error());
  auto result = analyze_statically(model, *library, options);
  if (!result) return result;
  Analysis& analysis = *result;

  std::optional<ForeignFormat> foreign;
  if (options.profile.empty()) {
    analysis.measurement = run(*analysis.shaped, options);
  } else {
    auto times = read_times(*analysis.shaped, options);
    if (!times) return tl::unexpected(times.error());
    foreign = times->format;
    analysis.measurement = std::move(times->measurement);
  }
  std::optional<Calibration> calibration;
  if (!foreign) calibration = calibration_for(analysis.measurement, options);  // a run elsewhere is not this machine's
  if ((calibration || options.model_plan) && !analysis.measurement.optimized) model_plan(analysis, options);
  add_runtime_rows(analysis, *library);
  std::optional<std::vector<Join>> joins;
  if (foreign && !analysis.measurement.optimized) joins = join_foreign_rows(analysis, *foreign);
  if (auto ok = sum_up(analysis); !ok) return tl::unexpected(ok.error());

  auto rates = choose_rates(analysis.measurement, options.machine);
  if (!rates) return tl::unexpected(rates.error());
  analysis.rates = *rates;
  predict(analysis);
  if (calibration) {
    predict_calibrated(analysis, executed_places(analysis.measurement), *calibration,
                       plan_source(analysis.measurement.status));
  }
  if (joins) {
    attribute(analysis, *joins);
  } else if (!analysis.runtime.empty()) {
    attribute(analysis);
  }
  if (options.leave_one_out && options.depth == Depth::measured) {
    analysis.optimizers = std::make_shared<OptimizerStudy>(leave_one_out(*analysis.shaped, options.measure));
  }
  share_predictions(analysis);
  if (foreign) {
    name_unjoined(analysis);
    warn_of_other_sizes(analysis);
  }
  find_slow(analysis, calibration ? &*calibration : nullptr);
  if (options.closed_forms) analysis.closed_forms = derive_closed_forms(*library, *analysis.shaped);
  analysis.totals.peak_activation_bytes = peak_activation_bytes(*analysis.shaped);
  analysis.memory = memory_timeline(analysis);
  if (const auto found = fingerprint(analysis)) {
    analysis.family = found->family();
  } else {
    analysis.warnings.push_back(found.error().message);
  }
  state_assumptions(analysis);
  return result;
}

}  // namespace costscan
