// Loop and Scan: trip counts, carried values, and outputs that gather one slice per trip.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "model/checked_math.hpp"
#include "shapes/elements.hpp"
#include "shapes/inference.hpp"
#include "shapes/own_rules.hpp"

namespace costscan {
namespace {

/// Trips that are followed one by one where their number, their shapes or their contents need it.
constexpr std::int64_t max_simulated_trips = 1024;
constexpr std::int64_t max_simulated_nodes = 200'000;
/// A larger trip count says no more than none.
constexpr std::int64_t max_trip_count = (std::int64_t{1} << 31) - 1;
/// Loops this short are followed in any case: what they compute may decide shapes after them.
constexpr std::int64_t short_trips = 64;
constexpr std::int64_t short_nodes = 4096;

std::shared_ptr<const Graph> body_of(const Node& node) {
  const Attribute* attribute = find_attribute(node, "body");
  const auto* graph = attribute != nullptr ? std::get_if<std::shared_ptr<const Graph>>(&attribute->value) : nullptr;
  return graph != nullptr ? *graph : nullptr;
}

std::optional<std::int64_t> exact_scalar(const TensorInfo* info) {
  return info == nullptr || info->value_is_bound ? std::nullopt : scalar_int(info->value.get());
}

TensorInfo without_contents(TensorInfo info) {
  info.value = nullptr;
  info.value_is_bound = false;
  info.elements = nullptr;
  info.constant = false;
  return info;
}

bool same_type(const TensorInfo& a, const TensorInfo& b) { return a.kind == b.kind && a.shape == b.shape; }

/// One slice per trip, stacked in front (or at `axis`).
TensorInfo stacked(const TensorInfo& slice, std::int64_t trips, bool exact, std::int64_t axis = 0) {
  TensorInfo out = without_contents(slice);
  if (!out.shape) return out;
  const auto at = normal_axis(axis, out.shape->size() + 1).value_or(0);
  out.shape->insert(out.shape->begin() + static_cast<std::ptrdiff_t>(at), trips);
  out.data_dependent = out.data_dependent || !exact;
  return out;
}

/// What only following the trips told: shapes that depend on the trip, at their largest.
void fill_gaps(std::vector<TensorInfo>& tensors, const std::vector<TensorInfo>& widest) {
  for (std::size_t i = 0; i < tensors.size() && i < widest.size(); ++i) {
    const bool gap = !tensors[i].shape && (tensors[i].kind == TypeKind::unknown || tensors[i].kind == TypeKind::tensor);
    if (gap && widest[i].shape) tensors[i] = widest[i];
  }
}

}  // namespace

void widen(std::vector<TensorInfo>& widest, const std::vector<TensorInfo>& now) {
  widest.resize(now.size());
  for (std::size_t i = 0; i < now.size(); ++i) {
    TensorInfo& wide = widest[i];
    if (wide.kind == TypeKind::unknown) {
      wide = now[i];
      continue;
    }
    if (wide.value != now[i].value) wide.value = nullptr;
    if (wide.elements != now[i].elements) wide.elements = nullptr;
    wide.data_dependent = wide.data_dependent || now[i].data_dependent;
    if (!wide.shape || !now[i].shape || *wide.shape == *now[i].shape) continue;
    wide.data_dependent = true;
    if (wide.shape->size() != now[i].shape->size()) {
      if (count_of(*now[i].shape) > count_of(*wide.shape)) wide.shape = now[i].shape;
      continue;
    }
    for (std::size_t axis = 0; axis < wide.shape->size(); ++axis) {
      (*wide.shape)[axis] = std::max((*wide.shape)[axis], (*now[i].shape)[axis]);
    }
  }
}

struct Inference::LoopState {
  ScopeId scope = -1;
  std::optional<std::int64_t> limit;  ///< M where it is known
  bool unlimited = false;             ///< M is omitted
  std::vector<TensorInfo> carried;
  std::vector<TensorInfo> slices;  ///< what each trip adds to the stacked outputs
  std::vector<TensorInfo> widest;  ///< of the body's tensors over the trips that were followed
  std::int64_t trips = 1;
  bool exact = false;
  bool grows = false;  ///< carried shapes differ from trip to trip
  std::string reason;
};

MaybeError Inference::infer_loop(Work& work) {
  auto graph = body_of(work.node);
  if (graph == nullptr || work.inputs.size() < 2) return std::nullopt;
  const auto nodes = static_cast<std::int64_t>(graph->nodes.size());
  LoopState loop;
  loop.scope = add_scope(work, {ScopeKind::loop_body, "body", std::move(graph), nullptr});
  loop.limit = exact_scalar(work.inputs[0]);
  loop.unlimited = work.inputs[0] == nullptr;
  if (loop.limit && *loop.limit > max_trip_count) {  // exporters write a while loop with the largest integer
    loop.limit.reset();
    loop.unlimited = true;
  }
  const auto condition = work.inputs[1] == nullptr ? std::optional<std::int64_t>(1) : exact_scalar(work.inputs[1]);
  for (std::size_t i = 2; i < work.inputs.size(); ++i) {
    loop.carried.push_back(work.inputs[i] != nullptr ? *work.inputs[i] : TensorInfo{});
    loop.carried.back().constant = false;
  }
  const std::vector<TensorInfo> initial = loop.carried;
  const bool never = (loop.limit && *loop.limit <= 0) || (condition && *condition == 0);
  const std::size_t warnings = warnings_.size();
  if (never) {
    const Strictness before = strictness_;
    strictness_ = Strictness::silent;
    auto error = generalise_loop(work, loop);
    strictness_ = before;
    if (error) return error;
    loop.carried = initial;
    loop.trips = 0;
    loop.exact = true;
    loop.reason = loop.limit && *loop.limit <= 0 ? fmt::format("the trip count is {}", *loop.limit)
                                                 : "the condition is false at the start";
  } else {
    if (auto error = generalise_loop(work, loop)) return error;
    const bool short_loop = loop.limit && *loop.limit <= short_trips && *loop.limit * nodes <= short_nodes;
    const bool followable =
        loop.limit && *loop.limit <= max_simulated_trips && *loop.limit * nodes <= max_simulated_nodes;
    const bool gaps = followable && has_unknown(loop.scope);
    if (!loop.exact || loop.grows || short_loop || gaps) {
      warnings_.resize(warnings);
      LoopState followed = loop;
      followed.carried = initial;
      if (auto error = simulate_loop(work, followed)) return error;
      if (followed.exact && !followed.grows && loop.exact && !loop.grows) {
        // The rows of the body show what holds in every trip, not only in the last.
        LoopState again = loop;
        again.carried = initial;
        warnings_.resize(warnings);
        if (auto error = generalise_loop(work, again)) return error;
        fill_gaps(scopes_[static_cast<std::size_t>(loop.scope)].tensors, followed.widest);
      }
      loop = std::move(followed);
    }
    if (!condition && loop.exact) {
      loop.exact = false;
      loop.reason += "; whether it starts is unknown";
    }
  }
  Scope& scope = scopes_[static_cast<std::size_t>(loop.scope)];
  scope.trips = loop.trips;
  scope.trips_upper_bound = !loop.exact || loop.grows;
  scope.trips_reason = loop.grows ? loop.reason + "; carried shapes change, each trip counts as the last" : loop.reason;
  for (std::size_t i = 0; i < work.outputs.size(); ++i) {
    if (i < loop.carried.size()) {
      work.outputs[i] = loop.carried[i];
      if (!loop.exact) work.outputs[i].value = nullptr;
      if (loop.grows && !loop.exact && !(i < initial.size() && same_type(initial[i], loop.carried[i]))) {
        work.outputs[i].data_dependent = true;
      }
    } else if (i - loop.carried.size() < loop.slices.size()) {
      work.outputs[i] = stacked(loop.slices[i - loop.carried.size()], loop.trips, loop.exact);
    }
    work.outputs[i].constant = false;
  }
  return std::nullopt;
}

bool Inference::has_unknown(ScopeId id) const {
  const Scope& scope = scopes_[static_cast<std::size_t>(id)];
  return std::any_of(scope.tensors.begin(), scope.tensors.end(), [](const TensorInfo& info) {
    return info.kind == TypeKind::unknown || (info.kind == TypeKind::tensor && !info.shape);
  });
}

/// One pass over the body with carried shapes but without carried contents: what holds in every trip.
MaybeError Inference::generalise_loop(Work&, LoopState& loop) {
  std::vector<TensorInfo> inputs{tensor_of(DType::int64, {}), tensor_of(DType::boolean, {})};
  inputs[1].value = known_ints(DType::boolean, {}, {1});  // a trip runs only where the condition holds
  for (const TensorInfo& info : loop.carried) inputs.push_back(without_contents(info));
  if (auto error = infer_body_quietly(loop.scope, inputs, Strictness::warning)) return error;
  auto results = results_of(loop.scope);
  results.resize(std::max(results.size(), loop.carried.size() + 1));
  const auto goes_on = exact_scalar(&results[0]);
  loop.grows = false;
  for (std::size_t i = 0; i < loop.carried.size(); ++i) {
    loop.grows = loop.grows || !same_type(loop.carried[i], results[i + 1]);
    // What comes out has no contents that hold for every trip.
    loop.carried[i] = without_contents(results[i + 1]);
  }
  loop.slices.assign(results.begin() + static_cast<std::ptrdiff_t>(loop.carried.size()) + 1, results.end());
  if (goes_on && *goes_on != 0 && loop.limit) {
    loop.trips = *loop.limit;
    loop.exact = true;
    loop.reason = fmt::format("the trip count is {}", *loop.limit);
  } else if (goes_on && *goes_on == 0) {
    loop.trips = 1;
    loop.exact = true;
    loop.reason = "the condition is false after the first trip";
  } else {
    loop.exact = false;
    loop.trips = loop.limit.value_or(1);
    loop.reason = loop.limit ? fmt::format("at most the trip count {}; the condition may end it", *loop.limit)
                             : "the trip count is unknown: one trip counted";
  }
  return std::nullopt;
}

/// Trip by trip with known contents, until the condition or the count ends it, or is no longer known.
MaybeError Inference::simulate_loop(Work&, LoopState& loop) {
  const std::size_t warnings = warnings_.size();
  const auto nodes = std::max<std::int64_t>(
      1, static_cast<std::int64_t>(scopes_[static_cast<std::size_t>(loop.scope)].graph->nodes.size()));
  const std::int64_t cap = std::min(max_simulated_trips, max_simulated_nodes / nodes);
  const std::int64_t limit = loop.limit ? *loop.limit : loop.unlimited ? std::numeric_limits<std::int64_t>::max() : cap;
  loop.exact = false;
  loop.grows = false;
  std::int64_t trip = 0;
  while (trip < limit && trip < cap) {
    std::vector<TensorInfo> inputs{tensor_of(DType::int64, {}), tensor_of(DType::boolean, {})};
    inputs[0].value = known_ints(DType::int64, {}, {trip});
    inputs[1].value = known_ints(DType::boolean, {}, {1});
    inputs.insert(inputs.end(), loop.carried.begin(), loop.carried.end());
    warnings_.resize(warnings);
    if (auto error = infer_body_quietly(loop.scope, inputs, Strictness::warning)) return error;
    widen(loop.widest, scopes_[static_cast<std::size_t>(loop.scope)].tensors);
    auto results = results_of(loop.scope);
    results.resize(std::max(results.size(), loop.carried.size() + 1));
    bool changed = false;
    for (std::size_t i = 0; i < loop.carried.size(); ++i) {
      changed = changed || !same_type(loop.carried[i], results[i + 1]);
      loop.carried[i] = results[i + 1];
      loop.carried[i].constant = false;
    }
    loop.grows = loop.grows || changed;
    loop.slices.assign(results.begin() + static_cast<std::ptrdiff_t>(loop.carried.size()) + 1, results.end());
    ++trip;
    const auto goes_on = exact_scalar(&results[0]);
    if (goes_on && *goes_on == 0) {
      loop.exact = true;
      loop.trips = trip;
      loop.reason = fmt::format("the condition is false after {} trips", trip);
      return std::nullopt;
    }
    if (!goes_on && !changed) break;  // only a run tells how often
  }
  if (loop.limit && trip == *loop.limit) {
    const auto goes_on = exact_scalar(&results_of(loop.scope)[0]);
    loop.exact = trip == 0 || goes_on.has_value() || trip == 1;
    loop.trips = trip;
    loop.reason = loop.exact ? fmt::format("the trip count is {}", trip)
                             : fmt::format("at most the trip count {}; the condition may end it", trip);
    return std::nullopt;
  }
  loop.trips = loop.limit ? *loop.limit : std::max<std::int64_t>(1, loop.grows ? trip : 1);
  loop.reason = loop.limit ? fmt::format("at most the trip count {}; the condition may end it", *loop.limit)
                           : fmt::format("the trip count is unknown: {} counted", loop.trips);
  for (TensorInfo& info : loop.carried) info.value = nullptr;
  return std::nullopt;
}

/// Opset 8 carries a batch dimension in front and an optional operand of sequence lengths; later ones neither.
MaybeError Inference::infer_scan(Work& work) {
  auto graph = body_of(work.node);
  if (graph == nullptr) return std::nullopt;
  const auto version = opset_version(scopes_[static_cast<std::size_t>(work.scope)].opset_imports, "").value_or(9);
  const std::size_t skip = version < 9 ? 1 : 0;
  const auto scanned_count =
      static_cast<std::size_t>(std::max<std::int64_t>(1, int_attribute(work.node, "num_scan_inputs").value_or(1)));
  if (work.inputs.size() < scanned_count + skip) return std::nullopt;
  const std::size_t states = work.inputs.size() - scanned_count - skip;
  const auto* axes = ints_attribute(work.node, "scan_input_axes");
  const ScopeId id = add_scope(work, {ScopeKind::scan_body, "body", std::move(graph), nullptr});
  std::optional<std::int64_t> batch;
  std::optional<std::int64_t> trips;
  std::vector<TensorInfo> inputs;
  for (std::size_t i = 0; i < states + scanned_count; ++i) {
    const TensorInfo* operand = work.inputs[i + skip];
    TensorInfo info = operand != nullptr ? without_contents(*operand) : TensorInfo{};
    if (info.shape && skip == 1 && !info.shape->empty()) {
      batch = info.shape->front();
      info.shape->erase(info.shape->begin());
    }
    if (info.shape && i >= states) {
      const std::size_t k = i - states;
      const bool has_axis = skip == 0 && axes != nullptr && k < axes->size();
      const auto axis = normal_axis(has_axis ? (*axes)[k] : 0, info.shape->size());
      if (axis) {
        trips = (*info.shape)[*axis];
        info.shape->erase(info.shape->begin() + static_cast<std::ptrdiff_t>(*axis));
      }
    }
    inputs.push_back(std::move(info));
  }
  if (auto error = infer_body(id, inputs)) return error;
  const auto results = results_of(id);
  Scope& scope = scopes_[static_cast<std::size_t>(id)];
  scope.trips = checked_mul(trips.value_or(1), skip == 1 ? batch.value_or(1) : 1).value_or(trips.value_or(1));
  scope.trips_upper_bound = !trips || (skip == 1 && work.inputs[0] != nullptr);
  scope.trips_reason = trips ? fmt::format("the scanned sequence has {} steps", *trips)
                             : "the sequence's length is unknown: one step counted";
  const auto* out_axes = ints_attribute(work.node, "scan_output_axes");
  for (std::size_t i = 0; i < work.outputs.size() && i < results.size(); ++i) {
    TensorInfo& out = work.outputs[i];
    out = without_contents(results[i]);
    if (i >= states) {
      const std::size_t k = i - states;
      const bool has_axis = skip == 0 && out_axes != nullptr && k < out_axes->size();
      out = trips ? stacked(results[i], *trips, true, has_axis ? (*out_axes)[k] : 0) : TensorInfo{};
      out.dtype = results[i].dtype;
      out.kind = TypeKind::tensor;
    }
    if (skip == 1 && batch && out.shape) out.shape->insert(out.shape->begin(), *batch);
  }
  return std::nullopt;
}

}  // namespace costscan
