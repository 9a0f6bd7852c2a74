#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <functional>
#include <string>
#include <unordered_set>

#include "measure/synthesize.hpp"
#include "model/text.hpp"

namespace costscan {
namespace {

template <class Nodes>
void visit_nodes(Nodes& nodes, const std::function<void(onnx::NodeProto&, int)>& visit) {
  int index = 0;
  for (onnx::NodeProto& node : nodes) {
    visit(node, index++);
    for (onnx::AttributeProto& attribute : *node.mutable_attribute()) {
      if (attribute.has_g()) visit_nodes(*attribute.mutable_g()->mutable_node(), visit);
      for (onnx::GraphProto& graph : *attribute.mutable_graphs()) visit_nodes(*graph.mutable_node(), visit);
    }
  }
}

void visit_all(onnx::ModelProto& model, const std::function<void(onnx::NodeProto&, int)>& visit) {
  visit_nodes(*model.mutable_graph()->mutable_node(), visit);
  for (onnx::FunctionProto& function : *model.mutable_functions()) visit_nodes(*function.mutable_node(), visit);
}

/// The runtime writes names into its profile without escaping them.
std::string fit_for_json(std::string name) {
  for (char& c : name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\') c = '_';
  }
  return is_utf8(name) ? name : sanitized_utf8(name);
}

}  // namespace

void name_every_node(onnx::ModelProto& model) {
  // Names that the file gives are taken first, so that none of them has to yield to a made-up one.
  std::unordered_set<std::string> given;
  visit_all(model, [&](onnx::NodeProto& node, int) { given.insert(node.name()); });
  std::unordered_set<std::string> taken;
  visit_all(model, [&](onnx::NodeProto& node, int index) {
    std::string wanted = fit_for_json(node.name());
    if (wanted.empty()) wanted = fmt::format("{}_{}", fit_for_json(node.op_type()), index);
    const bool own = wanted == node.name();
    std::string name = wanted;
    for (int copy = 2; taken.contains(name) || (!(own && name == wanted) && given.contains(name)); ++copy) {
      name = fmt::format("{}__{}", wanted, copy);
    }
    taken.insert(name);
    if (node.name() != name) node.set_name(name);
  });
}

}  // namespace costscan
