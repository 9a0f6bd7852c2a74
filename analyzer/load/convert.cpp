#include "load/convert.hpp"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>

#include "load/convert_graph.hpp"
#include "load/verify.hpp"
#include "model/text.hpp"

namespace costscan {
namespace {

constexpr std::int64_t oldest_known_ir = 3;

Parsed<std::vector<OpsetImport>> convert_imports(google::protobuf::RepeatedPtrField<onnx::OperatorSetIdProto>& protos) {
  std::vector<OpsetImport> imports;
  for (auto& proto : protos) {
    auto domain = checked_name(std::move(*proto.mutable_domain()), "domain");
    if (!domain) return tl::unexpected(domain.error());
    imports.push_back({normalized_domain(std::move(*domain)), proto.version()});
  }
  return imports;
}

Parsed<void> check_ir_version(const onnx::ModelProto& proto, std::vector<std::string>& warnings) {
  if (proto.ir_version() < 1) return refuse("is not an ONNX model: it states no IR version; export it again");
  if (proto.ir_version() < oldest_known_ir) {
    warnings.push_back(fmt::format("IR version {} is older than {}; the model is read as if it were that version",
                                   proto.ir_version(), oldest_known_ir));
  } else if (proto.ir_version() > onnx::Version::IR_VERSION) {
    warnings.push_back(
        fmt::format("IR version {} is newer than {}, the newest that costscan knows; what is new in it is "
                    "ignored, update costscan",
                    proto.ir_version(), static_cast<int>(onnx::Version::IR_VERSION)));
  }
  return {};
}

/// The names a function goes by; its body and attributes follow.
Parsed<void> convert_function_names(onnx::FunctionProto& proto, Function& function) {
  for (auto [text, to, what] : {std::tuple{&proto.name(), &function.name, "function name"},
                                std::tuple{&proto.domain(), &function.domain, "function domain"},
                                std::tuple{&proto.overload(), &function.overload, "function overload"}}) {
    auto checked = checked_name(std::string(*text), what);
    if (!checked) return tl::unexpected(checked.error());
    *to = std::move(*checked);
  }
  function.domain = normalized_domain(std::move(function.domain));
  if (function.name.empty()) return refuse("a function has no name; export the model again");
  for (const std::string& name : proto.attribute()) {
    auto checked = checked_name(std::string(name), "attribute name");
    if (!checked) return tl::unexpected(checked.error());
    function.attribute_names.push_back(std::move(*checked));
  }
  return {};
}

/// A function ought to import what its body uses; where it does not, the model's versions hold.
void inherit_imports(const std::vector<OpsetImport>& model_imports, Function& function) {
  for (const OpsetImport& import : model_imports) {
    if (!opset_version(function.opset_imports, import.domain)) function.opset_imports.push_back(import);
  }
}

struct ConvertedFunction {
  Function function;
  std::map<std::string, Tally> domains;
};

Parsed<ConvertedFunction> convert_function(ConvertContext& context, onnx::FunctionProto& proto, const Model& model,
                                           std::vector<std::string>& warnings) {
  ConvertedFunction out;
  Function& function = out.function;
  if (auto done = convert_function_names(proto, function); !done) return tl::unexpected(done.error());
  function.doc_string = free_text(context, std::move(*proto.mutable_doc_string()));
  function.metadata = convert_metadata(context, *proto.mutable_metadata_props());
  auto imports = convert_imports(*proto.mutable_opset_import());
  if (!imports) return tl::unexpected(imports.error());
  function.opset_imports = std::move(*imports);
  if (auto done = check_imports(function.opset_imports, context.lenient, warnings); !done) {
    return tl::unexpected(done.error());
  }
  inherit_imports(model.opset_imports, function);
  for (auto& attribute : *proto.mutable_attribute_proto()) {
    auto converted = convert_attribute(context, nullptr, true, attribute);
    if (!converted) return tl::unexpected(converted.error());
    function.attribute_defaults.push_back(std::move(*converted));
  }
  context.domains.clear();
  auto body = GraphConverter(context, nullptr, true).convert_body(proto);
  if (!body) return tl::unexpected(body.error());
  function.body = std::move(*body);
  out.domains = std::move(context.domains);
  context.domains.clear();
  return out;
}

Parsed<void> convert_functions(ConvertContext& context, onnx::ModelProto& proto, Model& model) {
  std::vector<std::map<std::string, Tally>> domains;
  for (auto& function_proto : *proto.mutable_functions()) {
    const std::string shown = printable(function_proto.name());
    auto converted = convert_function(context, function_proto, model, model.warnings);
    if (!converted) return refuse_in(fmt::format("function '{}'", shown), converted.error());
    model.functions.push_back(std::move(converted->function));
    domains.push_back(std::move(converted->domains));
  }
  for (std::size_t i = 0; i < domains.size(); ++i) {
    const Function& function = model.functions[i];
    auto done = check_domains(domains[i], function.opset_imports, model.functions, context.lenient, model.warnings);
    if (!done) return refuse_in(fmt::format("function '{}'", printable(function.name)), done.error());
  }
  return {};
}

std::string counted(std::int64_t count, const char* one, const char* many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

/// One line for each kind of oddity, in a fixed order.
void add_tallies(const ConvertContext& context, std::vector<std::string>& warnings) {
  const auto add = [&](const Tally& tally, const char* one, const char* many, const char* consequence) {
    if (tally.count == 0) return;
    const std::string first = tally.first.empty() ? "" : fmt::format(" (first: '{}')", tally.first);
    warnings.push_back(fmt::format("{}{}; {}", counted(tally.count, one, many), first, consequence));
  };
  add({context.tensors.without_bytes, printable(context.tensors.first_without_bytes)},
      "weight has no bytes in the file", "weights have no bytes in the file",
      "analysis goes on, measuring makes them up");
  add(context.unsorted, "graph lists nodes before what they depend on", "graphs list nodes before what they depend on",
      "ONNX asks for sorted nodes; they were put in order");
  add(context.repeated_node_names, "node has the name of an earlier one", "nodes have the name of an earlier one",
      "rows are told apart by node_index");
  add(context.shadowed, "name in a subgraph hides one of an enclosing graph",
      "names in subgraphs hide ones of enclosing graphs", "ONNX forbids that; the inner one was taken");
  add(context.repeated_outputs, "graph output is listed twice", "graph outputs are listed twice", "each counts once");
  add(context.minus_one_dims, "declared dimension is -1", "declared dimensions are -1", "taken as unknown");
  add(context.repaired_texts, "documentation text is not UTF-8", "documentation texts are not UTF-8",
      "the wrong bytes were replaced");
}

std::string stem_of(const std::filesystem::path& path) {
  const auto base = path.extension() == ".onnx" ? path.stem() : path.filename();
  return sanitized_utf8(base.string());
}

void convert_header(ConvertContext& context, onnx::ModelProto& proto, Model& model) {
  model.ir_version = proto.ir_version();
  model.producer_name = free_text(context, std::move(*proto.mutable_producer_name()));
  model.producer_version = free_text(context, std::move(*proto.mutable_producer_version()));
  model.domain = free_text(context, std::move(*proto.mutable_domain()));
  model.model_version = proto.model_version();
  model.doc_string = free_text(context, std::move(*proto.mutable_doc_string()));
  model.metadata = convert_metadata(context, *proto.mutable_metadata_props());
  if (proto.training_info_size() > 0) {
    model.warnings.emplace_back("training_info is ignored; only the inference graph is analysed");
  }
}

}  // namespace

Parsed<std::shared_ptr<const Model>> convert_model(ThinFile& thin, const std::filesystem::path& path,
                                                   const LoadOptions& options) {
  onnx::ModelProto& proto = *thin.proto;
  auto model = std::make_shared<Model>();
  model->path = path;
  model->stem = stem_of(path);
  model->file_bytes = static_cast<std::int64_t>(thin.file.bytes.size());
  if (auto done = check_ir_version(proto, model->warnings); !done) return tl::unexpected(done.error());
  if (!proto.has_graph()) return refuse("is not an ONNX model: it holds no graph; export it again");

  ExternalFiles external(path);
  ConvertContext context;
  context.tensors.thin = &thin;
  context.tensors.external = &external;
  context.lenient = options.lenient;
  convert_header(context, proto, *model);
  auto imports = convert_imports(*proto.mutable_opset_import());
  if (!imports) return tl::unexpected(imports.error());
  model->opset_imports = std::move(*imports);
  if (auto done = check_imports(model->opset_imports, options.lenient, model->warnings); !done) {
    return tl::unexpected(done.error());
  }
  if (auto done = convert_functions(context, proto, *model); !done) return tl::unexpected(done.error());
  auto graph = GraphConverter(context, nullptr, false).convert(*proto.mutable_graph());
  if (!graph) return tl::unexpected(graph.error());
  model->graph = std::move(*graph);
  const auto domains_ok =
      check_domains(context.domains, model->opset_imports, model->functions, options.lenient, model->warnings);
  if (!domains_ok) return tl::unexpected(domains_ok.error());
  if (auto done = check_functions(*model); !done) return tl::unexpected(done.error());
  add_tallies(context, model->warnings);
  std::ranges::move(external.warnings(), std::back_inserter(model->warnings));
  return model;
}

}  // namespace costscan
