#include "passes/transpose_regions.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <set>

#include "passes/axis_ops.hpp"
#include "passes/facts.hpp"

namespace costscan {
namespace {

using Permutation = std::vector<std::int64_t>;

/// The bytes of a tensor, its axes permuted; `shape` has as many as the permutation.
std::vector<std::byte> permuted_bytes(std::span<const std::byte> bytes, const Shape& shape,
                                      const Permutation& permutation, std::size_t element) {
  const std::size_t rank = shape.size();
  std::vector<std::size_t> strides(rank, element);
  for (std::size_t i = rank; i-- > 1;) strides[i - 1] = strides[i] * static_cast<std::size_t>(shape[i]);
  std::vector<std::byte> out(bytes.size());
  std::vector<std::int64_t> index(rank, 0);
  for (std::size_t done = 0; done < out.size(); done += element) {
    std::size_t from = 0;
    for (std::size_t i = 0; i < rank; ++i) {
      from += static_cast<std::size_t>(index[i]) * strides[static_cast<std::size_t>(permutation[i])];
    }
    std::memcpy(out.data() + done, bytes.data() + from, element);
    for (std::size_t i = rank; i-- > 0;) {
      if (++index[i] < shape[static_cast<std::size_t>(permutation[i])]) break;
      index[i] = 0;
    }
  }
  return out;
}

/// One group of operators that Transposes can be moved across, while it is looked at.
class Region {
 public:
  Region(const GraphView& view, Across across, Permutation permutation)
      : view_(view), across_(across), permutation_(std::move(permutation)), back_(inverse(permutation_)) {}

  void grow(std::int32_t seed, std::vector<bool>& visited) {
    std::vector<std::int32_t> stack{seed};
    while (!stack.empty()) {
      const std::int32_t n = stack.back();
      stack.pop_back();
      if (visited[static_cast<std::size_t>(n)] || !fits(n)) continue;
      visited[static_cast<std::size_t>(n)] = true;
      nodes_.insert(n);
      for (const ValueId in : permuted_operands(n)) {
        if (view_.producer(in) >= 0) stack.push_back(view_.producer(in));
      }
      for (const ValueId out : view_.node(n).outputs) {
        for (const ValueUse& use : view_.uses(out)) stack.push_back(use.node);
      }
    }
  }

  [[nodiscard]] bool adds() const {
    return std::ranges::any_of(nodes_, [&](std::int32_t n) { return adds_along_axes(view_.node(n)); });
  }

  /// nullopt where it does not pay, or cannot be done.
  std::optional<Rewrite> rewrite() {
    if (nodes_.empty() || !count_inputs() || !count_outputs() || removed_.empty()) return std::nullopt;
    if (static_cast<std::int64_t>(removed_.size()) <= added_) return std::nullopt;
    std::vector<std::int32_t> site(nodes_.begin(), nodes_.end());
    site.insert(site.end(), removed_.begin(), removed_.end());
    std::ranges::sort(site);
    RewriteBuilder builder(view_, site);
    builder.note("perm " + joined(permutation_) + " around " + std::to_string(nodes_.size()) + " nodes");
    std::map<ValueId, ValueId> untransposed;
    for (const std::int32_t n : nodes_) {
      Node node = view_.node(n);
      for (std::size_t slot = 0; slot < node.inputs.size(); ++slot) {
        if (is_permuted_operand(node, slot)) node.inputs[slot] = input_of(builder, untransposed, node.inputs[slot]);
      }
      untranspose(builder, view_, n, permutation_, node);
      const auto plain =
          builder.node_outputs(node.op_type, node.inputs, node.outputs.size(), node.attributes, node.domain);
      for (std::size_t i = 0; i < plain.size(); ++i) untransposed[node.outputs[i]] = plain[i];
    }
    for (const std::int32_t n : nodes_) {
      for (const ValueId out : view_.node(n).outputs) connect_output(builder, out, untransposed.at(out));
    }
    return builder.finish();
  }

 private:
  bool fits(std::int32_t n) const {
    return std::ranges::all_of(view_.node(n).outputs,
                               [&](ValueId out) {
                                 return out != no_value && !view_.is_constant(out) &&
                                        view_.rank(out) == static_cast<std::int64_t>(permutation_.size());
                               }) &&
           moves_with_axes(view_, n, across_);
  }

  std::vector<ValueId> permuted_operands(std::int32_t n) const {
    const Node& node = view_.node(n);
    std::vector<ValueId> operands;
    for (std::size_t slot = 0; slot < node.inputs.size(); ++slot) {
      if (is_permuted_operand(node, slot)) operands.push_back(node.inputs[slot]);
    }
    return operands;
  }

  bool is_inside(ValueId value) const { return nodes_.contains(view_.producer(value)); }

  /// A tensor of one element is the same in every order.
  bool is_single(ValueId value) const {
    const auto shapes = view_.shapes_by_binding(value);
    return !shapes.empty() && view_.complete() && std::ranges::all_of(shapes, [](const Shape& shape) {
      return std::ranges::all_of(shape, [](std::int64_t extent) { return extent == 1; });
    });
  }

  /// A constant whose bytes are here can be permuted once and for all.
  bool is_permutable_constant(ValueId value) const {
    constexpr std::size_t most = std::size_t{1} << 20;
    const Tensor* tensor = view_.tensor(value);
    if (tensor == nullptr || bits_per_element(tensor->dtype) % 8 != 0 || bits_per_element(tensor->dtype) == 0) {
      return false;
    }
    const auto bytes = bytes_in_memory(*tensor);
    return bytes && bytes->size() <= most && tensor->dims.size() <= permutation_.size();
  }

  std::optional<Permutation> transposed_by(ValueId value) const {
    const std::int32_t producer = view_.producer(value);
    if (producer < 0 || !is_op(view_.node(producer), "Transpose")) return std::nullopt;
    return permutation_of(view_, producer);
  }

  bool only_inside_reads(ValueId value) const {
    return !view_.is_output(value) && std::ranges::all_of(view_.uses(value), [&](const ValueUse& use) {
      return use.slot >= 0 && nodes_.contains(use.node);
    });
  }

  bool count_inputs() {
    std::set<ValueId> seen;
    for (const std::int32_t n : nodes_) {
      for (const ValueId in : permuted_operands(n)) {
        if (in == no_value || is_inside(in) || !seen.insert(in).second || is_single(in)) continue;
        if (is_permutable_constant(in)) continue;
        if (view_.rank(in) != static_cast<std::int64_t>(permutation_.size())) return false;
        const auto other = transposed_by(in);
        if (!other || other != permutation_) ++added_;
        if (other && only_inside_reads(in)) removed_.insert(view_.producer(in));
      }
    }
    return true;
  }

  bool count_outputs() {
    for (const std::int32_t n : nodes_) {
      const auto& outputs = view_.node(n).outputs;
      if (!std::ranges::all_of(outputs, [&](ValueId out) { return count_output(out); })) return false;
    }
    return true;
  }

  bool count_output(ValueId out) {
    bool needs_transpose = view_.is_output(out);
    for (const ValueUse& use : view_.uses(out)) {
      if (nodes_.contains(use.node)) continue;
      const bool transposes = use.slot == 0 && is_op(view_.node(use.node), "Transpose");
      if (use.slot < 0) return false;
      needs_transpose = needs_transpose || !transposes;
      if (!transposes) continue;
      const auto next = permutation_of(view_, use.node);
      if (!next) return false;
      removed_.insert(use.node);
      if (!is_identity_permutation(composed(permutation_, *next))) ++added_;
    }
    added_ += needs_transpose ? 1 : 0;
    return true;
  }

  static ValueId transposed(RewriteBuilder& builder, ValueId value, const Permutation& permutation) {
    return builder.node("Transpose", {value}, {make_attribute("perm", permutation)});
  }

  ValueId input_of(RewriteBuilder& builder, std::map<ValueId, ValueId>& untransposed, ValueId in) {
    if (in == no_value || (!is_inside(in) && is_single(in))) return in;
    if (const auto known = untransposed.find(in); known != untransposed.end()) return known->second;
    ValueId out = no_value;
    if (is_permutable_constant(in)) {
      out = permuted_constant(builder, *view_.tensor(in));
    } else if (const auto other = transposed_by(in)) {
      const ValueId source = view_.input(view_.producer(in), 0);
      const Permutation both = composed(*other, back_);
      out = is_identity_permutation(both) ? source : transposed(builder, source, both);
    } else {
      out = transposed(builder, in, back_);
    }
    untransposed.emplace(in, out);
    return out;
  }

  ValueId permuted_constant(RewriteBuilder& builder, const Tensor& tensor) const {
    Shape full(permutation_.size() - tensor.dims.size(), 1);
    full.insert(full.end(), tensor.dims.begin(), tensor.dims.end());
    NewConstant made;
    made.dtype = tensor.dtype;
    made.dims = composed(full, back_);
    const auto element = static_cast<std::size_t>(bits_per_element(tensor.dtype) / 8);
    made.bytes = [tensor, full, element, back = back_](const ReadWeight& read) -> Result<std::vector<std::byte>> {
      const auto bytes = read(tensor);
      if (!bytes) return tl::unexpected(bytes.error());
      return permuted_bytes(*bytes, full, back, element);
    };
    return builder.constant(std::move(made), tensor.name.empty() ? std::string() : tensor.name + "_transposed");
  }

  void connect_output(RewriteBuilder& builder, ValueId out, ValueId plain) const {
    bool others_read = view_.is_output(out);
    for (const ValueUse& use : view_.uses(out)) {
      if (nodes_.contains(use.node)) continue;
      if (!is_op(view_.node(use.node), "Transpose")) {
        others_read = true;
        continue;
      }
      const Permutation both = composed(permutation_, *permutation_of(view_, use.node));
      const ValueId instead = is_identity_permutation(both) ? plain : transposed(builder, plain, both);
      builder.replace(view_.output(use.node, 0), instead);
    }
    if (others_read) builder.replace(out, transposed(builder, plain, permutation_));
  }

  const GraphView& view_;
  Across across_;
  Permutation permutation_;
  Permutation back_;
  std::set<std::int32_t> nodes_;
  std::set<std::int32_t> removed_;
  std::int64_t added_ = 0;
};

}  // namespace

void find_transpose_regions(const GraphView& view, Across across, std::vector<Rewrite>& found) {
  constexpr std::int64_t numpy_since = 7;  // before, broadcasting was aligned by an attribute
  if (view.opset() < numpy_since) return;
  std::vector<bool> visited(static_cast<std::size_t>(view.node_count()), false);
  for (std::int32_t n = 0; n < view.node_count(); ++n) {
    if (visited[static_cast<std::size_t>(n)] || !moves_with_axes(view, n, across)) continue;
    for (const ValueId in : view.node(n).inputs) {
      const std::int32_t producer = view.producer(in);
      if (producer < 0 || !is_op(view.node(producer), "Transpose") || view.is_constant(in)) continue;
      const auto permutation = permutation_of(view, producer);
      if (!permutation || is_identity_permutation(*permutation)) continue;
      Region region(view, across, *permutation);
      region.grow(n, visited);
      if (across == Across::sums && !region.adds()) break;  // the lossless pass has seen it
      if (auto rewrite = region.rewrite()) found.push_back(*std::move(rewrite));
      break;
    }
  }
}

}  // namespace costscan
