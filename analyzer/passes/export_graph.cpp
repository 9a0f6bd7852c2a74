// The changed graph as a model: names for what is new, ids without gaps.
#include <algorithm>
#include <utility>

#include "passes/graph_names.hpp"
#include "passes/work_graph.hpp"

namespace costscan {
namespace {

std::size_t place(std::int32_t index) noexcept { return static_cast<std::size_t>(index); }

void name_value(WorkGraph& work, ValueId id, const std::string& fallback, NameTable& names) {
  if (id == no_value || !work.value(id).value.name.empty()) return;
  work.value(id).value.name = names.fresh(work.value(id).wish, fallback);
}

/// Listed as an input since IR version 4: part of the model's interface.
bool is_overridable_input(const GraphView& view, ValueId id) {
  constexpr std::int64_t optional_since = 4;
  const auto& inputs = view.graph().inputs;
  return view.model().ir_version >= optional_since && std::ranges::find(inputs, id) != inputs.end();
}

/// Whether the initializer stays: something reads it, or nothing did before and nobody asks to drop it.
bool keeps_initializer(const WorkGraph& work, ValueId id) {
  if (work.value(id).is_output || work.value(id).pinned || work.is_read(id)) return true;
  if (std::ranges::find(work.dropped, id) != work.dropped.end()) return false;
  return work.view.uses(id).empty() || is_overridable_input(work.view, id);
}

class ModelExporter {
 public:
  explicit ModelExporter(WorkGraph& work)
      : work_(work), model_(std::make_shared<Model>()), map_(work.values.size(), no_value) {
    copy_head(work.view.model(), *model_);
  }

  std::shared_ptr<const Model> run(const std::vector<std::int32_t>& order,
                                   const std::function<void(std::int32_t, std::int32_t)>& added) {
    add_inputs();
    add_constants();
    Graph& graph = model_->graph;
    for (const std::int32_t n : order) {
      WorkNode& from = work_.node(n);
      const auto index = static_cast<std::int32_t>(graph.nodes.size());
      if (from.rewrite >= 0) added(from.rewrite, index);
      for (ValueId& value : from.node.inputs) value = use(value);
      for (const ValueId value : from.captured) use(value);
      for (ValueId& value : from.node.outputs) {
        value = use(value);
        if (value != no_value) graph.values[place(value)].producer = index;
      }
      import_domain(from.node.domain);
      graph.nodes.push_back(std::move(from.node));
    }
    for (const ValueId out : work_.outputs) graph.outputs.push_back(use(out));
    return std::move(model_);
  }

 private:
  /// The value's id in the model; from the first use on it has one.
  ValueId use(ValueId id) {
    if (id == no_value) return no_value;
    ValueId& mapped = map_[place(id)];
    if (mapped != no_value) return mapped;
    Graph& graph = model_->graph;
    mapped = static_cast<ValueId>(graph.values.size());
    Value value = work_.value(id).value;
    value.producer = -1;
    value.initializer = -1;
    graph.value_by_name.emplace(value.name, mapped);
    graph.values.push_back(std::move(value));
    return mapped;
  }

  void add_inputs() {
    const Graph& before = work_.view.graph();
    for (const ValueId in : before.inputs) {
      const bool is_initializer = before.values[place(in)].initializer >= 0;
      if (!is_initializer || keeps_initializer(work_, in)) model_->graph.inputs.push_back(use(in));
    }
  }

  void add_dense(ValueId id, Tensor tensor) {
    Graph& graph = model_->graph;
    const ValueId here = use(id);
    graph.values[place(here)].initializer = static_cast<std::int32_t>(graph.initializers.size());
    tensor.name = graph.values[place(here)].name;
    graph.initializers.push_back(std::move(tensor));
  }

  void add_constants() {
    const Graph& before = work_.view.graph();
    const std::size_t dense = before.initializers.size();
    std::vector<std::pair<std::size_t, ValueId>> sparse;
    for (std::size_t v = 0; v < before.values.size(); ++v) {
      const std::int32_t index = before.values[v].initializer;
      const auto id = static_cast<ValueId>(v);
      if (index < 0 || !keeps_initializer(work_, id)) continue;
      if (place(index) >= dense) {
        sparse.emplace_back(place(index) - dense, id);
      } else {
        add_dense(id, before.initializers[place(index)]);
      }
    }
    for (AddedConstant& constant : work_.constants) {
      const bool is_output = work_.value(constant.value).is_output;
      if (is_output || work_.is_read(constant.value)) add_dense(constant.value, std::move(constant.tensor));
    }
    Graph& graph = model_->graph;
    for (const auto& [index, id] : sparse) {
      const std::size_t number = graph.initializers.size() + graph.sparse_initializers.size();
      graph.values[place(use(id))].initializer = static_cast<std::int32_t>(number);
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

  void import_domain(const std::string& domain) {
    const bool local = std::ranges::any_of(model_->functions, [&](const Function& f) { return f.domain == domain; });
    if (!local && !opset_version(model_->opset_imports, domain)) model_->opset_imports.push_back({domain, 1});
  }

  WorkGraph& work_;
  std::shared_ptr<Model> model_;
  std::vector<ValueId> map_;
};

}  // namespace

void assign_names(WorkGraph& work, std::size_t rewrites) {
  NameTable node_names;
  NameTable value_names;
  take_value_names(work.view.graph(), value_names);
  std::vector<std::int32_t> left(rewrites, 0);
  for (const WorkNode& node : work.nodes) {
    if (!node.live) continue;
    if (node.rewrite >= 0) {
      ++left[place(node.rewrite)];
    } else {
      node_names.take(node.node.name);
    }
  }
  for (WorkNode& node : work.nodes) {
    if (node.rewrite < 0 || !node.live) continue;
    const Node& anchor = work.view.node(node.anchor);
    const std::string base = anchor.name.empty() ? node.node.op_type : anchor.name;
    // The one that stands in for its anchor takes the name; helpers tell what they are.
    const bool is_last = --left[place(node.rewrite)] == 0;
    if (node.node.name.empty()) {
      node.node.name = is_last || anchor.name.empty() ? base : base + "/" + node.node.op_type;
    }
    node.node.name = node_names.fresh(node.node.name, "node");
    if (node.node.metadata.empty()) node.node.metadata = anchor.metadata;
    for (const ValueId out : node.node.outputs) name_value(work, out, node.node.name + "_out", value_names);
  }
  for (const AddedConstant& constant : work.constants) name_value(work, constant.value, "constant", value_names);
  for (ValueId id = 0; id < work.base; ++id) name_value(work, id, "value", value_names);
}

std::shared_ptr<const Model> export_model(WorkGraph& work, const std::vector<std::int32_t>& order,
                                          const std::function<void(std::int32_t, std::int32_t)>& added) {
  return ModelExporter(work).run(order, added);
}

}  // namespace costscan
