#include "passes/runner.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "measure/weight_store.hpp"
#include "model/checked_math.hpp"
#include "model/text.hpp"
#include "passes/check_graph.hpp"

namespace costscan {
namespace {

using Shaped = std::shared_ptr<const ShapedModel>;

/// The new graph under the sizes of `before`; a fault where it has other shapes.
Result<Shaped> reshaped(const std::shared_ptr<const Model>& model, const ShapedModel& before) {
  auto shaped = infer_shapes(model, same_bindings(*model, before));
  if (!shaped) return shaped;
  if (std::string fault = shape_fault(before, **shaped); !fault.empty()) return fail(ErrorKind::defect, fault);
  return shaped;
}

}  // namespace

CheckedStep checked_step(const GraphView& view, std::span<const Rewrite> rewrites, const ReadWeight& read) {
  CheckedStep step;
  auto rewritten = apply_rewrites(view, rewrites, read);
  if (!rewritten) {
    step.fault = rewritten.error().message;
    return step;
  }
  step.outcomes = std::move(rewritten->outcomes);
  if (std::ranges::none_of(step.outcomes, &RewriteOutcome::applied)) return step;
  step.fault = structure_fault(*rewritten->model);
  if (!step.fault.empty()) return step;
  auto bound = reshaped(rewritten->model, view.shaped());
  if (!bound) {
    step.fault = bound.error().message;
    return step;
  }
  std::vector<Shaped> others;
  for (const Shaped& other : view.others()) {
    auto shaped = reshaped(rewritten->model, *other);
    if (!shaped) {
      step.fault = "under other sizes: " + shaped.error().message;
      return step;
    }
    others.push_back(*std::move(shaped));
  }
  step.model = std::move(rewritten->model);
  step.view = std::make_shared<GraphView>(*std::move(bound), std::move(others), view.complete());
  return step;
}

ReadWeight weight_reader() {
  auto kept = std::make_shared<std::map<std::pair<std::string, std::int64_t>, MappedRange>>();
  return [kept](const Tensor& tensor) -> Result<std::span<const std::byte>> {
    const auto needed = packed_bytes(element_count(tensor), tensor.dtype);
    if (const auto bytes = bytes_in_memory(tensor)) {
      if (needed && bytes->size() >= static_cast<std::size_t>(*needed)) {
        return bytes->first(static_cast<std::size_t>(*needed));
      }
      return fail(ErrorKind::input, "the bytes of weight '" + printable(tensor.name) + "' are not all there");
    }
    const auto* external = std::get_if<ExternalBytes>(&tensor.storage);
    if (external == nullptr || external->state != ExternalBytes::State::present) {
      return fail(ErrorKind::input, "the bytes of weight '" + printable(tensor.name) + "' are missing");
    }
    const auto key = std::pair(external->file.string(), external->offset);
    auto found = kept->find(key);
    if (found == kept->end() || found->second.bytes.size() < static_cast<std::size_t>(external->length)) {
      auto range = map_range(external->file, external->offset, external->length);
      if (!range) return tl::unexpected(range.error());
      found = kept->insert_or_assign(key, *std::move(range)).first;
    }
    // Another tensor may have mapped more from the same place on, and a file may state more than the shape takes.
    if (!needed || external->length < *needed || found->second.bytes.size() < static_cast<std::size_t>(*needed)) {
      return fail(ErrorKind::input, "the bytes of weight '" + printable(tensor.name) + "' are not all there");
    }
    return found->second.bytes.first(static_cast<std::size_t>(*needed));
  };
}

}  // namespace costscan
