#include "store/model_pieces.hpp"

#include <fmt/format.h>

#include <map>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "files/wire.hpp"
#include "load/mapped_file.hpp"
#include "model/text.hpp"
#include "store/serialize.hpp"

namespace costscan {
namespace {

namespace field = wire::field;
using wire::Extent;
using wire::Field;

std::size_t at(std::int32_t index) noexcept { return static_cast<std::size_t>(index); }

/// Where the parts of the source's main graph lie.
struct SourceGraph {
  std::vector<Extent> nodes;  ///< messages in file order
  std::unordered_map<std::string, Extent> initializers;
};

class Composer {
 public:
  Composer(const Model& model, wire::Reader source, const DataFilePlan& plan)
      : model_(model),
        graph_(model.graph),
        source_(std::move(source)),
        plan_(plan),
        folder_(model.path.parent_path()) {}

  Result<ModelPieces> run() {
    int graphs = 0;
    PieceList out;
    Result<void> done;
    const bool sound = source_.each_field(source_.whole(), [&](const Field& found) {
      if (found.number != field::model_graph || !found.is_message) return out.add(source_.stretch(found.whole));
      ++graphs;
      auto composed = graph(found.payload);
      if (!composed) {
        done = tl::unexpected(composed.error());
      } else {
        out.add(wire::message(found.number, *std::move(composed)));
      }
    });
    if (!done) return tl::unexpected(done.error());
    if (!sound || graphs != 1) return changed();
    for (const std::string& import : new_imports()) {
      out.add(wire::text_field_bytes(field::model_opset_import, import));
    }
    return ModelPieces{std::move(out), std::move(data_)};
  }

 private:
  tl::unexpected<Error> changed() const {
    return fail(ErrorKind::input, fmt::format("{}: changed while it was optimised; run the command again",
                                              printable(model_.path.string())));
  }

  /// Imports that passes added: of domains that the file does not import.
  std::vector<std::string> new_imports() const {
    std::unordered_set<std::string> known;
    source_.each_field(source_.whole(), [&](const Field& found) {
      constexpr std::uint32_t opset_domain = 1;
      if (found.number != field::model_opset_import || !found.is_message) return;
      const std::string domain = source_.text_field(found.payload, opset_domain);
      known.insert(domain == "ai.onnx" ? std::string() : domain);
    });
    std::vector<std::string> added;
    for (const OpsetImport& import : model_.opset_imports) {
      if (!known.contains(import.domain)) added.push_back(serialized_opset(import));
    }
    return added;
  }

  bool index_source(Extent graph) {
    bool sound = source_.each_field(graph, [&](const Field& found) {
      if (found.number == field::graph_initializer) last_initializer_ = found.whole.begin;
      if (found.number == field::graph_node) indexed_.nodes.push_back(found.payload);
      if (found.number == field::graph_initializer) {
        indexed_.initializers.insert_or_assign(source_.text_field(found.payload, field::tensor_name), found.payload);
      }
      if (found.number == field::graph_annotation) collect_parameters(found.payload);
    });
    for (const Node& node : graph_.nodes) {
      sound = sound && (node.file_index < 0 || at(node.file_index) < indexed_.nodes.size());
    }
    return sound;
  }

  /// Initializers that a quantization annotation names (scales, zero points) are read by it.
  void collect_parameters(Extent annotation) {
    if (!has_value(source_.text_field(annotation, field::annotation_tensor))) return;
    source_.each_field(annotation, [&](const Field& found) {
      if (found.number != field::annotation_parameter || !found.is_message) return;
      parameters_.insert(source_.text_field(found.payload, field::entry_value));
    });
  }

  bool has_value(const std::string& name) const { return graph_.value_by_name.contains(name); }

  const Value* value_named(const std::string& name) const {
    const auto found = graph_.value_by_name.find(name);
    return found == graph_.value_by_name.end() ? nullptr : &graph_.values[at(found->second)];
  }

  Result<PieceList> graph(Extent extent) {
    if (!index_source(extent)) return changed();
    list_ends();
    PieceList out;
    Result<void> done;
    bool nodes_out = false;
    const auto put = [&](const Result<PieceList>& pieces) {
      if (pieces) {
        out.add(*pieces);
      } else {
        done = tl::unexpected(pieces.error());
      }
    };
    const bool sound = source_.each_field(extent, [&](const Field& found) {
      if (!done) return;
      switch (found.is_message ? found.number : 0) {
        case field::graph_node:
          if (!std::exchange(nodes_out, true)) put(nodes());
          break;
        case field::graph_initializer: out.add(initializer(found)); break;
        case field::graph_sparse_initializer: out.add(sparse_initializer(found)); break;
        case field::graph_input:
        case field::graph_output: put(end(found)); break;
        case field::graph_value_info:
          if (keeps_declaration(found.payload)) out.add(source_.stretch(found.whole));
          break;
        case field::graph_annotation:
          if (has_value(source_.text_field(found.payload, field::annotation_tensor))) {
            out.add(source_.stretch(found.whole));
          }
          break;
        default: out.add(source_.stretch(found.whole));
      }
      if (found.whole.begin == last_initializer_) out.add(new_initializers());
    });
    if (!done) return tl::unexpected(done.error());
    if (!sound) return changed();
    if (!nodes_out) put(nodes());
    if (!last_initializer_) out.add(new_initializers());
    put(new_outputs(extent));
    if (!done) return tl::unexpected(done.error());
    return out;
  }

  /// Outputs that the source does not list: of a part of it.
  PieceList new_outputs(Extent extent) const {
    std::unordered_set<std::string> listed;
    source_.each_field(extent, [&](const Field& found) {
      if (found.number == field::graph_output) {
        listed.insert(source_.text_field(found.payload, field::value_info_name));
      }
    });
    PieceList out;
    for (const ValueId id : graph_.outputs) {
      const Value& value = graph_.values[at(id)];
      if (listed.contains(value.name) || !value.declared) continue;
      out.add(wire::text_field_bytes(field::graph_output, serialized_value_info(value.name, *value.declared)));
    }
    return out;
  }

  void list_ends() {
    for (const ValueId in : graph_.inputs) ends_.insert(graph_.values[at(in)].name);
    for (const ValueId out : graph_.outputs) ends_.insert(graph_.values[at(out)].name);
    for (std::size_t i = 0; i < graph_.initializers.size(); ++i) {
      tensors_.emplace(graph_.initializers[i].name, &graph_.initializers[i]);
    }
  }

  /// Declarations of tensors that are still there; those that inputs and outputs make themselves stand apart.
  bool keeps_declaration(Extent info) const {
    const Value* value = value_named(source_.text_field(info, field::value_info_name));
    return value != nullptr;
  }

  Result<PieceList> end(const Field& found) const {
    const std::string name = source_.text_field(found.payload, field::value_info_name);
    const Value* value = value_named(name);
    // Only initializers leave the inputs.
    if (value == nullptr || !ends_.contains(name)) return PieceList{};
    PieceList out;
    if (!value->declared || !value->declared->dims) {
      out.add(source_.stretch(found.whole));
      return out;
    }
    const std::string_view original = source_.text(found.payload);
    const auto fixed = with_declared_dims(original, *value->declared);
    if (!fixed) return changed();
    if (*fixed == original) {
      out.add(source_.stretch(found.whole));
    } else {
      out.add(wire::text_field_bytes(found.number, *fixed));
    }
    return out;
  }

  // Nodes.

  Result<PieceList> nodes() const {
    PieceList out;
    for (const Node& node : graph_.nodes) {
      if (node.file_index >= 0) {
        out.add(kept_node(node, indexed_.nodes[at(node.file_index)]));
        continue;
      }
      auto made = serialized_node(graph_, node, folder_);
      if (!made) return tl::unexpected(made.error());
      out.add(wire::text_field_bytes(field::graph_node, *made));
    }
    return out;
  }

  std::vector<std::string> names(const std::vector<ValueId>& values) const {
    std::vector<std::string> out;
    for (const ValueId value : values) out.push_back(value == no_value ? std::string() : graph_.values[at(value)].name);
    return out;
  }

  PieceList kept_node(const Node& node, Extent message) const {
    std::vector<std::string> inputs;
    std::vector<std::string> outputs;
    source_.each_field(message, [&](const Field& found) {
      if (found.number == field::node_input) inputs.emplace_back(source_.text(found.payload));
      if (found.number == field::node_output) outputs.emplace_back(source_.text(found.payload));
    });
    const std::vector<std::string> new_inputs = names(node.inputs);
    const std::vector<std::string> new_outputs = names(node.outputs);
    PieceList content;
    if (inputs == new_inputs && outputs == new_outputs) {
      content.add(source_.stretch(message));
      return wire::message(field::graph_node, std::move(content));
    }
    for (const std::string& name : new_inputs) content.add(wire::text_field_bytes(field::node_input, name));
    for (const std::string& name : new_outputs) content.add(wire::text_field_bytes(field::node_output, name));
    source_.each_field(message, [&](const Field& found) {
      if (found.number != field::node_input && found.number != field::node_output) {
        content.add(source_.stretch(found.whole));
      }
    });
    return wire::message(field::graph_node, std::move(content));
  }

  // Constants.

  /// The initializer of the source with this name, where the model still has it.
  bool is_from_source(const Tensor& tensor) const {
    const auto found = indexed_.initializers.find(tensor.name);
    if (found == indexed_.initializers.end()) return false;
    if (!std::holds_alternative<OwnedBytes>(tensor.storage)) return true;
    return tensor_is(found->second, tensor);
  }

  bool tensor_is(Extent message, const Tensor& tensor) const {
    constexpr std::uint64_t small = 1 << 16;
    if (message.size() > small + std::get<OwnedBytes>(tensor.storage).bytes.size()) return false;
    return holds_tensor(source_.text(message), tensor);
  }

  PieceList initializer(const Field& found) {
    PieceList out;
    const std::string name = source_.text_field(found.payload, field::tensor_name);
    const auto kept = tensors_.find(name);
    if (kept == tensors_.end()) {
      if (parameters_.contains(name)) out.add(source_.stretch(found.whole));
      return out;
    }
    const Tensor& tensor = *kept->second;
    if (!is_from_source(tensor)) return out;  // written with the new ones
    const auto* mapped = std::get_if<MappedBytes>(&tensor.storage);
    if (mapped == nullptr || plan_.weights_from == 0 || mapped->bytes.size() < plan_.weights_from) {
      out.add(source_.stretch(found.whole));
      return out;
    }
    const auto offset = static_cast<std::uint64_t>(mapped->bytes.data() - mapped->owner.get());
    const DataPlace place = append_data(source_.stretch({offset, offset + mapped->bytes.size()}));
    out.add(wire::text_field_bytes(found.number, serialized_tensor(tensor, folder_, place)));
    return out;
  }

  PieceList sparse_initializer(const Field& found) const {
    PieceList out;
    std::string name;
    source_.each_field(found.payload, [&](const Field& part) {
      if (part.number == field::sparse_values) name = source_.text_field(part.payload, field::tensor_name);
    });
    const Value* value = value_named(name);
    if (value != nullptr && value->initializer >= 0) out.add(source_.stretch(found.whole));
    return out;
  }

  PieceList new_initializers() {
    PieceList out;
    for (const Tensor& tensor : graph_.initializers) {
      if (is_from_source(tensor)) continue;
      const auto bytes = bytes_in_memory(tensor);
      std::optional<DataPlace> place;
      if (bytes && plan_.new_constants_from > 0 && bytes->size() >= plan_.new_constants_from) {
        place = append_data(*bytes);
      }
      out.add(wire::text_field_bytes(field::graph_initializer, serialized_tensor(tensor, folder_, place)));
    }
    return out;
  }

  /// Tensors of the data file start at pages, so that they can be mapped.
  void align_data() {
    constexpr std::uint64_t page = 4096;
    const std::uint64_t rest = data_.size() % page;
    if (rest != 0) data_.add(std::string(page - rest, '\0'));
  }

  DataPlace append_data(const FileStretch& stretch) {
    align_data();
    DataPlace place{plan_.location, data_.size()};
    data_.add(stretch);
    return place;
  }

  DataPlace append_data(std::span<const std::byte> bytes) {
    align_data();
    DataPlace place{plan_.location, data_.size()};
    data_.add(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
    return place;
  }

  const Model& model_;
  const Graph& graph_;
  wire::Reader source_;
  const DataFilePlan& plan_;
  std::filesystem::path folder_;
  SourceGraph indexed_;
  std::optional<std::uint64_t> last_initializer_;
  std::unordered_set<std::string> parameters_;
  std::unordered_set<std::string> ends_;
  std::unordered_map<std::string, const Tensor*> tensors_;
  PieceList data_;
};

}  // namespace

Result<ModelPieces> model_pieces(const Model& model, const DataFilePlan& plan) {
  auto file = map_file(model.path);
  if (!file) {
    return fail(ErrorKind::input, fmt::format("{}: {}", printable(model.path.string()), file.error()));
  }
  if (static_cast<std::int64_t>(file->bytes.size()) != model.file_bytes) {
    return fail(ErrorKind::input, fmt::format("{}: changed while it was optimised; run the command again",
                                              printable(model.path.string())));
  }
  return Composer(model, wire::Reader(model.path, file->bytes), plan).run();
}

}  // namespace costscan
