#include "passes/constant_parts.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <set>

#include "model/checked_math.hpp"
#include "model/text.hpp"
#include "passes/facts.hpp"

namespace costscan {
namespace {

bool yields_tensors(const GraphView& view, const Node& node) {
  return std::ranges::all_of(node.outputs, [&](ValueId out) {
    return out == no_value || (view.info(out).kind == TypeKind::tensor && view.info(out).dtype != DType::string);
  });
}

bool is_kept_for_size(const Node& node) {
  static constexpr std::string_view unpacking[] = {"DequantizeLinear"};
  return is_any_op(node, unpacking) || node.op_type == "DequantizeLinear";
}

template <class T>
std::vector<std::byte> packed_as(const std::vector<std::int64_t>& ints) {
  std::vector<std::byte> bytes(ints.size() * sizeof(T));
  for (std::size_t i = 0; i < ints.size(); ++i) {
    const auto element = static_cast<T>(ints[i]);
    std::memcpy(bytes.data() + i * sizeof(T), &element, sizeof(T));
  }
  return bytes;
}

}  // namespace

ConstantParts::ConstantParts(const GraphView& view) : view_(&view) {
  foldable_.assign(static_cast<std::size_t>(view.node_count()), false);
  for (std::int32_t n = 0; n < view.node_count(); ++n) {
    const Node& node = view.node(n);
    if (is_op(node, "Constant") || node.outputs.empty() || !view.captured(n).empty()) continue;
    const bool constant =
        std::ranges::all_of(node.outputs, [&](ValueId out) { return out == no_value || view.is_constant(out); });
    if (!constant || draws_at_random(node) || has_subgraph(node) || is_kept_for_size(node)) continue;
    if (find_function(view.model(), node) != nullptr || !yields_tensors(view, node)) continue;
    foldable_[static_cast<std::size_t>(n)] = std::ranges::all_of(node.inputs, [&](ValueId in) {
      const std::int32_t producer = view.producer(in);
      return in == no_value || producer < 0 || is_op(view.node(producer), "Constant") ||
             foldable_[static_cast<std::size_t>(producer)];
    });
  }
}

std::vector<std::int32_t> ConstantParts::cone(ValueId value) const {
  std::set<std::int32_t> seen;
  std::vector<std::int32_t> stack{view_->producer(value)};
  while (!stack.empty()) {
    const std::int32_t n = stack.back();
    stack.pop_back();
    if (n < 0 || !is_foldable(n) || !seen.insert(n).second) continue;
    for (const ValueId in : view_->node(n).inputs) stack.push_back(view_->producer(in));
  }
  return {seen.begin(), seen.end()};
}

template <class Visit>
void ConstantParts::for_each_leaf(ValueId value, Visit visit) const {
  std::set<ValueId> seen;
  for (const std::int32_t n : cone(value)) {
    for (const ValueId in : view_->node(n).inputs) {
      const Tensor* tensor = view_->tensor(in);
      if (tensor != nullptr && seen.insert(in).second) visit(in, *tensor);
    }
  }
}

std::int64_t ConstantParts::weight_bytes(ValueId value) const {
  std::int64_t total = 0;
  for_each_leaf(value, [&](ValueId, const Tensor& tensor) {
    total += packed_bytes(element_count(tensor), tensor.dtype).value_or(0);
  });
  return total;
}

std::string ConstantParts::missing_weight(ValueId value) const {
  std::string missing;
  for_each_leaf(value, [&](ValueId id, const Tensor& tensor) {
    const auto* external = std::get_if<ExternalBytes>(&tensor.storage);
    const bool absent = std::holds_alternative<std::monostate>(tensor.storage) ||
                        (external != nullptr && external->state != ExternalBytes::State::present);
    if (absent && missing.empty()) missing = printable(view_->graph().values[static_cast<std::size_t>(id)].name);
  });
  return missing;
}

std::string ConstantParts::name_for(ValueId value) const {
  return view_->graph().values[static_cast<std::size_t>(value)].name + "_folded";
}

std::optional<std::vector<std::byte>> packed_ints(const std::vector<std::int64_t>& ints, DType dtype) {
  switch (dtype) {
    case DType::int64: return packed_as<std::int64_t>(ints);
    case DType::uint64: return packed_as<std::uint64_t>(ints);
    case DType::int32: return packed_as<std::int32_t>(ints);
    case DType::uint32: return packed_as<std::uint32_t>(ints);
    case DType::int16: return packed_as<std::int16_t>(ints);
    case DType::uint16: return packed_as<std::uint16_t>(ints);
    case DType::int8: return packed_as<std::int8_t>(ints);
    case DType::uint8:
    case DType::boolean: return packed_as<std::uint8_t>(ints);
    default: return std::nullopt;
  }
}

std::optional<std::vector<std::byte>> known_bytes(const GraphView& view, ValueId value) {
  const TensorInfo& info = view.info(value);
  if (!info.value || info.value_is_bound || is_floating(info.dtype) || !info.shape) return std::nullopt;
  const auto count = element_count(std::span<const std::int64_t>(*info.shape));
  if (info.value->dtype != info.dtype || !count || info.value->ints.size() != static_cast<std::size_t>(*count)) {
    return std::nullopt;
  }
  return packed_ints(info.value->ints, info.dtype);
}

Result<std::vector<std::byte>> ConstantRun::bytes(ValueId value) {
  if (!done_) run();
  const auto found = found_.find(value);
  if (found != found_.end()) return found->second;
  return fail(ErrorKind::measurement, reason_.empty() ? "ONNX Runtime did not compute it" : reason_);
}

void ConstantRun::run() {
  done_ = true;
  if (!evaluate_) {
    reason_ = "it takes ONNX Runtime to compute it";
    return;
  }
  run_part(wanted_);
}

void ConstantRun::run_part(std::span<const ValueId> wanted) {
  // One that the runtime refuses must not keep the others from being folded; nor may every single one be tried.
  constexpr std::int32_t most_runs = 16;
  if (wanted.empty() || ++runs_ > most_runs) return;
  std::set<std::int32_t> nodes;
  for (const ValueId value : wanted) {
    for (const std::int32_t n : parts_->cone(value)) nodes.insert(n);
  }
  const std::vector<std::int32_t> list(nodes.begin(), nodes.end());
  auto tensors = evaluate_(*view_, list, wanted);
  if (!tensors) {
    reason_ = tensors.error().message;
    if (wanted.size() < 2) return;
    run_part(wanted.first(wanted.size() / 2));
    return run_part(wanted.subspan(wanted.size() / 2));
  }
  for (std::size_t i = 0; i < wanted.size() && i < tensors->size(); ++i) {
    const Tensor& tensor = (*tensors)[i];
    const auto bytes = bytes_in_memory(tensor);
    const Shape* expected = view_->shape(wanted[i]);
    if (bytes && expected != nullptr && tensor.dims == *expected && tensor.dtype == view_->dtype(wanted[i])) {
      found_[wanted[i]].assign(bytes->begin(), bytes->end());
    }
  }
}

}  // namespace costscan
