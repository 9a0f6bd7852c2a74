#include "passes/evaluate.hpp"

#include <algorithm>
#include <map>

#include "measure/child.hpp"
#include "passes/child_job.hpp"
#include "passes/runner.hpp"
#include "store/write_model.hpp"

namespace costscan {
namespace {

/// The nodes and the constants that they read, as a model without inputs.
class ConstantModel {
 public:
  ConstantModel(const GraphView& view, const ReadWeight& read) : view_(view), read_(read) {
    const Model& whole = view.model();
    model_.path = whole.path;
    model_.stem = whole.stem;
    model_.ir_version = whole.ir_version;
    model_.opset_imports = whole.opset_imports;
    model_.functions = whole.functions;
    model_.file_bytes = whole.file_bytes;
    model_.graph.name = whole.graph.name;
  }

  Result<Model> make(std::span<const std::int32_t> nodes, std::span<const ValueId> wanted) {
    for (const std::int32_t n : nodes) {
      for (const ValueId in : view_.node(n).inputs) {
        if (auto added = add_constant(in); !added) return tl::unexpected(added.error());
      }
      add_node(view_.node(n));
    }
    for (const ValueId value : wanted) {
      model_.graph.outputs.push_back(id_of(value));
    }
    return std::move(model_);
  }

 private:
  ValueId id_of(ValueId value) {
    if (value == no_value) return no_value;
    const auto [at, is_new] = ids_.try_emplace(value, static_cast<ValueId>(model_.graph.values.size()));
    if (!is_new) return at->second;
    Value copy = view_.graph().values[static_cast<std::size_t>(value)];
    copy.producer = -1;
    copy.initializer = -1;
    copy.origin = ValueOrigin::node_output;
    copy.declared = DeclaredType{.kind = TypeKind::tensor, .dtype = view_.dtype(value), .dims = {}, .element = {}};
    if (const Shape* shape = view_.shape(value)) copy.declared->dims.emplace(shape->begin(), shape->end());
    model_.graph.value_by_name.emplace(copy.name, at->second);
    model_.graph.values.push_back(std::move(copy));
    return at->second;
  }

  /// With its bytes: the model is written to a folder of its own.
  Result<void> add_constant(ValueId value) {
    const Tensor* tensor = view_.tensor(value);
    if (tensor == nullptr || ids_.contains(value)) return {};
    Tensor copy = *tensor;
    if (std::holds_alternative<ExternalBytes>(copy.storage)) {
      const auto bytes = read_(*tensor);
      if (!bytes) return tl::unexpected(bytes.error());
      copy.storage = OwnedBytes{{bytes->begin(), bytes->end()}};
    }
    const ValueId id = id_of(value);
    Value& entry = model_.graph.values[static_cast<std::size_t>(id)];
    entry.origin = ValueOrigin::initializer;
    entry.initializer = static_cast<std::int32_t>(model_.graph.initializers.size());
    copy.name = entry.name;
    model_.graph.initializers.push_back(std::move(copy));
    return {};
  }

  void add_node(const Node& node) {
    Node copy = node;
    for (ValueId& in : copy.inputs) in = id_of(in);
    const auto index = static_cast<std::int32_t>(model_.graph.nodes.size());
    for (ValueId& out : copy.outputs) {
      out = id_of(out);
      if (out != no_value) model_.graph.values[static_cast<std::size_t>(out)].producer = index;
    }
    model_.graph.nodes.push_back(std::move(copy));
  }

  const GraphView& view_;
  const ReadWeight& read_;
  Model model_;
  std::map<ValueId, ValueId> ids_;
};

}  // namespace

EvaluateConstants evaluator(const MeasureOptions& options) {
  return [options](const GraphView& view, std::span<const std::int32_t> nodes,
                   std::span<const ValueId> wanted) -> Result<std::vector<Tensor>> {
    const ReadWeight read = weight_reader();
    auto model = ConstantModel(view, read).make(nodes, wanted);
    if (!model) return tl::unexpected(model.error());
    const auto folder = PrivateFolder::create();
    if (!folder) return tl::unexpected(folder.error());
    const auto file = folder->path() / "constants.onnx";
    if (auto written = write_model(*model, file); !written) return tl::unexpected(written.error());
    OptimizeJob job;
    job.folder = folder->path();
    job.first.model = file;
    job.first.folder = folder->path();
    job.first.runtime_library = options.runtime_library;
    job.runs.push_back({"constants", {}});
    auto answer = run_job(job, options);
    if (!answer) return tl::unexpected(answer.error());
    if (answer->status != MeasureStatus::ok) return fail(ErrorKind::measurement, answer->reason);
    std::vector<Tensor> tensors;
    for (const ValueId value : wanted) {
      const std::string& name = view.graph().values[static_cast<std::size_t>(value)].name;
      const auto found = std::ranges::find(answer->outputs, name, &Tensor::name);
      tensors.push_back(found == answer->outputs.end() ? Tensor{} : std::move(*found));
    }
    return tensors;
  };
}

}  // namespace costscan
