#include "cli/explain_json.hpp"

#include <nlohmann/json.hpp>

#include "model/text.hpp"

namespace costscan::cli {
namespace {

using Json = nlohmann::ordered_json;

/// Names from files may hold anything; JSON holds UTF-8.
std::string text(const std::string& value) { return sanitized_utf8(value); }

void put(Json& object, const char* key, const std::string& value) {
  if (!value.empty()) object[key] = text(value);
}

template <class T>
Json optional_number(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

template <class Range, class Convert>
Json list_of(const Range& items, Convert convert) {
  Json out = Json::array();
  for (const auto& item : items) out.push_back(convert(item));
  return out;
}

Json figure_json(const WorksheetFigure& figure) {
  Json out;
  put(out, "quantity", figure.quantity);
  put(out, "formula", figure.formula);
  put(out, "all_given", figure.all_given);
  put(out, "substituted", figure.substituted);
  out["value"] = optional_number(figure.value);
  return out;
}

/// Totals by the names of the CSV's columns.
Json totals_json(const std::vector<WorksheetFigure>& figures) {
  Json out = Json::object();
  for (const WorksheetFigure& figure : figures) {
    Json each = figure_json(figure);
    each.erase("quantity");
    out[figure.quantity] = std::move(each);
  }
  return out;
}

Json tensor_json(const WorksheetTensor& tensor) {
  Json out;
  put(out, "name", tensor.name);
  out["optional"] = tensor.optional;
  if (tensor.variadic) out["variadic"] = true;
  put(out, "type", tensor.type);
  put(out, "tensor", tensor.value_name);
  put(out, "role", tensor.role);
  return out;
}

Json symbol_json(const WorksheetSymbol& symbol) {
  Json out;
  put(out, "name", symbol.name);
  put(out, "formula", symbol.formula);
  put(out, "value", symbol.value);
  put(out, "origin", symbol.origin);
  put(out, "meaning", symbol.meaning);
  return out;
}

Json kernel_json(const WorksheetKernel& kernel) {
  Json out;
  put(out, "name", kernel.name);
  put(out, "operation", kernel.why);
  put(out, "when", kernel.when);
  out["runs"] = kernel.runs ? Json(*kernel.runs) : Json(nullptr);
  put(out, "reference", kernel.reference);
  out["figures"] = list_of(kernel.figures, figure_json);
  return out;
}

Json path_json(const WorksheetPath& path) {
  Json out;
  put(out, "name", path.name);
  put(out, "why", path.why);
  out["working_set"] = figure_json(path.working_set);
  out["chosen"] = path.chosen ? Json(*path.chosen) : Json(nullptr);
  out["kernels"] = list_of(path.kernels, kernel_json);
  out["totals"] = totals_json(path.totals);
  return out;
}

Json extra_json(const WorksheetExtra& extra) {
  Json out;
  put(out, "path", extra.path);
  put(out, "against", extra.against);
  out.update(figure_json(extra.figure));
  out["ratio"] = optional_number(extra.ratio);
  return out;
}

Json form_json(const WorksheetForm& form) {
  Json out;
  put(out, "quantity", form.quantity);
  put(out, "formula", form.formula);
  put(out, "substituted", form.substituted);
  put(out, "holds", form.holds);
  put(out, "evidence", form.evidence);
  return out;
}

Json argument_json(const WorksheetArgument& argument) {
  Json out;
  put(out, "name", argument.name);
  put(out, "meaning", argument.meaning);
  put(out, "formula", argument.formula);
  put(out, "value", argument.value);
  put(out, "why", argument.why);
  return out;
}

Json reference_json(const WorksheetReference& reference) {
  Json out;
  put(out, "template", reference.name);
  put(out, "file", reference.path);
  put(out, "summary", reference.summary);
  put(out, "kernels", reference.kernels);
  put(out, "when", reference.when);
  out["parameters"] = list_of(reference.parameters, argument_json);
  if (!reference.lets.empty()) out["symbols"] = list_of(reference.lets, argument_json);
  put(out, "source", reference.source);
  return out;
}

Json node_json(const WorksheetNode& node) {
  Json out;
  put(out, "model", node.model);
  out["node_index"] = node.index;
  put(out, "node_name", node.name);
  put(out, "subgraph", node.subgraph);
  out["executions"] = node.executions;
  out["bindings"] = list_of(node.bindings, text);
  return out;
}

}  // namespace

std::string worksheet_json(const Worksheet& sheet) {
  Json out;
  put(out, "op", sheet.op);
  put(out, "id", sheet.id);
  put(out, "versions", sheet.versions);
  put(out, "trust", sheet.trust);
  put(out, "summary", sheet.summary);
  put(out, "unknown", sheet.unknown);
  if (sheet.node) out["node"] = node_json(*sheet.node);
  out["inputs"] = list_of(sheet.inputs, tensor_json);
  out["outputs"] = list_of(sheet.outputs, tensor_json);
  out["attributes"] = Json::object();
  for (const auto& [name, value] : sheet.attributes) out["attributes"][text(name)] = text(value);
  if (sheet.fast_memory) {
    out["fast_memory"] = {{"bytes", sheet.fast_memory->bytes}, {"origin", text(sheet.fast_memory->origin)}};
  }
  out["symbols"] = list_of(sheet.symbols, symbol_json);
  put(out, "view", sheet.view);
  if (sheet.is_view) out["is_view"] = *sheet.is_view;
  out["kernels"] = list_of(sheet.kernels, kernel_json);
  if (!sheet.paths.empty()) out["paths"] = list_of(sheet.paths, path_json);
  out["totals"] = totals_json(sheet.totals);
  if (!sheet.extra.empty()) out["extra"] = list_of(sheet.extra, extra_json);
  if (!sheet.forms.empty()) {
    put(out, "forms_of", sheet.forms_of);
    out["forms"] = list_of(sheet.forms, form_json);
  }
  out["references"] = list_of(sheet.references, reference_json);
  if (!sheet.notes.empty()) out["notes"] = list_of(sheet.notes, text);
  out["assumptions"] = list_of(sheet.assumptions, text);
  if (!sheet.versions_that_differ.empty()) out["versions_that_differ"] = list_of(sheet.versions_that_differ, text);
  put(out, "source", sheet.source);
  return out.dump(2) + "\n";
}

}  // namespace costscan::cli
