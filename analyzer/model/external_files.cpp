#include "model/external_files.hpp"

#include <memory>
#include <set>
#include <variant>

namespace costscan {
namespace {

struct FileCollector {
  std::set<std::filesystem::path>& files;
  ExternalFiles which = ExternalFiles::all;

  void operator()(const Tensor& tensor) const {
    const auto* external = std::get_if<ExternalBytes>(&tensor.storage);
    if (external == nullptr) return;
    if (which == ExternalFiles::all || external->state != ExternalBytes::State::missing) files.insert(external->file);
  }
  void operator()(const SparseTensor& tensor) const {
    (*this)(tensor.values);
    (*this)(tensor.indices);
  }
  void operator()(const std::shared_ptr<const Graph>& graph) const {
    if (graph) (*this)(*graph);
  }
  void operator()(const Graph& graph) const {
    for (const Tensor& tensor : graph.initializers) (*this)(tensor);
    for (const SparseTensor& tensor : graph.sparse_initializers) (*this)(tensor);
    for (const Node& node : graph.nodes) {
      for (const Attribute& attribute : node.attributes) std::visit(*this, attribute.value);
    }
  }
  template <class T>
  void operator()(const std::vector<T>& list) const {
    for (const T& each : list) (*this)(each);
  }
  template <class Other>
  void operator()(const Other&) const {}
};

}  // namespace

std::vector<std::filesystem::path> external_files(const Model& model, ExternalFiles which) {
  std::set<std::filesystem::path> files;
  const FileCollector collect{files, which};
  collect(model.graph);
  for (const Function& function : model.functions) {
    collect(function.body);
    for (const Attribute& attribute : function.attribute_defaults) std::visit(collect, attribute.value);
  }
  return {files.begin(), files.end()};
}

}  // namespace costscan
