// What formulas can ask of a node: shapes, types, contents, attributes.
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <utility>

#include "costs/node_view.hpp"
#include "model/checked_math.hpp"

namespace costscan {
namespace {

tl::unexpected<std::string> no_value_because(std::string why) { return tl::unexpected<std::string>(std::move(why)); }

constexpr std::int64_t text_in_place = 15;

Datum whole(std::int64_t number) { return Datum{Rational{number, 1}}; }

/// Numbers from a file may exceed what formulas can hold (INT64_MAX as "to the end").
Evaluated whole_checked(std::int64_t number) {
  const auto rational = make_rational(number);
  if (!rational) return no_value_because(fmt::format("{} is beyond 2^62", number));
  return Datum{*rational};
}

template <class T, class Convert>
Evaluated each(const std::vector<T>& items, Convert convert) {
  std::vector<Datum> out;
  out.reserve(items.size());
  for (const T& item : items) {
    Evaluated converted = convert(item);
    if (!converted) return converted;
    out.push_back(std::move(*converted));
  }
  return Datum{std::move(out)};
}

Evaluated real(double number) {
  const auto rational = rational_from(number);
  if (!rational) return no_value_because(fmt::format("{} is not a number that formulas can hold", number));
  return Datum{*rational};
}

Evaluated text(const std::string& value) { return Datum{value}; }

struct AttributeReader {
  Evaluated operator()(float number) const { return real(static_cast<double>(number)); }
  Evaluated operator()(std::int64_t number) const { return whole_checked(number); }
  Evaluated operator()(const std::string& value) const { return text(value); }
  Evaluated operator()(const std::vector<float>& list) const {
    return each(list, [](float number) { return real(static_cast<double>(number)); });
  }
  Evaluated operator()(const std::vector<std::int64_t>& list) const { return each(list, whole_checked); }
  Evaluated operator()(const std::vector<std::string>& list) const { return each(list, text); }
  template <class Other>
  Evaluated operator()(const Other&) const {
    return no_value_because("is no number, text or list of those");
  }
};

}  // namespace

std::size_t NodeView::bound_count(std::int32_t formal) const noexcept {
  const auto index = static_cast<std::size_t>(formal);
  const bool input = index < program_.input_count;
  const std::vector<ValueId>& values = input ? node_.inputs : node_.outputs;
  const std::size_t first = input ? index : index - program_.input_count;
  if (first >= values.size()) return 0;
  if (program_.formals[index].variadic) return values.size() - first;
  return values[first] == no_value ? 0 : 1;
}

ValueId NodeView::bound_value(std::int32_t formal, std::size_t position) const noexcept {
  const auto index = static_cast<std::size_t>(formal);
  const bool input = index < program_.input_count;
  const std::vector<ValueId>& values = input ? node_.inputs : node_.outputs;
  const std::size_t at = (input ? index : index - program_.input_count) + position;
  return at < values.size() ? values[at] : no_value;
}

const TensorInfo& NodeView::info(ValueId value) const {
  static const TensorInfo unknown;
  const auto index = static_cast<std::size_t>(value);
  return index < scope_.tensors.size() ? scope_.tensors[index] : unknown;
}

const std::string& NodeView::value_name(ValueId value) const {
  return scope_.graph->values[static_cast<std::size_t>(value)].name;
}

tl::expected<const Shape*, std::string> NodeView::shape(ValueId value) {
  const TensorInfo& tensor = info(value);
  if (!tensor.shape) {
    const char* what =
        tensor.kind == TypeKind::sequence || tensor.kind == TypeKind::map ? "is no tensor" : "is unknown";
    return no_value_because(fmt::format("shape of '{}' {}", value_name(value), what));
  }
  if (tensor.data_dependent) trust_ = std::max(trust_, Trust::upper_bound);
  return &*tensor.shape;
}

tl::expected<std::int64_t, std::string> NodeView::tensor_bytes(ValueId value) {
  const auto dims = shape(value);
  if (!dims) return no_value_because(dims.error());
  const DType dtype = info(value).dtype;
  const auto elements = element_count(**dims);
  if (dtype == DType::string) return text_bytes(value, elements);
  if (bits_per_element(dtype) == 0)
    return no_value_because(fmt::format("'{}' has an unknown dtype", value_name(value)));
  const auto bytes = elements ? packed_bytes(*elements, dtype) : std::nullopt;
  if (!bytes || *bytes > rational_limit) {
    return no_value_because(fmt::format("size of '{}': overflow beyond 2^62", value_name(value)));
  }
  return *bytes;
}

/// A text is an object of fixed size that holds short texts in place; known longer ones add their characters.
tl::expected<std::int64_t, std::string> NodeView::text_bytes(ValueId value, std::optional<std::int64_t> elements) {
  trust_ = std::max(trust_, Trust::approximate);
  auto bytes = elements ? checked_mul(*elements, text_object_bytes) : std::nullopt;
  const auto& known = info(value).value;
  if (bytes && known != nullptr) {
    for (const std::string& text : known->strings) {
      const auto size = static_cast<std::int64_t>(text.size());
      if (bytes && size > text_in_place) bytes = checked_add(*bytes, size);
    }
  }
  if (!bytes || *bytes > rational_limit) {
    return no_value_because(fmt::format("size of '{}': overflow beyond 2^62", value_name(value)));
  }
  return *bytes;
}

/// Characters of a tensor of texts; where the contents are not known, as many as each text object holds in place.
Evaluated NodeView::characters(ValueId value) {
  const auto& known = info(value).value;
  if (known != nullptr && !known->strings.empty()) {
    std::int64_t sum = 0;
    for (const std::string& text : known->strings) sum += static_cast<std::int64_t>(text.size());
    return whole_checked(sum);
  }
  const auto dims = shape(value);
  if (!dims) return no_value_because(dims.error());
  trust_ = std::max(trust_, Trust::approximate);
  const auto elements = element_count(**dims);
  const auto count = elements ? checked_mul(*elements, text_in_place) : std::nullopt;
  if (!count) return no_value_because(fmt::format("characters of '{}': overflow beyond 2^62", value_name(value)));
  return whole_checked(*count);
}

/// The tensor that an accessor's first argument names; no_value where it is not given.
tl::expected<ValueId, std::string> NodeView::tensor(const Expression& expression) {
  const Expression& named = expression.op == Op::index ? expression.args[0] : expression;
  if (named.place == Place::unresolved) return no_value_because(fmt::format("no input or output '{}'", named.name));
  if (expression.op == Op::index) {
    const Expression& list = expression.args[0];
    if (list.place != Place::formal) return no_value_because(in_formula("not a list of tensors", expression));
    const Number at = number(expression.args[1]);
    if (!at) return no_value_because(at.error());
    const auto count = static_cast<std::int64_t>(bound_count(list.target));
    const std::int64_t position = at->numerator < 0 ? at->numerator + count : at->numerator;
    if (!is_integer(*at) || position < 0 || position >= count) {
      return no_value_because(
          in_formula(fmt::format("no element {} in {} tensors", to_string(*at), count), expression));
    }
    return bound_value(list.target, static_cast<std::size_t>(position));
  }
  if (expression.place == Place::local) {
    const Local& local = locals_[static_cast<std::size_t>(expression.target)];
    if (local.formal < 0) return no_value_because(in_formula("a value is not a tensor", expression));
    return bound_value(local.formal, local.position);
  }
  return bound_value(expression.target);
}

Evaluated NodeView::accessor(const Expression& expression) {
  const Expression& named = expression.args[0];
  const bool whole_formal = named.op == Op::tensor && named.place == Place::formal;
  if (expression.function == Builtin::arity) {
    const auto given = whole_formal ? bound_count(named.target) : std::size_t{1};
    return whole(static_cast<std::int64_t>(given));
  }
  if (expression.function == Builtin::present && whole_formal) return Datum{bound_count(named.target) > 0};
  const auto found = tensor(named);
  if (!found) return no_value_because(found.error());
  const ValueId value = *found;
  if (expression.function == Builtin::present) return Datum{value != no_value};
  if (value == no_value) {
    switch (expression.function) {
      case Builtin::numel:
      case Builtin::chars:
      case Builtin::bytes: return whole(0);
      case Builtin::constant:
      case Builtin::known: return Datum{false};
      case Builtin::value:
        if (expression.args.size() == 2) return visit(expression.args[1]);
        break;
      default: break;
    }
    return no_value_because(in_formula(fmt::format("'{}' is not given at this node", print(named)), expression));
  }
  switch (expression.function) {
    case Builtin::constant: return Datum{info(value).constant};
    case Builtin::known: return Datum{info(value).value != nullptr};
    case Builtin::value: return contents(expression, value);
    case Builtin::dtype: return Datum{std::string(to_string(info(value).dtype))};
    case Builtin::bits:
    case Builtin::elem: {
      int bits = bits_per_element(info(value).dtype);
      if (info(value).dtype == DType::string) {
        trust_ = std::max(trust_, Trust::approximate);
        bits = text_object_bytes * 8;
      }
      if (bits == 0) return no_value_because(fmt::format("'{}' has no element of known size", value_name(value)));
      const auto size = make_rational(bits, expression.function == Builtin::elem ? 8 : 1);
      return Datum{size.value_or(Rational{})};
    }
    case Builtin::bytes: {
      const auto bytes = tensor_bytes(value);
      if (!bytes) return no_value_because(bytes.error());
      return whole(*bytes);
    }
    case Builtin::chars: return characters(value);
    default: break;
  }
  const auto dims = shape(value);
  if (!dims) return no_value_because(dims.error());
  switch (expression.function) {
    case Builtin::rank: return whole(static_cast<std::int64_t>((*dims)->size()));
    case Builtin::dims: return each(**dims, whole_checked);
    case Builtin::numel: {
      const auto count = element_count(**dims);
      if (!count) return no_value_because(fmt::format("elements of '{}': overflow beyond 2^62", value_name(value)));
      return whole_checked(*count);
    }
    default: break;  // dim
  }
  const Number at = number(expression.args[1]);
  if (!at) return no_value_because(at.error());
  const auto rank = static_cast<std::int64_t>((*dims)->size());
  const std::int64_t axis = at->numerator < 0 ? at->numerator + rank : at->numerator;
  if (!is_integer(*at) || axis < 0 || axis >= rank) {
    return no_value_because(
        in_formula(fmt::format("'{}' of rank {} has no axis {}", value_name(value), rank, to_string(*at)), expression));
  }
  return whole_checked((**dims)[static_cast<std::size_t>(axis)]);
}

Evaluated NodeView::contents(const Expression& expression, ValueId value) {
  const auto& known = info(value).value;
  if (known == nullptr) {
    if (expression.args.size() < 2)
      return no_value_because(fmt::format("contents of '{}' are not known", value_name(value)));
    trust_ = std::max(trust_, Trust::approximate);
    return visit(expression.args[1]);
  }
  if (!known->strings.empty()) return each(known->strings, text);
  if (!known->floats.empty()) return each(known->floats, real);
  return each(known->ints, whole_checked);
}

Evaluated NodeView::attribute(const Expression& expression) {
  const Attribute* given = find_attribute(node_, expression.name);
  const bool usable = given != nullptr && !std::holds_alternative<std::monostate>(given->value);
  if (expression.function == Builtin::has_attr) return Datum{usable};
  if (usable) {
    Evaluated value = std::visit(AttributeReader{}, given->value);
    if (!value) return no_value_because(fmt::format("attribute '{}' {}", expression.name, value.error()));
    return value;
  }
  if (expression.fallback != nullptr) return *expression.fallback;
  if (!expression.args.empty()) return visit(expression.args[0]);
  return no_value_because(fmt::format("attribute '{}' is missing", expression.name));
}

/// Bytes of one element of a type that is given by its name.
Evaluated NodeView::element_size(const Expression& expression) {
  const Evaluated name = visit(expression.args[0]);
  if (!name) return name;
  const auto* written = std::get_if<std::string>(&name->value);
  const auto size = written == nullptr ? std::nullopt : size_of_type(*written);
  if (!size) return no_value_because(in_formula("needs a dtype's name such as 'float32'", expression));
  return Datum{*size};
}

/// Extents of the distinct labels of an Einsum equation (each position of an ellipsis is a label of its own).
Evaluated NodeView::label_sizes(const Expression& expression) {
  const Evaluated equation = visit(expression.args[1]);
  if (!equation) return equation;
  const auto* written = std::get_if<std::string>(&equation->value);
  if (written == nullptr) return no_value_because(in_formula("an equation must be a text", expression));
  if (expression.args[0].place != Place::formal)
    return no_value_because(in_formula("needs a list of tensors", expression));
  std::string operands = written->substr(0, written->find("->"));
  std::erase(operands, ' ');
  std::map<std::string, std::int64_t> sizes;
  std::size_t begin = 0;
  const std::size_t count = bound_count(expression.args[0].target);
  for (std::size_t operand = 0; operand < count; ++operand) {
    if (begin > operands.size()) return no_value_because(fmt::format("equation '{}' names too few operands", *written));
    const std::size_t comma = std::min(operands.find(',', begin), operands.size());
    const std::string labels = operands.substr(begin, comma - begin);
    begin = comma + 1;
    const auto dims = shape(bound_value(expression.args[0].target, operand));
    if (!dims) return no_value_because(dims.error());
    const std::size_t dots = labels.find("...");
    const std::size_t plain = labels.size() - (dots == std::string::npos ? 0 : 3);
    const std::size_t rank = (*dims)->size();
    if (rank < plain || (dots == std::string::npos && rank != plain)) {
      return no_value_because(fmt::format("equation '{}' does not fit operand {} of rank {}", *written, operand, rank));
    }
    std::size_t axis = 0;
    for (std::size_t at = 0; at < labels.size(); ++at) {
      if (at == dots) {
        // Broadcast axes align on the right: name them by their distance from there.
        for (std::size_t left = rank - plain; left > 0; --left) {
          std::int64_t& size = sizes[fmt::format("...{}", left)];
          size = std::max(size, (**dims)[axis++]);
        }
        at += 2;
      } else {
        std::int64_t& size = sizes[std::string(1, labels[at])];
        size = std::max(size, (**dims)[axis++]);
      }
    }
  }
  std::vector<Datum> out;
  out.reserve(sizes.size());
  for (const auto& [label, size] : sizes) {
    Evaluated extent = whole_checked(size);
    if (!extent) return extent;
    out.push_back(std::move(*extent));
  }
  return Datum{std::move(out)};
}

}  // namespace costscan
