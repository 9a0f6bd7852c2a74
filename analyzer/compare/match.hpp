// Tensors of two models that are the same, found by name and by structure.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "compare/side.hpp"

namespace costscan {

enum class FoundBy { output_name, node_name, structure };

[[nodiscard]] const char* to_string(FoundBy found) noexcept;

/// Tensors that two nodes of the same operator make, moved past what one model has folded into its node. A factor, an
/// addition or a normalisation with constants that is the only reader of a tensor can vanish into the node that makes
/// the tensor, whose output then has the reader's contents: what the other model's readers do tells.
struct MadePair {
  LineageTensor a = no_tensor;
  LineageTensor b = no_tensor;
};
[[nodiscard]] MadePair past_folded(const Side& a, const Side& b, MadePair pair);

/// A one-to-one relation between tensors of A and of B that grows: each new pair leads to its producers' operands and
/// to its readers.
class TensorMatch {
 public:
  TensorMatch(const Side& a, const Side& b);

  /// Pairs two tensors unless one of them has a partner or their shapes contradict each other. `spread` follows later.
  bool pair(LineageTensor a, LineageTensor b, FoundBy found);

  /// Pairs the outputs of two units in order. False where nothing was paired.
  bool pair_outputs(UnitId a, UnitId b, FoundBy found);

  /// From every pair that is new since the last call to what follows from it, until nothing does.
  void spread();

  [[nodiscard]] LineageTensor partner_of_a(LineageTensor a) const { return partner_a_[static_cast<std::size_t>(a)]; }
  [[nodiscard]] LineageTensor partner_of_b(LineageTensor b) const { return partner_b_[static_cast<std::size_t>(b)]; }
  [[nodiscard]] FoundBy found_by(LineageTensor a) const { return found_[static_cast<std::size_t>(a)]; }

 private:
  [[nodiscard]] bool has_pair(const Side& side, UnitId unit) const;
  void backward(LineageTensor a, LineageTensor b);
  void pair_units(UnitId a, UnitId b);
  void pair_operands(UnitId a, UnitId b);
  void pair_unordered(const std::vector<LineageTensor>& a, const std::vector<LineageTensor>& b);
  void forward(LineageTensor a, LineageTensor b);
  [[nodiscard]] std::string key(const Side& side, UnitId unit) const;

  const Side& a_;
  const Side& b_;
  std::vector<LineageTensor> partner_a_;
  std::vector<LineageTensor> partner_b_;
  std::vector<FoundBy> found_;  ///< by tensor of A
  std::deque<std::pair<LineageTensor, LineageTensor>> fresh_;
};

/// Pairs by names: inputs, initializers, tensors, nodes, and the graph's outputs, in this order of trust.
void match_names(const Side& a, const Side& b, TensorMatch& match);

}  // namespace costscan
