// Prints the cases of tests/vectors as JSON, for vector_shapes.py, which runs them in ONNX Runtime.
// Usage: dump_vectors FOLDER
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "data_lint/vector_case.hpp"

namespace {

using Json = nlohmann::ordered_json;
using costscan::vectors::Case;
using costscan::vectors::TensorSpec;

const char* name_of(costscan::TypeKind kind) {
  switch (kind) {
    case costscan::TypeKind::tensor: return "tensor";
    case costscan::TypeKind::sequence: return "sequence";
    case costscan::TypeKind::optional: return "optional";
    case costscan::TypeKind::map: return "map";
    default: return "other";
  }
}

Json json_of(const TensorSpec& spec) {
  Json out;
  out["name"] = spec.name;
  out["omitted"] = spec.omitted;
  out["same_as"] = spec.same_as;
  out["kind"] = name_of(spec.kind);
  out["dtype"] = costscan::to_string(spec.dtype);
  out["shape"] = spec.shape ? Json(*spec.shape) : Json(nullptr);
  out["bound"] = spec.data_dependent;
  out["constant"] = spec.constant;
  if (spec.value) {
    out["value"] = !spec.value->strings.empty()  ? Json(spec.value->strings)
                   : !spec.value->floats.empty() ? Json(spec.value->floats)
                                                 : Json(spec.value->ints);
  }
  return out;
}

/// Null for an attribute that JSON does not hold (tensors, of which cases keep the type only).
Json json_of(const costscan::AttributeValue& value) {
  return std::visit(
      [](const auto& held) -> Json {
        if constexpr (std::is_constructible_v<Json, decltype(held)> &&
                      !std::is_same_v<std::decay_t<decltype(held)>, std::monostate>) {
          return Json(held);
        } else {
          return nullptr;
        }
      },
      value);
}

Json json_of(const Case& vector) {
  Json out;
  out["place"] = fmt::format("{}.yaml:{}", vector.file, vector.line);
  out["name"] = vector.name;
  out["op"] = vector.op;
  out["domain"] = vector.domain;
  out["opset"] = vector.opset;
  out["infer"] = vector.infer;
  out["inputs"] = Json::array();
  for (const TensorSpec& spec : vector.inputs) out["inputs"].push_back(json_of(spec));
  out["outputs"] = Json::array();
  for (const TensorSpec& spec : vector.outputs) out["outputs"].push_back(json_of(spec));
  out["attributes"] = Json::object();
  for (const costscan::Attribute& attribute : vector.attributes) {
    Json entry;
    entry["value"] = json_of(attribute.value);
    entry["float"] =
        std::holds_alternative<float>(attribute.value) || std::holds_alternative<std::vector<float>>(attribute.value);
    out["attributes"][attribute.name] = std::move(entry);
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: dump_vectors FOLDER\n");
    return 2;
  }
  Json all = Json::array();
  for (const Case& vector : costscan::vectors::read_cases(argv[1])) {
    if (!vector.error.empty()) {
      fmt::print(stderr, "{}.yaml:{}: {}\n", vector.file, vector.line, vector.error);
      return 3;
    }
    all.push_back(json_of(vector));
  }
  fmt::print("{}\n", all.dump());
  return 0;
}
