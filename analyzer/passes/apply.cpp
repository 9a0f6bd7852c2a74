// Rewrites applied: a second graph from the first.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "model/checked_math.hpp"
#include "model/text.hpp"
#include "passes/rewrite.hpp"
#include "passes/work_graph.hpp"

namespace costscan {
namespace {

std::size_t at(std::int32_t index) noexcept { return static_cast<std::size_t>(index); }

/// Ids of one rewrite → ids of the graph that is being changed.
struct Renumbering {
  ValueId base = 0;
  ValueId first = 0;
  ValueId count = 0;
};

class Applier {
 public:
  Applier(const GraphView& view, std::span<const Rewrite> rewrites, const ReadWeight& read)
      : view_(view), rewrites_(rewrites), read_(read), work_(view), touched_(work_.nodes.size(), false) {}

  Result<Rewritten> run() {
    work_.find_live({});
    for (const WorkNode& node : work_.nodes) live_before_.push_back(node.live);
    out_.outcomes.resize(rewrites_.size());
    for (std::size_t r = 0; r < rewrites_.size(); ++r) {
      auto applied = apply(static_cast<std::int32_t>(r));
      if (!applied) return tl::unexpected(applied.error());
      out_.outcomes[r].applied = applied->empty();
      out_.outcomes[r].reason = *std::move(applied);
    }
    drop_dead();
    const auto order = work_.sorted();
    if (!order) return tl::unexpected(order.error());
    assign_names(work_, rewrites_.size());
    attribute_removals();
    out_.model = export_model(work_, *order, [&](std::int32_t rewrite, std::int32_t index) {
      out_.outcomes[at(rewrite)].added.push_back(index);
    });
    return std::move(out_);
  }

 private:
  std::optional<ValueId> mapped(ValueId id, const Renumbering& numbering) const {
    if (id == no_value) return no_value;
    if (id < 0) return std::nullopt;
    if (id < numbering.base) return work_.resolved(id);
    if (id - numbering.base >= numbering.count) return std::nullopt;
    return numbering.first + (id - numbering.base);
  }

  tl::unexpected<Error> defect(std::int32_t r, const char* what) const {
    const Rewrite& rewrite = rewrites_[at(r)];
    const std::string where = rewrite.nodes.empty() ? std::string() : describe_node(view_.node(rewrite.nodes.front()));
    return fail(ErrorKind::defect, fmt::format("a rewrite at {} {}", where, what));
  }

  /// Why the rewrite cannot be applied now; empty where nothing is in its way.
  std::string in_the_way(const Rewrite& rewrite) const {
    if (!rewrite.obstacle.empty()) return rewrite.obstacle;
    for (const std::int32_t n : rewrite.nodes) {
      if (touched_[at(n)]) return "an earlier change of this round touches it";
    }
    for (const auto& [from, to] : rewrite.replaced) {
      if (from >= 0 && from < work_.base && work_.alias[at(from)] != no_value)
        return "an earlier change replaced its result";
    }
    return {};
  }

  /// Whether `to` can take the name of `from`.
  bool can_be_renamed(const Rewrite& rewrite, ValueId from, ValueId to) const {
    if (to >= work_.base) {
      // An initializer as a graph output is legal but unusual; runtimes differ in what they make of it.
      const bool is_constant = std::ranges::any_of(rewrite.constants, [&](const auto& c) { return c.value == to; });
      return !(is_constant && work_.value(from).is_output);
    }
    const WorkValue& value = work_.value(work_.resolved(to));
    return !value.pinned && value.producer >= 0;
  }

  std::string pinned_in_the_way(const Rewrite& rewrite) const {
    for (const auto& [from, to] : rewrite.replaced) {
      const WorkValue& old_value = work_.value(from);
      if (!old_value.pinned || can_be_renamed(rewrite, from, to)) continue;
      return fmt::format("'{}' has to keep its name ({})", printable(old_value.value.name),
                         old_value.is_output ? "a graph output" : "a subgraph reads it");
    }
    return {};
  }

  /// Empty: applied. Else the reason why not.
  Result<std::string> apply(std::int32_t r) {
    const Rewrite& rewrite = rewrites_[at(r)];
    if (std::string reason = in_the_way(rewrite); !reason.empty()) return reason;
    for (const auto& [from, to] : rewrite.replaced) {
      if (from < 0 || from >= work_.base || to < 0) return defect(r, "replaces a value that is not there");
    }
    if (std::string reason = pinned_in_the_way(rewrite); !reason.empty()) return reason;
    auto tensors = make_constants(rewrite);
    if (!tensors) return std::string(tensors.error().message);

    const Renumbering numbering{work_.base, static_cast<ValueId>(work_.values.size()),
                                static_cast<ValueId>(rewrite.new_values.size())};
    std::vector<Node> added = rewrite.added;
    for (Node& node : added) {
      for (auto* list : {&node.inputs, &node.outputs}) {
        for (ValueId& value : *list) {
          const auto here = mapped(value, numbering);
          if (!here) return defect(r, "uses a value that it does not make");
          value = *here;
        }
      }
    }
    std::vector<std::pair<ValueId, ValueId>> replaced;
    for (const auto& [from, to] : rewrite.replaced) {
      const auto here = mapped(to, numbering);
      if (!here) return defect(r, "replaces a value by one that it does not make");
      if (*here == from) return std::string("an earlier change made both values one");
      replaced.emplace_back(from, *here);
    }
    const std::int32_t anchor = anchor_of(rewrite);
    for (const auto& [id, wish] : rewrite.new_values) work_.add_value(wish);
    add_constants(r, numbering, *std::move(tensors), anchor);
    // Readers first: what the added nodes read of a replaced value is its old self.
    for (const auto& [from, to] : replaced) {
      const bool self_read = std::ranges::any_of(
          added, [&, f = from](const Node& node) { return std::ranges::find(node.inputs, f) != node.inputs.end(); });
      work_.replace(from, to, self_read);
    }
    for (Node& node : added) {
      node.file_index = -1;
      work_.add_node({std::move(node), {}, r, anchor, true});
    }
    for (const std::int32_t n : rewrite.nodes) touched_[at(n)] = true;
    work_.dropped.insert(work_.dropped.end(), rewrite.dropped.begin(), rewrite.dropped.end());
    return std::string();
  }

  Result<std::vector<Tensor>> make_constants(const Rewrite& rewrite) const {
    std::vector<Tensor> tensors;
    for (const NewConstant& constant : rewrite.constants) {
      Tensor tensor;
      tensor.dtype = constant.dtype;
      tensor.dims = constant.dims;
      const std::optional<std::int64_t> count = costscan::element_count(std::span<const std::int64_t>(constant.dims));
      const auto needed = count ? packed_bytes(*count, constant.dtype) : std::nullopt;
      if (!needed) return fail(ErrorKind::defect, "a rewrite adds a constant whose size cannot be told");
      if (auto bytes = bytes_of_constant(constant, *count); !bytes) {
        return tl::unexpected(bytes.error());
      } else if (*bytes) {
        if (static_cast<std::int64_t>((*bytes)->size()) != *needed) {
          return fail(ErrorKind::defect, "a rewrite adds a constant of the wrong size");
        }
        tensor.storage = OwnedBytes{*std::move(*bytes)};
      }
      tensors.push_back(std::move(tensor));
    }
    return tensors;
  }

  /// nullopt: left without bytes, for pricing.
  Result<std::optional<std::vector<std::byte>>> bytes_of_constant(const NewConstant& constant,
                                                                  std::int64_t count) const {
    constexpr std::int64_t small = 4096;
    const auto refuse = [](const Tensor& tensor) -> Result<std::span<const std::byte>> {
      const auto bytes = bytes_in_memory(tensor);
      if (bytes && bytes->size() < static_cast<std::size_t>(small)) return *bytes;
      return fail(ErrorKind::input, "weights are not read for pricing");
    };
    if (read_) {
      auto bytes = constant.bytes(read_);
      if (!bytes) return tl::unexpected(bytes.error());
      return std::optional(*std::move(bytes));
    }
    const bool decides_shapes = is_integer(constant.dtype) || constant.dtype == DType::boolean;
    if (!decides_shapes || count > small) return std::optional<std::vector<std::byte>>();
    auto bytes = constant.bytes(refuse);
    if (!bytes) return std::optional<std::vector<std::byte>>();
    return std::optional(*std::move(bytes));
  }

  void add_constants(std::int32_t r, const Renumbering& numbering, std::vector<Tensor> tensors, std::int32_t anchor) {
    // Up to IR version 3 every initializer has to be a graph input as well: there a Constant node holds the tensor.
    constexpr std::int64_t initializers_alone_since = 4;
    for (std::size_t c = 0; c < tensors.size(); ++c) {
      const ValueId value = *mapped(rewrites_[at(r)].constants[c].value, numbering);
      if (view_.model().ir_version < initializers_alone_since) {
        Node node;
        node.op_type = "Constant";
        node.outputs = {value};
        node.attributes.push_back(make_attribute("value", std::move(tensors[c])));
        work_.add_node({std::move(node), {}, r, anchor, true});
      } else {
        work_.value(value).value.origin = ValueOrigin::initializer;
        work_.constants.push_back({std::move(tensors[c]), value});
      }
    }
  }

  /// The node whose result is replaced: added nodes stand in its place. Else the last of the site.
  std::int32_t anchor_of(const Rewrite& rewrite) const {
    std::int32_t anchor = -1;
    for (const auto& [from, to] : rewrite.replaced) anchor = std::max(anchor, view_.producer(from));
    if (anchor >= 0) return anchor;
    return rewrite.nodes.empty() ? 0 : std::ranges::max(rewrite.nodes);
  }

  /// What was dead before and is no part of an applied site is another pass's business.
  void drop_dead() {
    std::vector<std::int32_t> kept;
    for (std::size_t n = 0; n < live_before_.size(); ++n) {
      if (!live_before_[n] && !touched_[n]) kept.push_back(static_cast<std::int32_t>(n));
    }
    work_.find_live(kept);
  }

  /// A node that is gone belongs to the applied site that lists it, else to the one whose nodes it only fed.
  void attribute_removals() {
    std::vector<std::int32_t> owner(at(view_.node_count()), -1);
    for (std::size_t r = 0; r < rewrites_.size(); ++r) {
      if (!out_.outcomes[r].applied) continue;
      for (const std::int32_t n : rewrites_[r].nodes) owner[at(n)] = static_cast<std::int32_t>(r);
    }
    for (std::int32_t n = view_.node_count() - 1; n >= 0; --n) {
      if (work_.node(n).live) continue;
      for (const ValueId out : view_.node(n).outputs) {
        if (owner[at(n)] >= 0 || out == no_value) continue;
        for (const ValueUse& use : view_.uses(out)) owner[at(n)] = std::max(owner[at(n)], owner[at(use.node)]);
      }
      if (owner[at(n)] >= 0) out_.outcomes[at(owner[at(n)])].removed.push_back(n);
    }
    for (RewriteOutcome& outcome : out_.outcomes) std::ranges::reverse(outcome.removed);
  }

  const GraphView& view_;
  std::span<const Rewrite> rewrites_;
  const ReadWeight& read_;
  WorkGraph work_;
  std::vector<bool> touched_;  ///< by node of the view: in the site of an applied rewrite
  std::vector<bool> live_before_;
  Rewritten out_;
};

}  // namespace

Result<Rewritten> apply_rewrites(const GraphView& view, std::span<const Rewrite> rewrites, const ReadWeight& read) {
  return Applier(view, rewrites, read).run();
}

}  // namespace costscan
