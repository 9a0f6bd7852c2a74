// Rewrites applied: a second graph from the first.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <queue>
#include <tuple>

#include "model/checked_math.hpp"
#include "model/text.hpp"
#include "passes/graph_names.hpp"
#include "passes/rewrite.hpp"

namespace costscan {
namespace {

std::size_t at(std::int32_t index) noexcept { return static_cast<std::size_t>(index); }

/// A node while the graph is being changed. Those of the view come first, in its order.
struct WorkNode {
  Node node;
  std::vector<ValueId> captured;
  std::int32_t rewrite = -1;  ///< that added it
  std::int32_t anchor = 0;    ///< node of the view that it stands in for: its place in the order
  bool live = true;
};

struct WorkValue {
  Value value;
  bool pinned = false;                  ///< its name has to stay: a graph output, or a subgraph reads it
  bool is_output = false;               ///< among the graph's outputs
  std::int32_t producer = -1;           ///< index of a WorkNode
  std::optional<std::size_t> constant;  ///< of the constants that rewrites added
  std::string wish;                     ///< for a new value's name
};

struct AddedConstant {
  Tensor tensor;
  ValueId value = no_value;
};

class Applier {
 public:
  Applier(const GraphView& view, std::span<const Rewrite> rewrites, const ReadWeight& read)
      : view_(view), rewrites_(rewrites), read_(read) {}

  Result<Rewritten> run() {
    import();
    out_.outcomes.resize(rewrites_.size());
    for (std::size_t r = 0; r < rewrites_.size(); ++r) {
      auto applied = apply(static_cast<std::int32_t>(r));
      if (!applied) return tl::unexpected(applied.error());
      out_.outcomes[r].applied = applied->empty();
      out_.outcomes[r].reason = *std::move(applied);
    }
    drop_dead();
    auto order = sorted();
    if (!order) return tl::unexpected(order.error());
    assign_names();
    export_graph(*order);
    attribute_removals();
    return std::move(out_);
  }

 private:
  void import() {
    const Graph& graph = view_.graph();
    base_ = static_cast<ValueId>(graph.values.size());
    values_.reserve(graph.values.size());
    for (std::size_t v = 0; v < graph.values.size(); ++v) {
      const auto id = static_cast<ValueId>(v);
      WorkValue value{graph.values[v], view_.is_output(id), view_.is_output(id), view_.producer(id), {}, {}};
      for (const ValueUse& use : view_.uses(id)) value.pinned = value.pinned || use.slot < 0;
      values_.push_back(std::move(value));
    }
    nodes_.reserve(graph.nodes.size());
    for (std::int32_t n = 0; n < view_.node_count(); ++n) {
      const auto captured = view_.captured(n);
      nodes_.push_back({view_.node(n), {captured.begin(), captured.end()}, -1, n, true});
    }
    outputs_ = graph.outputs;
    alias_.resize(values_.size(), no_value);
    touched_.resize(nodes_.size(), false);
    live_before_ = liveness({});
    index_uses();
  }

  void index_uses() {
    uses_.assign(values_.size(), {});
    for (std::size_t n = 0; n < nodes_.size(); ++n) add_uses(static_cast<std::int32_t>(n));
  }

  void add_uses(std::int32_t n) {
    for (const ValueId in : nodes_[at(n)].node.inputs) {
      if (in != no_value) uses_[at(in)].push_back(n);
    }
    for (const ValueId in : nodes_[at(n)].captured) uses_[at(in)].push_back(n);
  }

  ValueId resolved(ValueId id) const {
    while (id != no_value && alias_[at(id)] != no_value) id = alias_[at(id)];
    return id;
  }

  /// Ids of one rewrite → ids here. New values get theirs on the way.
  struct Renumbering {
    ValueId base = 0;
    ValueId first = 0;
    ValueId count = 0;
  };

  std::optional<ValueId> mapped(ValueId id, const Renumbering& numbering) const {
    if (id == no_value) return no_value;
    if (id < 0) return std::nullopt;
    if (id < numbering.base) return resolved(id);
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
      if (from >= 0 && from < base_ && alias_[at(from)] != no_value) return "an earlier change replaced its result";
    }
    return {};
  }

  /// Whether `to` can take the name of `from`.
  bool can_be_renamed(const Rewrite& rewrite, ValueId from, ValueId to) const {
    if (to >= base_) {
      // An initializer as a graph output is legal but unusual; runtimes differ in what they make of it.
      const bool is_constant = std::ranges::any_of(rewrite.constants, [&](const auto& c) { return c.value == to; });
      return !(is_constant && values_[at(from)].is_output);
    }
    const WorkValue& value = values_[at(resolved(to))];
    return !value.pinned && value.producer >= 0;
  }

  std::string pinned_in_the_way(const Rewrite& rewrite) const {
    for (const auto& [from, to] : rewrite.replaced) {
      const WorkValue& old_value = values_[at(from)];
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
      if (from < 0 || from >= base_ || to < 0) return defect(r, "replaces a value that is not there");
    }
    if (std::string reason = pinned_in_the_way(rewrite); !reason.empty()) return reason;
    auto tensors = make_constants(rewrite);
    if (!tensors) return std::string(tensors.error().message);

    const Renumbering numbering{base_, static_cast<ValueId>(values_.size()),
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
      replaced.emplace_back(from, *here);
    }
    add_values(rewrite);
    const std::int32_t anchor = anchor_of(rewrite);
    add_constants(r, numbering, *std::move(tensors), anchor);
    add_nodes(std::move(added), r, anchor, replaced);
    for (const std::int32_t n : rewrite.nodes) touched_[at(n)] = true;
    for (const ValueId value : rewrite.dropped) dropped_.push_back(value);
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

  void add_values(const Rewrite& rewrite) {
    for (const auto& [id, name] : rewrite.new_values) {
      WorkValue value;
      value.value.origin = ValueOrigin::node_output;
      value.wish = name;
      values_.push_back(std::move(value));
      alias_.push_back(no_value);
      uses_.emplace_back();
    }
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
        values_[at(value)].producer = static_cast<std::int32_t>(nodes_.size());
        nodes_.push_back({std::move(node), {}, r, anchor, true});
        continue;
      }
      values_[at(value)].value.origin = ValueOrigin::initializer;
      values_[at(value)].constant = constants_.size();
      constants_.push_back({std::move(tensors[c]), value});
    }
  }

  /// The node whose result is replaced: added nodes stand in its place. Else the last of the site.
  std::int32_t anchor_of(const Rewrite& rewrite) const {
    std::int32_t anchor = -1;
    for (const auto& [from, to] : rewrite.replaced) anchor = std::max(anchor, view_.producer(from));
    if (anchor >= 0) return anchor;
    return rewrite.nodes.empty() ? 0 : std::ranges::max(rewrite.nodes);
  }

  void add_nodes(std::vector<Node> added, std::int32_t r, std::int32_t anchor,
                 const std::vector<std::pair<ValueId, ValueId>>& replaced) {
    // Readers first: what the added nodes read of a replaced value is its old self.
    std::vector<std::pair<ValueId, ValueId>> old_reads;
    for (const auto& [from, to] : replaced) {
      const bool self_read = std::ranges::any_of(
          added, [&, f = from](const Node& node) { return std::ranges::find(node.inputs, f) != node.inputs.end(); });
      replace(from, to, self_read);
    }
    for (Node& node : added) {
      const auto index = static_cast<std::int32_t>(nodes_.size());
      node.file_index = -1;
      for (const ValueId out : node.outputs) {
        if (out != no_value) values_[at(out)].producer = index;
      }
      nodes_.push_back({std::move(node), {}, r, anchor, true});
      add_uses(index);
    }
  }

  void replace(ValueId from, ValueId to, bool still_read) {
    for (const std::int32_t n : uses_[at(from)]) {
      std::ranges::replace(nodes_[at(n)].node.inputs, from, to);
      std::ranges::replace(nodes_[at(n)].captured, from, to);
      uses_[at(to)].push_back(n);
    }
    uses_[at(from)].clear();
    std::ranges::replace(outputs_, from, to);
    if (!still_read) alias_[at(from)] = to;
    WorkValue& old_value = values_[at(from)];
    WorkValue& new_value = values_[at(to)];
    if (!old_value.pinned) return;
    std::swap(old_value.value.name, new_value.value.name);
    std::swap(old_value.value.declared, new_value.value.declared);
    std::swap(old_value.wish, new_value.wish);
    std::swap(old_value.pinned, new_value.pinned);
    std::swap(old_value.is_output, new_value.is_output);
  }

  /// Nodes that reach a root. Roots: the graph's outputs, and `kept` nodes themselves.
  std::vector<bool> liveness(const std::vector<std::int32_t>& kept) const {
    std::vector<bool> live(nodes_.size(), false);
    std::vector<std::int32_t> stack = kept;
    for (const ValueId out : outputs_) {
      if (out != no_value && values_[at(out)].producer >= 0) stack.push_back(values_[at(out)].producer);
    }
    while (!stack.empty()) {
      const std::int32_t n = stack.back();
      stack.pop_back();
      if (live[at(n)]) continue;
      live[at(n)] = true;
      for (const auto* list : {&nodes_[at(n)].node.inputs, &nodes_[at(n)].captured}) {
        for (const ValueId in : *list) {
          if (in != no_value && values_[at(in)].producer >= 0) stack.push_back(values_[at(in)].producer);
        }
      }
    }
    return live;
  }

  /// What was dead before and is no part of an applied site is another pass's business.
  void drop_dead() {
    std::vector<std::int32_t> kept;
    for (std::size_t n = 0; n < live_before_.size(); ++n) {
      if (!live_before_[n] && !touched_[n]) kept.push_back(static_cast<std::int32_t>(n));
    }
    const std::vector<bool> live = liveness(kept);
    for (std::size_t n = 0; n < nodes_.size(); ++n) nodes_[n].live = live[n];
  }

  /// Topological, in the old order wherever that is possible.
  Result<std::vector<std::int32_t>> sorted() const {
    using Key = std::tuple<std::int32_t, std::int32_t>;
    std::vector<std::int32_t> waits(nodes_.size(), 0);
    std::vector<std::vector<std::int32_t>> readers(nodes_.size());
    std::priority_queue<Key, std::vector<Key>, std::greater<>> ready;
    std::size_t live = 0;
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      if (!nodes_[n].live) continue;
      ++live;
      for (const auto* list : {&nodes_[n].node.inputs, &nodes_[n].captured}) {
        for (const ValueId in : *list) {
          if (in == no_value || values_[at(in)].producer < 0) continue;
          readers[at(values_[at(in)].producer)].push_back(static_cast<std::int32_t>(n));
          ++waits[n];
        }
      }
      if (waits[n] == 0) ready.emplace(nodes_[n].anchor, static_cast<std::int32_t>(n));
    }
    std::vector<std::int32_t> order;
    order.reserve(live);
    while (!ready.empty()) {
      const std::int32_t n = std::get<1>(ready.top());
      ready.pop();
      order.push_back(n);
      for (const std::int32_t reader : readers[at(n)]) {
        if (--waits[at(reader)] == 0) ready.emplace(nodes_[at(reader)].anchor, reader);
      }
    }
    if (order.size() != live) return fail(ErrorKind::defect, "rewrites make a node depend on itself");
    return order;
  }

  /// Names of added nodes and their outputs, from the nodes that they stand in for.
  void assign_names() {
    NameTable node_names;
    NameTable value_names;
    take_value_names(view_.graph(), value_names);
    for (const WorkNode& node : nodes_) {
      if (node.live && node.rewrite < 0) node_names.take(node.node.name);
    }
    std::vector<std::int32_t> count(rewrites_.size(), 0);
    for (const WorkNode& node : nodes_) {
      if (node.rewrite >= 0 && node.live) ++count[at(node.rewrite)];
    }
    for (WorkNode& node : nodes_) {
      if (node.rewrite < 0 || !node.live) continue;
      const Node& anchor = view_.node(node.anchor);
      const std::string base = anchor.name.empty() ? node.node.op_type : anchor.name;
      if (node.node.name.empty()) {
        // The one that stands in for its anchor takes the name; helpers tell what they are.
        const bool is_last = --count[at(node.rewrite)] == 0;
        node.node.name = is_last || anchor.name.empty() ? base : base + "/" + node.node.op_type;
      }
      node.node.name = node_names.fresh(node.node.name, "node");
      if (node.node.metadata.empty()) node.node.metadata = anchor.metadata;
      for (const ValueId out : node.node.outputs) name_value(out, node.node.name + "_out", value_names);
    }
    for (const AddedConstant& constant : constants_) {
      name_value(constant.value, "constant", value_names);
    }
    for (std::size_t v = 0; v < at(base_); ++v) {
      if (values_[v].value.name.empty()) name_value(static_cast<ValueId>(v), "value", value_names);
    }
  }

  void name_value(ValueId id, const std::string& fallback, NameTable& names) {
    if (id == no_value || !values_[at(id)].value.name.empty()) return;
    values_[at(id)].value.name = names.fresh(values_[at(id)].wish, fallback);
  }

  bool reads_anything(ValueId id) const {
    return std::ranges::any_of(uses_[at(id)], [&](std::int32_t n) { return nodes_[at(n)].live; });
  }

  /// Whether the initializer stays: something reads it, or nothing did before and nobody asks to drop it.
  bool keeps_initializer(ValueId id) const {
    if (values_[at(id)].is_output || values_[at(id)].pinned || reads_anything(id)) return true;
    if (std::ranges::find(dropped_, id) != dropped_.end()) return false;
    const bool was_read = !view_.uses(id).empty();
    return !was_read || is_overridable(id);
  }

  /// Listed as an input since IR version 4: part of the model's interface.
  bool is_overridable(ValueId id) const {
    constexpr std::int64_t optional_since = 4;
    const auto& inputs = view_.graph().inputs;
    return view_.model().ir_version >= optional_since && std::ranges::find(inputs, id) != inputs.end();
  }

  void export_graph(const std::vector<std::int32_t>& order) {
    const Model& before = view_.model();
    auto model = std::make_shared<Model>();
    copy_head(before, *model);
    Graph& graph = model->graph;
    std::vector<ValueId> map(values_.size(), no_value);
    const auto use = [&](ValueId id) {
      if (id == no_value) return no_value;
      ValueId& mapped_id = map[at(id)];
      if (mapped_id != no_value) return mapped_id;
      mapped_id = static_cast<ValueId>(graph.values.size());
      Value value = values_[at(id)].value;
      value.producer = -1;
      value.initializer = -1;
      graph.value_by_name.emplace(value.name, mapped_id);
      graph.values.push_back(std::move(value));
      return mapped_id;
    };
    export_ends(before.graph, graph, use);
    for (const std::int32_t n : order) {
      WorkNode& from = nodes_[at(n)];
      const auto index = static_cast<std::int32_t>(graph.nodes.size());
      if (from.rewrite >= 0) out_.outcomes[at(from.rewrite)].added.push_back(index);
      for (ValueId& value : from.node.inputs) value = use(value);
      for (const ValueId value : from.captured) use(value);
      for (ValueId& value : from.node.outputs) {
        value = use(value);
        if (value != no_value) graph.values[at(value)].producer = index;
      }
      import_domain(*model, from.node.domain);
      graph.nodes.push_back(std::move(from.node));
    }
    for (const ValueId out : outputs_) graph.outputs.push_back(use(out));
    out_.model = std::move(model);
  }

  template <class Use>
  void export_ends(const Graph& before, Graph& graph, const Use& use) {
    for (const ValueId in : before.inputs) {
      const bool is_initializer = before.values[at(in)].initializer >= 0;
      if (!is_initializer || keeps_initializer(in)) graph.inputs.push_back(use(in));
    }
    const std::size_t dense = before.initializers.size();
    std::vector<std::pair<std::size_t, ValueId>> sparse;
    for (std::size_t v = 0; v < before.values.size(); ++v) {
      const std::int32_t index = before.values[v].initializer;
      const auto id = static_cast<ValueId>(v);
      if (index < 0 || !keeps_initializer(id)) continue;
      if (at(index) >= dense) {
        sparse.emplace_back(at(index) - dense, id);
        continue;
      }
      const ValueId here = use(id);
      graph.values[at(here)].initializer = static_cast<std::int32_t>(graph.initializers.size());
      graph.initializers.push_back(before.initializers[at(index)]);
    }
    for (AddedConstant& constant : constants_) {
      if (!reads_anything(constant.value) && !values_[at(constant.value)].is_output) continue;
      const ValueId here = use(constant.value);
      constant.tensor.name = graph.values[at(here)].name;
      graph.values[at(here)].initializer = static_cast<std::int32_t>(graph.initializers.size());
      graph.initializers.push_back(std::move(constant.tensor));
    }
    for (const auto& [index, id] : sparse) {
      const ValueId here = use(id);
      graph.values[at(here)].initializer =
          static_cast<std::int32_t>(graph.initializers.size() + graph.sparse_initializers.size());
      graph.sparse_initializers.push_back(before.sparse_initializers[index]);
    }
  }

  static void copy_head(const Model& from, Model& to) {
    to.path = from.path;
    to.stem = from.stem;
    to.ir_version = from.ir_version;
    to.opset_imports = from.opset_imports;
    to.producer_name = from.producer_name;
    to.producer_version = from.producer_version;
    to.domain = from.domain;
    to.model_version = from.model_version;
    to.doc_string = from.doc_string;
    to.metadata = from.metadata;
    to.functions = from.functions;
    to.file_bytes = from.file_bytes;
    to.warnings = from.warnings;
    to.graph.name = from.graph.name;
    to.graph.doc_string = from.graph.doc_string;
    to.graph.metadata = from.graph.metadata;
  }

  static void import_domain(Model& model, const std::string& domain) {
    const bool local = std::ranges::any_of(model.functions, [&](const Function& f) { return f.domain == domain; });
    if (!local && !opset_version(model.opset_imports, domain)) model.opset_imports.push_back({domain, 1});
  }

  /// A node that is gone belongs to the applied site that lists it, else to the one whose nodes it only fed.
  void attribute_removals() {
    std::vector<std::int32_t> owner(at(view_.node_count()), -1);
    for (std::size_t r = 0; r < rewrites_.size(); ++r) {
      if (!out_.outcomes[r].applied) continue;
      for (const std::int32_t n : rewrites_[r].nodes) owner[at(n)] = static_cast<std::int32_t>(r);
    }
    for (std::int32_t n = view_.node_count() - 1; n >= 0; --n) {
      if (nodes_[at(n)].live) continue;
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
  Rewritten out_;
  ValueId base_ = 0;
  std::vector<WorkValue> values_;
  std::vector<WorkNode> nodes_;
  std::vector<std::vector<std::int32_t>> uses_;  ///< by value: nodes that read it, once for each time
  std::vector<ValueId> alias_;                   ///< what replaced a value
  std::vector<bool> touched_;
  std::vector<bool> live_before_;
  std::vector<ValueId> outputs_;
  std::vector<ValueId> dropped_;
  std::vector<AddedConstant> constants_;
};

}  // namespace

Result<Rewritten> apply_rewrites(const GraphView& view, std::span<const Rewrite> rewrites, const ReadWeight& read) {
  return Applier(view, rewrites, read).run();
}

}  // namespace costscan
