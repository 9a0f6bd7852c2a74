#include "costs/schema_facts.hpp"

#include <onnx/defs/schema.h>

#include <algorithm>

#include "schemas/find_schema.hpp"

namespace costscan {
namespace {

template <class List, class Convert>
std::shared_ptr<const Datum> shared_list(const List& list, Convert convert) {
  std::vector<Datum> items;
  for (const auto& item : list) {
    const auto converted = convert(item);
    if (!converted) return nullptr;
    items.push_back(*converted);
  }
  return std::make_shared<const Datum>(Datum{std::move(items)});
}

std::optional<Datum> whole_datum(std::int64_t number) {
  const auto rational = make_rational(number);
  return rational ? std::optional<Datum>(Datum{*rational}) : std::nullopt;
}

std::optional<Datum> real_datum(float number) {
  const auto rational = rational_from(static_cast<double>(number));
  return rational ? std::optional<Datum>(Datum{*rational}) : std::nullopt;
}

std::optional<Datum> text_datum(const std::string& value) { return Datum{value}; }

std::shared_ptr<const Datum> shared_datum(const std::optional<Datum>& datum) {
  return datum ? std::make_shared<const Datum>(*datum) : nullptr;
}

std::shared_ptr<const Datum> datum_from(const onnx::AttributeProto& attribute) {
  switch (attribute.type()) {
    case onnx::AttributeProto::INT: return shared_datum(whole_datum(attribute.i()));
    case onnx::AttributeProto::FLOAT: return shared_datum(real_datum(attribute.f()));
    case onnx::AttributeProto::STRING: return shared_datum(text_datum(attribute.s()));
    case onnx::AttributeProto::INTS: return shared_list(attribute.ints(), whole_datum);
    case onnx::AttributeProto::FLOATS: return shared_list(attribute.floats(), real_datum);
    case onnx::AttributeProto::STRINGS: return shared_list(attribute.strings(), text_datum);
    default: return nullptr;
  }
}

}  // namespace

std::optional<std::int64_t> schema_since_version(const std::string& op, const std::string& domain, std::int64_t opset) {
  const onnx::OpSchema* schema = find_schema(op, domain, opset);
  if (schema == nullptr) return std::nullopt;
  return schema->SinceVersion();
}

std::shared_ptr<const Datum> schema_attribute_default(const std::string& op, const std::string& domain,
                                                      std::int64_t since_version, const std::string& attribute) {
  const onnx::OpSchema* schema = find_schema(op, domain, since_version);
  if (schema == nullptr) return nullptr;
  const auto found = schema->attributes().find(attribute);
  return found == schema->attributes().end() ? nullptr : datum_from(found->second.default_value);
}

std::vector<SchemaFacts> schema_versions(const std::string& op, const std::string& domain) {
  std::vector<SchemaFacts> out;
  const onnx::OpSchema* schema = find_newest_schema(op, domain);
  while (schema != nullptr) {
    SchemaFacts facts;
    facts.since_version = schema->SinceVersion();
    facts.deprecated = schema->Deprecated();
    facts.min_inputs = schema->min_input();
    facts.max_inputs = schema->max_input();
    facts.min_outputs = schema->min_output();
    facts.max_outputs = schema->max_output();
    for (const auto& entry : schema->attributes()) facts.attributes.push_back(entry.first);
    out.push_back(std::move(facts));
    schema = out.back().since_version > 1 ? find_schema(op, domain, out.back().since_version - 1) : nullptr;
  }
  std::ranges::reverse(out);
  return out;
}

}  // namespace costscan
