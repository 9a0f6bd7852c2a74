// What must hold of every cost model at every size, tried at the vectors' shapes and at shapes grown from them: more is
// never cheaper, nothing costs nothing, all outputs are written, and large sizes do not overflow. A file may be exempt
// from a check, for a reason that it states itself (costmodels/README.md).
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "costs/lint.hpp"
#include "model/checked_math.hpp"
#include "shapes/infer.hpp"
#include "vector_case.hpp"

namespace costscan::vectors {
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

const CostLibrary& library() {
  static const CostLibrary built_in = CostLibrary::builtin();
  return built_in;
}

void add_integers(const AttributeValue& value, std::set<std::int64_t>& integers) {
  if (const auto* one = std::get_if<std::int64_t>(&value)) integers.insert(*one);
  if (const auto* many = std::get_if<std::vector<std::int64_t>>(&value)) integers.insert(many->begin(), many->end());
}

/// Lists in attributes are data that no input holds: a classifier's coefficients, a vocabulary.
bool has_table(const Case& vector) {
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
bool resizable(const TensorSpec& spec) { return !spec.omitted && spec.same_as.empty() && spec.shape && !spec.value; }

/// Of operators that make a tensor from numbers: contents that are an extent of an output.
std::set<std::int64_t> sizes_by_contents(const Case& vector) {
  std::set<std::int64_t> extents;
  for (const TensorSpec& spec : vector.outputs) {
    if (spec.shape) extents.insert(spec.shape->begin(), spec.shape->end());
  }
  std::set<std::int64_t> sizes;
  for (const TensorSpec& spec : vector.inputs) {
    if (!spec.value) continue;
    for (const std::int64_t number : spec.value->ints) {
      if (extents.contains(number)) sizes.insert(number);
    }
  }
  return sizes;
}

std::set<std::int64_t> sizes_of(const Case& vector) {
  std::set<std::int64_t> sizes;
  for (const TensorSpec& spec : vector.inputs) {
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
Case resized(Case vector, std::int64_t from, std::int64_t to) {
  const bool by_contents = std::ranges::none_of(
      vector.inputs, [](const TensorSpec& spec) { return resizable(spec) && !spec.shape->empty(); });
  for (auto* specs : {&vector.inputs, &vector.outputs}) {
    for (TensorSpec& spec : *specs) {
      if (resizable(spec)) std::ranges::replace(*spec.shape, from, to);
      if (by_contents && spec.value) std::ranges::replace(spec.value->ints, from, to);
    }
  }
  return vector;
}

/// The node with outputs as inferred; where no rule infers this operator, with outputs as the vector states them,
/// resized alike. nullopt where inference refuses the sizes.
std::optional<Instance> instance_of(const Case& vector, bool stated_outputs) {
  auto stated = std::make_shared<ShapedModel>(stated_model(vector));
  std::shared_ptr<const ShapedModel> shaped = stated;
  if (!stated_outputs) {
    const auto inferred = infer_shapes(stated->model);
    if (!inferred || !(*inferred)->warnings.empty()) return std::nullopt;
    shaped = *inferred;
  }
  Instance instance{shaped, cost_scope(library(), *shaped, 0).at(0), {}};
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

using Metric = std::pair<const char*, std::function<std::int64_t(const NodeCost&)>>;

const std::vector<Metric>& metrics() {
  static const std::vector<Metric> all{
      {"flops", [](const NodeCost& cost) { return cost.work.flops; }},
      {"macs", [](const NodeCost& cost) { return cost.work.macs; }},
      {"transcendentals", [](const NodeCost& cost) { return cost.work.transcendentals; }},
      {"int_ops", [](const NodeCost& cost) { return cost.work.int_ops; }},
      {"read_bytes", [](const NodeCost& cost) { return cost.work.read_bytes; }},
      {"write_bytes", [](const NodeCost& cost) { return cost.work.write_bytes; }},
      {"compulsory_bytes", [](const NodeCost& cost) { return cost.compulsory_bytes; }}};
  return all;
}

/// Findings by file and check; a file that is exempt from a check must need that.
class DataLint : public testing::Test {
 protected:
  struct Entry {
    int tried = 0;
    std::vector<std::string> findings;
  };
  std::map<std::pair<std::string, std::string>, std::map<std::string, Entry>> ops_;  ///< (domain, op) → check → entry

  void run(const Case& vector) {
    auto& checks = ops_[{vector.domain, vector.op}];
    const bool stated = !instance_of(vector, false);
    const auto base = instance_of(vector, stated);
    if (!base || base->cost.trust == Trust::unknown) return;
    const auto finding = [&](const char* check, const Instance& at, const std::string& what) {
      checks[check].findings.push_back(fmt::format("{}.yaml:{} at {}: {}", vector.file, vector.line, at.shapes, what));
    };
    check_writes(*base, checks["writes"], [&](const std::string& what) { finding("writes", *base, what); });
    for (const std::int64_t size : sizes_of(vector)) {
      if (size < 1) continue;
      for (const std::int64_t larger : {size + 1, 2 * size, 3 * size}) {
        const auto grown = size == 1 ? std::nullopt : instance_of(resized(vector, size, larger), stated);
        if (!grown || grown->cost.trust == Trust::unknown) continue;
        check_monotone(*base, *grown, checks["monotone"],
                       [&](const std::string& what) { finding("monotone", *grown, what); });
        check_writes(*grown, checks["writes"], [&](const std::string& what) { finding("writes", *grown, what); });
      }
      if (const auto empty = instance_of(resized(vector, size, 0), stated)) {
        check_empty(vector, *empty, checks["empty"], [&](const std::string& what) { finding("empty", *empty, what); });
      }
      if (const auto huge = largest(vector, size, stated)) {
        Entry& entry = checks["overflow"];
        ++entry.tried;
        if (huge->cost.trust == Trust::unknown) finding("overflow", *huge, huge->cost.unknown_reason);
      }
    }
  }

  /// No output is left unwritten. A view writes nothing, by definition.
  template <class Report>
  static void check_writes(const Instance& instance, Entry& entry, const Report& report) {
    const auto bytes = compulsory_output_bytes(library(), instance.shaped->scopes[0], instance.node());
    if (instance.cost.view || instance.cost.trust == Trust::unknown || !bytes) return;
    ++entry.tried;
    if (instance.cost.work.write_bytes >= *bytes) return;
    report(fmt::format("writes {} bytes, the outputs need {}", instance.cost.work.write_bytes, *bytes));
  }

  template <class Report>
  static void check_monotone(const Instance& small, const Instance& large, Entry& entry, const Report& report) {
    // A node that becomes a view (or ceases to be one) is another algorithm.
    if (small.cost.view != large.cost.view) return;
    ++entry.tried;
    for (const auto& [name, of] : metrics()) {
      if (of(large.cost) >= of(small.cost)) continue;
      report(fmt::format("{} falls to {} from {} at {}", name, of(large.cost), of(small.cost), small.shapes));
    }
  }

  /// Where all outputs are empty nothing is computed or written. Inputs and tables that are not empty may still be
  /// read.
  template <class Report>
  static void check_empty(const Case& vector, const Instance& instance, Entry& entry, const Report& report) {
    const auto outputs = total_bytes(instance, instance.node().outputs);
    const auto inputs = total_bytes(instance, instance.node().inputs);
    if (!outputs || *outputs != 0 || !inputs) return;
    ++entry.tried;
    if (instance.cost.trust == Trust::unknown) return report("has no cost: " + instance.cost.unknown_reason);
    const bool may_read = *inputs > 0 || has_table(vector);
    for (const auto& [name, of] : metrics()) {
      const std::string metric = name;
      if (may_read && (metric == "read_bytes" || metric == "compulsory_bytes")) continue;
      if (of(instance.cost) > 0) report(fmt::format("{} is {}", metric, of(instance.cost)));
    }
  }

  /// One dimension so large that its tensors fill the memory of a large machine.
  static std::optional<Instance> largest(const Case& vector, std::int64_t size, bool stated) {
    constexpr std::int64_t most_bytes = std::int64_t{1} << 36;
    for (int doublings = 23; doublings > 3; doublings -= 2) {
      const auto larger = checked_mul(size, std::int64_t{1} << doublings);
      if (!larger) continue;
      const Case candidate = resized(vector, size, *larger);
      const bool legal = std::ranges::all_of(candidate.inputs, [&](const TensorSpec& spec) {
        if (!spec.shape) return true;
        const auto count = element_count(std::span<const std::int64_t>(*spec.shape));
        const auto bytes = count ? packed_bytes(*count, spec.dtype) : std::nullopt;
        return bytes && *bytes <= most_bytes;
      });
      if (!legal) continue;
      const auto instance = instance_of(candidate, stated);
      const auto outputs = instance ? total_bytes(*instance, instance->node().outputs) : std::nullopt;
      if (outputs && *outputs <= most_bytes) return instance;
    }
    return std::nullopt;
  }
};

TEST_F(DataLint, HoldsOfEveryModel) {
  for (const Case& vector : read_cases(COSTSCAN_VECTORS_DIR)) {
    if (vector.error.empty()) run(vector);
  }
  const auto ops = list_ops(library());
  ASSERT_TRUE(ops.has_value());
  std::map<std::string, int> tried;
  std::map<std::string, std::vector<std::string>> untried;
  for (const OpListing& op : *ops) {
    const auto exempt = exemptions(library(), op.domain, op.op_type);
    const auto& checks = ops_[{op.domain, op.op_type}];
    for (const std::string_view check : lint_checks) {
      if (check == "units") continue;  // decided without shapes: lint()
      const auto entry = checks.find(std::string(check));
      const bool found = entry != checks.end() && !entry->second.findings.empty();
      const bool is_exempt = std::ranges::find(exempt, check, &Exemption::check) != exempt.end();
      const bool was_tried = entry != checks.end() && entry->second.tried > 0;
      if (was_tried) ++tried[std::string(check)];
      if (!was_tried) untried[std::string(check)].push_back(qualified_op(op.domain, op.op_type));
      const std::string file = fmt::format("costmodels/{}/{}.yaml", op.domain.empty() ? "onnx" : op.domain, op.op_type);
      if (found && !is_exempt) {
        ADD_FAILURE() << file << ": " << check << ": " << entry->second.findings.front() << " (and "
                      << entry->second.findings.size() - 1 << " more)";
      }
      if (is_exempt && !found)
        ADD_FAILURE() << file << ": exempt." << check << " is not needed: no vector shows a case";
    }
  }
  for (const std::string_view check : lint_checks) {
    if (check == "units") continue;
    fmt::print("data lint: {} tried on {} of {} ops; not on {}\n", check, tried[std::string(check)], ops->size(),
               fmt::join(untried[std::string(check)], ", "));
  }
}

}  // namespace
}  // namespace costscan::vectors
