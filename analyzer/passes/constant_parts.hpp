// The part of a graph that constants alone decide, and running it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "passes/pass.hpp"

namespace costscan {

/// Which nodes can be computed once and for all, what they rest on.
class ConstantParts {
 public:
  explicit ConstantParts(const GraphView& view);

  /// Constant given the initializers, with one result for every run, tensors in and out, and not better left as it is
  /// (DequantizeLinear, whose weight is the smaller for it).
  [[nodiscard]] bool is_foldable(std::int32_t node) const { return foldable_[static_cast<std::size_t>(node)]; }
  /// Foldable nodes that the value is computed by, in order.
  [[nodiscard]] std::vector<std::int32_t> cone(ValueId value) const;
  /// Bytes of the distinct constants that the value is computed from.
  [[nodiscard]] std::int64_t weight_bytes(ValueId value) const;
  /// Name of a constant below it whose bytes cannot be had; empty where all can.
  [[nodiscard]] std::string missing_weight(ValueId value) const;
  /// A name for the initializer that takes the value's place.
  [[nodiscard]] std::string name_for(ValueId value) const;

 private:
  template <class Visit>
  void for_each_leaf(ValueId value, Visit visit) const;
  const GraphView* view_;
  std::vector<bool> foldable_;
};

/// Contents of an integer or boolean constant as costscan's own shape inference knows them, packed.
[[nodiscard]] std::optional<std::vector<std::byte>> known_bytes(const GraphView& view, ValueId value);
/// The integers as `dtype` stores them; nullopt for a type that is none of whole bytes.
[[nodiscard]] std::optional<std::vector<std::byte>> packed_ints(const std::vector<std::int64_t>& ints, DType dtype);

/// All values that are wanted of one graph, computed in one go when the first is asked for.
class ConstantRun {
 public:
  ConstantRun(const GraphView& view, EvaluateConstants evaluate, std::shared_ptr<const ConstantParts> parts)
      : view_(&view), evaluate_(std::move(evaluate)), parts_(std::move(parts)) {}
  void want(ValueId value) { wanted_.push_back(value); }
  /// Error (measurement): why it could not be computed.
  [[nodiscard]] Result<std::vector<std::byte>> bytes(ValueId value);

 private:
  void run();
  void run_part(std::span<const ValueId> wanted);
  const GraphView* view_;
  EvaluateConstants evaluate_;
  std::shared_ptr<const ConstantParts> parts_;
  std::vector<ValueId> wanted_;
  bool done_ = false;
  std::int32_t runs_ = 0;
  std::map<ValueId, std::vector<std::byte>> found_;
  std::string reason_;
};

}  // namespace costscan
