#include "load/convert_graph.hpp"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <tuple>
#include <unordered_set>

#include "load/convert_type.hpp"
#include "model/text.hpp"

namespace costscan {
namespace {

std::size_t index_of(std::int32_t number) noexcept { return static_cast<std::size_t>(number); }

const char* to_string(ValueOrigin origin) noexcept {
  switch (origin) {
    case ValueOrigin::graph_input: return "an input";
    case ValueOrigin::initializer: return "an initializer";
    case ValueOrigin::node_output: return "a node's output";
    case ValueOrigin::captured: break;
  }
  return "a value of an enclosing graph";
}

std::int64_t count_repeated_names(const Graph& graph, std::string& first) {
  std::unordered_set<std::string_view> names;
  names.reserve(graph.nodes.size());
  std::int64_t repeated = 0;
  for (const Node& node : graph.nodes) {
    if (node.name.empty() || names.insert(node.name).second) continue;
    if (repeated++ == 0) first = node.name;
  }
  return repeated;
}

Parsed<void> check_attribute_names(const Node& node) {
  if (node.attributes.size() < 2) return {};
  std::vector<std::string_view> names;
  names.reserve(node.attributes.size());
  for (const Attribute& attribute : node.attributes) names.emplace_back(attribute.name);
  std::ranges::sort(names);
  const auto repeated = std::ranges::adjacent_find(names);
  if (repeated == names.end()) return {};
  return refuse(fmt::format("attribute '{}' is given twice; export the model again", printable(*repeated)));
}

}  // namespace

Parsed<ValueId> GraphConverter::define(std::string&& name, ValueOrigin origin, std::string_view what) {
  if (name.empty()) return refuse(fmt::format("{} has an empty name; export the model again", what));
  auto checked = checked_name(std::move(name), what);
  if (!checked) return tl::unexpected(checked.error());
  const auto id = static_cast<ValueId>(graph_.values.size());
  const auto [known, is_new] = graph_.value_by_name.try_emplace(*checked, id);
  if (!is_new) {
    return refuse(fmt::format("{} '{}' is already defined as {}; names must be unique, export the model again", what,
                              printable(*checked), to_string(graph_.values[index_of(known->second)].origin)));
  }
  if (is_defined_outside(*checked)) context_.shadowed.add(*checked);
  Value value;
  value.name = std::move(*checked);
  value.origin = origin;
  graph_.values.push_back(std::move(value));
  return id;
}

bool GraphConverter::is_defined_outside(const std::string& name) const {
  for (const GraphConverter* scope = outer_; scope != nullptr; scope = scope->outer_) {
    if (scope->graph_.value_by_name.contains(name)) return true;
  }
  return false;
}

ValueId GraphConverter::resolve(const std::string& name) {
  if (const auto known = graph_.value_by_name.find(name); known != graph_.value_by_name.end()) return known->second;
  if (outer_ == nullptr) return no_value;
  const ValueId outside = outer_->resolve(name);
  if (outside == no_value) return no_value;
  outer_->captures_.emplace_back(outer_->current_node_, outside);
  const auto id = static_cast<ValueId>(graph_.values.size());
  Value value;
  value.name = name;
  value.origin = ValueOrigin::captured;
  graph_.values.push_back(std::move(value));
  graph_.value_by_name.emplace(name, id);
  return id;
}

Parsed<void> GraphConverter::declare(ValueId value, const onnx::ValueInfoProto& info) {
  if (!info.has_type()) return {};
  auto type = convert_type(context_, info.type());
  if (!type) return refuse_in(fmt::format("value '{}'", printable(info.name())), type.error());
  Value& entry = graph_.values[index_of(value)];
  // An input's or output's own declaration goes before value_info; the first of several stays.
  if (!entry.declared) entry.declared = std::move(*type);
  return {};
}

Parsed<void> GraphConverter::add_inputs(onnx::GraphProto& proto) {
  graph_.inputs.reserve(index_of(proto.input_size()));
  for (auto& input : *proto.mutable_input()) {
    const auto id = define(std::string(input.name()), ValueOrigin::graph_input, "graph input");
    if (!id) return tl::unexpected(id.error());
    graph_.inputs.push_back(*id);
    if (auto done = declare(*id, input); !done) return done;
  }
  return {};
}

Parsed<void> GraphConverter::add_initializer_value(std::string&& name, std::size_t index) {
  // Up to IR version 3 every initializer is listed as an input as well; later it makes the initializer a default.
  const auto known = graph_.inputs.empty() ? graph_.value_by_name.end() : graph_.value_by_name.find(name);
  ValueId id = no_value;
  if (known != graph_.value_by_name.end() && graph_.values[index_of(known->second)].initializer < 0) {
    id = known->second;
  } else {
    const auto defined = define(std::move(name), ValueOrigin::initializer, "initializer");
    if (!defined) return tl::unexpected(defined.error());
    id = *defined;
  }
  graph_.values[index_of(id)].origin = ValueOrigin::initializer;
  graph_.values[index_of(id)].initializer = static_cast<std::int32_t>(index);
  return {};
}

Parsed<void> GraphConverter::add_initializers(onnx::GraphProto& proto) {
  graph_.initializers.reserve(index_of(proto.initializer_size()));
  for (auto& initializer : *proto.mutable_initializer()) {
    auto tensor = convert_tensor(context_.tensors, initializer);
    if (!tensor) return refuse_in(fmt::format("initializer '{}'", printable(initializer.name())), tensor.error());
    if (auto done = add_initializer_value(std::string(tensor->name), graph_.initializers.size()); !done) return done;
    graph_.initializers.push_back(std::move(*tensor));
  }
  for (auto& initializer : *proto.mutable_sparse_initializer()) {
    const std::string name = initializer.values().name();
    auto tensor = convert_sparse_tensor(context_.tensors, initializer);
    if (!tensor) return refuse_in(fmt::format("sparse initializer '{}'", printable(name)), tensor.error());
    const std::size_t index = graph_.initializers.size() + graph_.sparse_initializers.size();
    if (auto done = add_initializer_value(std::string(name), index); !done) return done;
    graph_.sparse_initializers.push_back(std::move(*tensor));
  }
  return {};
}

template <class Infos>
Parsed<void> GraphConverter::add_declared_types(const Infos& infos) {
  for (const auto& info : infos) {
    // Exporters leave entries behind for values that an optimiser removed.
    const auto known = graph_.value_by_name.find(info.name());
    if (known == graph_.value_by_name.end()) continue;
    if (auto done = declare(known->second, info); !done) return done;
  }
  return {};
}

Parsed<Node> GraphConverter::start_node(onnx::NodeProto& proto, std::int32_t index) {
  Node node;
  node.file_index = index;
  for (auto [text, to, what] : {std::tuple{proto.mutable_name(), &node.name, "node name"},
                                std::tuple{proto.mutable_op_type(), &node.op_type, "op_type"},
                                std::tuple{proto.mutable_domain(), &node.domain, "domain"},
                                std::tuple{proto.mutable_overload(), &node.overload, "overload"}}) {
    auto checked = checked_name(std::move(*text), what);
    if (!checked) return refuse_in(fmt::format("node {}", index), checked.error());
    *to = std::move(*checked);
  }
  node.domain = normalized_domain(std::move(node.domain));
  if (node.op_type.empty()) return refuse_in(describe_node(node), "has no op_type; export the model again");
  node.outputs.reserve(index_of(proto.output_size()));
  for (std::string& name : *proto.mutable_output()) {
    ValueId id = no_value;
    if (!name.empty()) {
      const auto defined = define(std::move(name), ValueOrigin::node_output, "output");
      if (!defined) return refuse_in(describe_node(node), defined.error());
      id = *defined;
      graph_.values[index_of(id)].producer = index;
    }
    node.outputs.push_back(id);
  }
  Tally& users = context_.domains[node.domain];
  users.count == 0 ? users.add(describe_node(node)) : void(++users.count);
  return node;
}

Parsed<void> GraphConverter::finish_node(onnx::NodeProto& proto, Node& node) {
  node.doc_string = free_text(context_, std::move(*proto.mutable_doc_string()));
  node.metadata = convert_metadata(context_, *proto.mutable_metadata_props());
  node.inputs.reserve(index_of(proto.input_size()));
  for (const std::string& name : proto.input()) {
    const ValueId id = name.empty() ? no_value : resolve(name);
    if (id == no_value && !name.empty()) {
      return refuse(fmt::format("input '{}' is not defined by any input, initializer or node{}; export the model again",
                                printable(name), outer_ != nullptr ? " here or in an enclosing graph" : ""));
    }
    node.inputs.push_back(id);
  }
  node.attributes.reserve(index_of(proto.attribute_size()));
  for (auto& attribute : *proto.mutable_attribute()) {
    auto converted = convert_attribute(context_, this, in_function_, attribute);
    if (!converted) return tl::unexpected(converted.error());
    node.attributes.push_back(std::move(*converted));
  }
  return check_attribute_names(node);
}

template <class Nodes>
Parsed<void> GraphConverter::add_nodes(Nodes& protos) {
  // All outputs first: a node may be listed before what it depends on, and subgraphs see everything around them.
  graph_.nodes.reserve(index_of(protos.size()));
  for (auto& proto : protos) {
    auto node = start_node(proto, static_cast<std::int32_t>(graph_.nodes.size()));
    if (!node) return tl::unexpected(node.error());
    graph_.nodes.push_back(std::move(*node));
  }
  for (auto& proto : protos) {
    Node& node = graph_.nodes[index_of(++current_node_)];
    if (auto done = finish_node(proto, node); !done) return refuse_in(describe_node(node), done.error());
  }
  return {};
}

Parsed<void> GraphConverter::add_output(const std::string& name) {
  const ValueId id = name.empty() ? no_value : resolve(name);
  if (id == no_value) {
    return refuse(
        fmt::format("graph output '{}' is not produced by anything; export the model again", printable(name)));
  }
  if (!listed_outputs_.insert(id).second) context_.repeated_outputs.add(name);
  graph_.outputs.push_back(id);
  return {};
}

Parsed<void> GraphConverter::finish() {
  std::string first;
  if (const std::int64_t repeated = count_repeated_names(graph_, first); repeated > 0) {
    context_.repeated_node_names.add(first);
    context_.repeated_node_names.count += repeated - 1;
  }
  const auto moved = order_nodes(graph_, captures_);
  if (!moved) return tl::unexpected(moved.error());
  if (*moved) context_.unsorted.add(graph_.name);
  return {};
}

void GraphConverter::reserve(int inputs, int initializers, int nodes) {
  const auto expected = index_of(inputs) + index_of(initializers) + index_of(nodes);
  graph_.values.reserve(expected);
  graph_.value_by_name.reserve(expected);
}

Parsed<Graph> GraphConverter::convert(onnx::GraphProto& proto) {
  reserve(proto.input_size(), proto.initializer_size(), proto.node_size());
  auto name = checked_name(std::move(*proto.mutable_name()), "graph name");
  if (!name) return tl::unexpected(name.error());
  graph_.name = std::move(*name);
  graph_.doc_string = free_text(context_, std::move(*proto.mutable_doc_string()));
  graph_.metadata = convert_metadata(context_, *proto.mutable_metadata_props());
  if (auto done = add_inputs(proto); !done) return tl::unexpected(done.error());
  if (auto done = add_initializers(proto); !done) return tl::unexpected(done.error());
  if (auto done = add_nodes(*proto.mutable_node()); !done) return tl::unexpected(done.error());
  for (const auto& output : proto.output()) {
    if (auto done = add_output(output.name()); !done) return tl::unexpected(done.error());
  }
  if (auto done = add_declared_types(proto.output()); !done) return tl::unexpected(done.error());
  if (auto done = add_declared_types(proto.value_info()); !done) return tl::unexpected(done.error());
  if (auto done = finish(); !done) return tl::unexpected(done.error());
  return std::move(graph_);
}

Parsed<Graph> GraphConverter::convert_body(onnx::FunctionProto& proto) {
  reserve(proto.input_size(), 0, proto.node_size());
  graph_.name = proto.name();
  for (const std::string& name : proto.input()) {
    const auto id = define(std::string(name), ValueOrigin::graph_input, "function input");
    if (!id) return tl::unexpected(id.error());
    graph_.inputs.push_back(*id);
  }
  if (auto done = add_nodes(*proto.mutable_node()); !done) return tl::unexpected(done.error());
  for (const std::string& name : proto.output()) {
    if (auto done = add_output(name); !done) return tl::unexpected(done.error());
  }
  if (auto done = add_declared_types(proto.value_info()); !done) return tl::unexpected(done.error());
  if (auto done = finish(); !done) return tl::unexpected(done.error());
  return std::move(graph_);
}

}  // namespace costscan
