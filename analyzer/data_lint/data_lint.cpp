#include "data_lint/data_lint.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "costs/cost_file.hpp"
#include "costs/lint.hpp"
#include "data_lint/data_cases.hpp"
#include "model/checked_math.hpp"
#include "shapes/infer.hpp"

namespace costscan {
namespace {

/// A node at some shapes, which shape inference accepted.
struct Instance {
  std::shared_ptr<const ShapedModel> shaped;
  NodeCost cost;
  std::string shapes;  ///< "X=2x3 Y=2x6"

  [[nodiscard]] const Node& node() const { return shaped->model->graph.nodes[0]; }
  [[nodiscard]] const TensorInfo& info(ValueId id) const {
    return shaped->scopes[0].tensors[static_cast<std::size_t>(id)];
  }
};

std::optional<std::int64_t> bytes_of(const TensorInfo& info) {
  if (info.kind != TypeKind::tensor || !info.shape) return std::nullopt;
  const auto count = element_count(std::span<const std::int64_t>(*info.shape));
  return count ? packed_bytes(*count, info.dtype) : std::nullopt;
}

/// Bytes of distinct tensors; nullopt where one is not known.
std::optional<std::int64_t> total_bytes(const Instance& instance, const std::vector<ValueId>& ids) {
  std::int64_t sum = 0;
  for (const ValueId id : std::set<ValueId>(ids.begin(), ids.end())) {
    if (id == no_value) continue;
    const auto bytes = bytes_of(instance.info(id));
    if (!bytes) return std::nullopt;
    sum += *bytes;
  }
  return sum;
}

void add_integers(const AttributeValue& value, std::set<std::int64_t>& integers) {
  if (const auto* one = std::get_if<std::int64_t>(&value)) integers.insert(*one);
  if (const auto* many = std::get_if<std::vector<std::int64_t>>(&value)) integers.insert(many->begin(), many->end());
}

/// Lists in attributes are data that no input holds: a classifier's coefficients, a vocabulary.
bool has_table(const vectors::Case& vector) {
  constexpr std::size_t some = 2;
  return std::ranges::any_of(vector.attributes, [](const Attribute& attribute) {
    const auto* ints = std::get_if<std::vector<std::int64_t>>(&attribute.value);
    const auto* floats = std::get_if<std::vector<float>>(&attribute.value);
    const auto* texts = std::get_if<std::vector<std::string>>(&attribute.value);
    return (ints != nullptr && ints->size() >= some) || (floats != nullptr && floats->size() >= some) ||
           (texts != nullptr && texts->size() >= some);
  });
}

/// A tensor that has contents keeps its shape: they would not fit another.
bool resizable(const vectors::TensorSpec& spec) {
  return !spec.omitted && spec.same_as.empty() && spec.shape && !spec.value;
}

/// Of operators that make a tensor from numbers: contents that are an extent of an output.
std::set<std::int64_t> sizes_by_contents(const vectors::Case& vector) {
  std::set<std::int64_t> extents;
  for (const vectors::TensorSpec& spec : vector.outputs) {
    if (spec.shape) extents.insert(spec.shape->begin(), spec.shape->end());
  }
  std::set<std::int64_t> sizes;
  for (const vectors::TensorSpec& spec : vector.inputs) {
    if (!spec.value) continue;
    for (const std::int64_t number : spec.value->ints) {
      if (extents.contains(number)) sizes.insert(number);
    }
  }
  return sizes;
}

std::set<std::int64_t> sizes_of(const vectors::Case& vector) {
  std::set<std::int64_t> sizes;
  for (const vectors::TensorSpec& spec : vector.inputs) {
    if (resizable(spec)) sizes.insert(spec.shape->begin(), spec.shape->end());
  }
  if (sizes.empty()) sizes = sizes_by_contents(vector);
  // A size that an attribute states as well (heads, groups, a kernel's extent) is not free.
  std::set<std::int64_t> stated;
  for (const Attribute& attribute : vector.attributes) add_integers(attribute.value, stated);
  std::erase_if(sizes, [&](std::int64_t size) { return stated.contains(size); });
  return sizes;
}

/// Every dimension of this size, in all inputs: extents that belong together stay equal.
vectors::Case resized(vectors::Case vector, std::int64_t from, std::int64_t to) {
  const bool by_contents = std::ranges::none_of(
      vector.inputs, [](const vectors::TensorSpec& spec) { return resizable(spec) && !spec.shape->empty(); });
  for (auto* specs : {&vector.inputs, &vector.outputs}) {
    for (vectors::TensorSpec& spec : *specs) {
      if (resizable(spec)) std::ranges::replace(*spec.shape, from, to);
      if (by_contents && spec.value) std::ranges::replace(spec.value->ints, from, to);
    }
  }
  return vector;
}

/// The node with outputs as inferred; where no rule infers this operator, with outputs as the vector states them,
/// resized alike. nullopt where inference refuses the sizes.
std::optional<Instance> instance_of(const CostLibrary& library, const vectors::Case& vector, bool stated_outputs) {
  auto stated = std::make_shared<ShapedModel>(vectors::stated_model(vector));
  std::shared_ptr<const ShapedModel> shaped = stated;
  if (!stated_outputs) {
    const auto inferred = infer_shapes(stated->model);
    if (!inferred || !(*inferred)->warnings.empty()) return std::nullopt;
    shaped = *inferred;
  }
  Instance instance{shaped, cost_scope(library, *shaped, 0).at(0), {}};
  for (const ValueId output : instance.node().outputs) {
    if (output != no_value && instance.info(output).kind == TypeKind::tensor && !instance.info(output).shape) {
      return std::nullopt;
    }
  }
  for (const auto* ids : {&instance.node().inputs, &instance.node().outputs}) {
    for (const ValueId id : *ids) {
      if (id == no_value || !instance.info(id).shape) continue;
      instance.shapes += fmt::format("{}{}={}", instance.shapes.empty() ? "" : " ",
                                     instance.shaped->model->graph.values[static_cast<std::size_t>(id)].name,
                                     fmt::join(*instance.info(id).shape, "x"));
    }
  }
  return instance;
}

struct Metric {
  const char* name;
  std::int64_t Work::* of;  ///< null: the compulsory bytes, which no kernel has
};

constexpr std::array<Metric, 7> size_metrics{{{"flops", &Work::flops},
                                              {"macs", &Work::macs},
                                              {"transcendentals", &Work::transcendentals},
                                              {"int_ops", &Work::int_ops},
                                              {"read_bytes", &Work::read_bytes},
                                              {"write_bytes", &Work::write_bytes},
                                              {"compulsory_bytes", nullptr}}};

std::int64_t amount_of(const Metric& metric, const NodeCost& cost) {
  return metric.of == nullptr ? cost.compulsory_bytes : cost.work.*metric.of;
}

/// By kernel's name; kernels of one name together.
std::map<std::string, std::int64_t> by_kernel(const Metric& metric, const NodeCost& cost) {
  std::map<std::string, std::int64_t> out;
  if (metric.of == nullptr) return out;
  for (const KernelCost& kernel : cost.kernels) out[kernel.text->name] += kernel.work.*metric.of;
  return out;
}

/// Findings of one operator, by check.
struct Entry {
  int tried = 0;
  std::size_t count = 0;
  std::string first;
  std::string kernel;  ///< that shows it, where one does
};

class SizeLint {
 public:
  explicit SizeLint(const CostLibrary& library) : library_(library) {}

  void run(const vectors::Case& vector);
  [[nodiscard]] DataLintResult result() const;

 private:
  using Checks = std::map<std::string, Entry>;
  const CostLibrary& library_;
  std::map<std::pair<std::string, std::string>, Checks> ops_;  ///< by domain and op

  static void note(Entry& entry, const Instance& at, const std::string& what, const std::string& kernel = "") {
    if (entry.count++ > 0) return;
    entry.first = fmt::format("at {}: {}", at.shapes, what);
    entry.kernel = kernel;
  }
  void check_writes(const Instance& instance, Entry& entry) const;
  static void check_monotone(const Instance& small, const Instance& large, Entry& entry);
  static void check_empty(const vectors::Case& vector, const Instance& instance, Entry& entry);
  [[nodiscard]] std::optional<Instance> largest(const vectors::Case& vector, std::int64_t size, bool stated) const;
  void add_findings(const LintedOp& op, const Checks& checks, DataLintResult& out) const;
};

void SizeLint::run(const vectors::Case& vector) {
  const bool stated = !instance_of(library_, vector, false);
  const auto base = instance_of(library_, vector, stated);
  if (!base || base->cost.trust == Trust::unknown) return;
  Checks& checks = ops_[{vector.domain, vector.op}];
  check_writes(*base, checks["writes"]);
  for (const std::int64_t size : sizes_of(vector)) {
    if (size < 1) continue;
    for (const std::int64_t larger : {size + 1, 2 * size, 3 * size}) {
      const auto grown = size == 1 ? std::nullopt : instance_of(library_, resized(vector, size, larger), stated);
      if (!grown || grown->cost.trust == Trust::unknown) continue;
      check_monotone(*base, *grown, checks["monotone"]);
      check_writes(*grown, checks["writes"]);
    }
    if (const auto empty = instance_of(library_, resized(vector, size, 0), stated)) {
      check_empty(vector, *empty, checks["empty"]);
    }
    if (const auto huge = largest(vector, size, stated)) {
      Entry& entry = checks["overflow"];
      ++entry.tried;
      if (huge->cost.trust == Trust::unknown) note(entry, *huge, huge->cost.unknown_reason);
    }
  }
}

/// No output is left unwritten. A view writes nothing, by definition.
void SizeLint::check_writes(const Instance& instance, Entry& entry) const {
  const auto bytes = compulsory_output_bytes(library_, instance.shaped->scopes[0], instance.node());
  if (instance.cost.view || instance.cost.trust == Trust::unknown || !bytes) return;
  ++entry.tried;
  if (instance.cost.work.write_bytes >= *bytes) return;
  note(entry, instance, fmt::format("writes {} bytes, the outputs need {}", instance.cost.work.write_bytes, *bytes));
}

void SizeLint::check_monotone(const Instance& small, const Instance& large, Entry& entry) {
  // A node that becomes a view (or ceases to be one) is another algorithm.
  if (small.cost.view != large.cost.view) return;
  ++entry.tried;
  for (const Metric& metric : size_metrics) {
    const std::int64_t before = amount_of(metric, small.cost);
    const std::int64_t after = amount_of(metric, large.cost);
    if (after >= before) continue;
    std::string kernel;
    const auto kernels = by_kernel(metric, large.cost);
    for (const auto& [name, amount] : by_kernel(metric, small.cost)) {
      const auto now = kernels.find(name);
      if (kernel.empty() && (now == kernels.end() || now->second < amount)) kernel = name;
    }
    note(entry, large, fmt::format("{} falls to {} from {} at {}", metric.name, after, before, small.shapes), kernel);
  }
}

/// Where all outputs are empty nothing is computed or written. Inputs and tables that are not empty may still be read.
void SizeLint::check_empty(const vectors::Case& vector, const Instance& instance, Entry& entry) {
  const auto outputs = total_bytes(instance, instance.node().outputs);
  const auto inputs = total_bytes(instance, instance.node().inputs);
  if (!outputs || *outputs != 0 || !inputs) return;
  ++entry.tried;
  if (instance.cost.trust == Trust::unknown) {
    return note(entry, instance, "has no cost: " + instance.cost.unknown_reason);
  }
  const bool may_read = *inputs > 0 || has_table(vector);
  for (const Metric& metric : size_metrics) {
    if (may_read && (metric.of == &Work::read_bytes || metric.of == nullptr)) continue;
    if (amount_of(metric, instance.cost) == 0) continue;
    std::string kernel;
    for (const auto& [name, amount] : by_kernel(metric, instance.cost)) {
      if (kernel.empty() && amount > 0) kernel = name;
    }
    note(entry, instance, fmt::format("{} is {}", metric.name, amount_of(metric, instance.cost)), kernel);
  }
}

/// One dimension so large that its tensors fill the memory of a large machine.
std::optional<Instance> SizeLint::largest(const vectors::Case& vector, std::int64_t size, bool stated) const {
  constexpr std::int64_t most_bytes = std::int64_t{1} << 36;
  for (int doublings = 23; doublings > 3; doublings -= 2) {
    const auto larger = checked_mul(size, std::int64_t{1} << doublings);
    if (!larger) continue;
    const vectors::Case candidate = resized(vector, size, *larger);
    const bool legal = std::ranges::all_of(candidate.inputs, [&](const vectors::TensorSpec& spec) {
      if (!spec.shape) return true;
      const auto count = element_count(std::span<const std::int64_t>(*spec.shape));
      const auto bytes = count ? packed_bytes(*count, spec.dtype) : std::nullopt;
      return bytes && *bytes <= most_bytes;
    });
    if (!legal) continue;
    auto instance = instance_of(library_, candidate, stated);
    const auto outputs = instance ? total_bytes(*instance, instance->node().outputs) : std::nullopt;
    if (outputs && *outputs <= most_bytes) return instance;
  }
  return std::nullopt;
}

void SizeLint::add_findings(const LintedOp& op, const Checks& checks, DataLintResult& out) const {
  const auto exempt = exemptions(library_, op.domain, op.op);
  const std::string name = qualified_op(op.domain, op.op);
  for (const std::string_view check : lint_checks) {
    if (check == "units") continue;  // decided without shapes: lint()
    const auto entry = checks.find(std::string(check));
    const bool found = entry != checks.end() && entry->second.count > 0;
    if (entry != checks.end() && entry->second.tried > 0) ++out.tried[std::string(check)];
    const auto excuse = std::ranges::find(exempt, check, &Exemption::check);
    if (found && excuse == exempt.end()) {
      std::string what = entry->second.first;
      if (entry->second.count > 1) what += fmt::format(" (and {} more)", entry->second.count - 1);
      const int line = line_of_kernel(library_, op.domain, op.op, entry->second.kernel);
      out.findings.push_back({op.path, line, name, std::string(check), std::move(what)});
    } else if (!found && excuse != exempt.end()) {
      out.findings.push_back(
          {op.path, excuse->line, name, std::string(check), "the exemption is not needed: no case shows a finding"});
    }
  }
}

DataLintResult SizeLint::result() const {
  DataLintResult out;
  for (const LintedOp& op : linted_ops(library_)) {
    ++out.ops;
    const auto checks = ops_.find({op.domain, op.op});
    if (checks == ops_.end()) {
      out.without_case.push_back(qualified_op(op.domain, op.op));
    } else {
      add_findings(op, checks->second, out);
    }
  }
  return out;
}

}  // namespace

std::string to_string(const DataFinding& finding) {
  return fmt::format("{}:{}: {}: {}: {}", finding.path, finding.line, finding.op, finding.check, finding.what);
}

DataLintResult lint_at_sizes(const CostLibrary& library, std::span<const vectors::Case> cases) {
  std::set<std::pair<std::string, std::string>> known;
  for (const LintedOp& op : linted_ops(library)) known.emplace(op.domain, op.op);
  SizeLint checks(library);
  for (const vectors::Case& each : cases) {
    if (each.error.empty() && known.contains({each.domain, each.op})) checks.run(each);
  }
  return checks.result();
}

}  // namespace costscan
