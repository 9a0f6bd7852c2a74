#include "shapes/value_rules.hpp"

namespace costscan {

ValueRule value_rule(std::string_view op_type) {
  for (const auto table : {movement_rule, elementwise_rule, indexing_rule, reduce_rule}) {
    if (const ValueRule rule = table(op_type)) return rule;
  }
  return nullptr;
}

std::optional<std::vector<std::int64_t>> ints_operand(const NodeInputs& node, std::size_t index,
                                                      std::string_view attribute, bool* absent) {
  *absent = false;
  if (node.input(index) != nullptr) {
    const KnownValue* contents = node.contents(index);
    if (contents == nullptr || (contents->ints.empty() && contents->dims != Shape{0})) return std::nullopt;
    return contents->ints;
  }
  if (const auto* ints = ints_attribute(node.node, attribute)) return *ints;
  *absent = true;
  return std::vector<std::int64_t>{};
}

}  // namespace costscan
