// ai.onnx.ml operators whose schema has no complete inference function, and the optimisers of
// ai.onnx.preview.training. Source: ONNX's operator documentation, checked by runs of ONNX Runtime.
#include <algorithm>
#include <unordered_map>

#include "model/checked_math.hpp"
#include "shapes/elements.hpp"
#include "shapes/own_rules.hpp"

namespace costscan {
namespace {

/// Rows of samples: a vector is one sample.
std::int64_t samples(const Shape& x) { return x.size() < 2 ? 1 : x[0]; }

template <class T>
const std::vector<T>* list_attribute(const Node& node, std::string_view name) {
  const Attribute* attribute = find_attribute(node, name);
  return attribute != nullptr ? std::get_if<std::vector<T>>(&attribute->value) : nullptr;
}

template <class T>
std::int64_t length_of(const Node& node, std::string_view name) {
  const auto* list = list_attribute<T>(node, name);
  return list != nullptr ? static_cast<std::int64_t>(list->size()) : 0;
}

std::string_view text_attribute(const Node& node, std::string_view name, std::string_view absent) {
  const std::string* text = string_attribute(node, name);
  return text != nullptr ? std::string_view(*text) : absent;
}

RuleResult floats_like_first(const NodeInputs& node, SchemaInference&) {
  return Types{tensor_of(DType::float32, shape_of_operand(node, 0))};
}

/// The indices apply to the last axis; a vector counts as one row.
RuleResult array_feature_extractor(const NodeInputs& node, SchemaInference&) {
  Shape out = shape_of_operand(node, 0);
  const auto picked = element_count(std::span<const std::int64_t>(shape_of_operand(node, 1)));
  if (out.empty() || !picked) return tl::unexpected(std::string("the data is of rank 1 or more"));
  if (out.size() == 1) out.insert(out.begin(), 1);
  out.back() = *picked;
  return Types{tensor_of(dtype_of(node, 0), std::move(out))};
}

RuleResult feature_vectorizer(const NodeInputs& node, SchemaInference&) {
  const auto* widths = ints_attribute(node.node, "inputdimensions");
  std::int64_t total = 0;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const Shape& x = shape_of_operand(node, i);
    const bool stated = widths != nullptr && i < widths->size();
    if (!stated && x.empty()) return Types{};
    const auto sum = checked_add(total, stated ? (*widths)[i] : x.back());
    if (!sum) return tl::unexpected(std::string("the sum of the features leaves the 64-bit range"));
    total = *sum;
  }
  return Types{tensor_of(DType::float32, {samples(shape_of_operand(node, 0)), total})};
}

/// Version 1 maps texts to integers or back; its schema has no inference function.
RuleResult label_encoder(const NodeInputs& node, SchemaInference& schemas) {
  if (node.version == 1) {
    const DType other = dtype_of(node, 0) == DType::string ? DType::int64 : DType::string;
    return Types{tensor_of(other, shape_of_operand(node, 0))};
  }
  SchemaResult result = schemas.infer(node);
  if (!result.error.empty()) return tl::unexpected(std::move(result.error));
  Types out;
  for (InferredOutput& output : result.outputs) out.push_back(std::move(output.info));
  return out;
}

RuleResult linear_regressor(const NodeInputs& node, SchemaInference&) {
  const std::int64_t targets = int_attribute(node.node, "targets").value_or(1);
  return Types{tensor_of(DType::float32, {samples(shape_of_operand(node, 0)), targets})};
}

RuleResult svm_regressor(const NodeInputs& node, SchemaInference&) {
  return Types{tensor_of(DType::float32, {samples(shape_of_operand(node, 0)), 1})};
}

/// Scores are per class, except that support vectors without probabilities score every pair of classes (at least two).
RuleResult svm_classifier(const NodeInputs& node, SchemaInference&) {
  const std::int64_t texts = length_of<std::string>(node.node, "classlabels_strings");
  const std::int64_t classes =
      std::max<std::int64_t>(texts + length_of<std::int64_t>(node.node, "classlabels_ints"), 1);
  const bool by_vectors = length_of<std::int64_t>(node.node, "vectors_per_class") > 0;
  const bool probabilities = length_of<float>(node.node, "prob_a") > 0;
  const auto pairs = checked_mul(classes, classes - 1);
  if (!pairs) return tl::unexpected(std::string("the pairs of classes leave the 64-bit range"));
  const std::int64_t scores = by_vectors && !probabilities && classes > 2 ? *pairs / 2 : classes;
  const std::int64_t rows = samples(shape_of_operand(node, 0));
  return Types{tensor_of(texts > 0 ? DType::string : DType::int64, {rows}), tensor_of(DType::float32, {rows, scores})};
}

/// The value type of the map that operand 0 is.
RuleResult dict_vectorizer(const NodeInputs& node, SchemaInference&) {
  const std::int64_t words =
      length_of<std::string>(node.node, "string_vocabulary") + length_of<std::int64_t>(node.node, "int64_vocabulary");
  return Types{tensor_of(dtype_of(node, 0), {1, words})};
}

/// Dense: an element per entry, where their number is known. Sparse: `max_map` elements.
RuleResult cast_map(const NodeInputs& node, SchemaInference&) {
  const std::string_view to = text_attribute(node.node, "cast_to", "TO_FLOAT");
  TensorInfo out;
  out.kind = TypeKind::tensor;
  out.dtype = to == "TO_FLOAT" ? DType::float32 : to == "TO_STRING" ? DType::string : DType::int64;
  const TensorInfo* map = node.input(0);
  if (text_attribute(node.node, "map_form", "DENSE") == "SPARSE") {
    out.shape = Shape{1, std::max<std::int64_t>(int_attribute(node.node, "max_map").value_or(1), 0)};
  } else if (map != nullptr && map->shape && map->shape->size() == 1) {
    out.shape = Shape{1, map->shape->front()};
  }
  return Types{out};
}

/// A sequence of one map per row; a map's shape is its number of entries.
RuleResult zip_map(const NodeInputs& node, SchemaInference&) {
  const Shape& x = shape_of_operand(node, 0);
  if (x.empty() || x.size() > 2) return tl::unexpected(std::string("the values are of rank 1 or 2"));
  TensorInfo map = tensor_of(dtype_of(node, 0), {x.back()});
  map.kind = TypeKind::map;
  TensorInfo out = map;
  out.kind = TypeKind::sequence;
  if (samples(x) <= max_known_elements) {
    out.elements =
        std::make_shared<const std::vector<TensorInfo>>(static_cast<std::size_t>(samples(x)), std::move(map));
  }
  return Types{out};
}

/// (rate, step count, then `groups` tensors for each of the optimised ones, group by group): all but the gradients come
/// out anew, in the order tensors, then what is kept about them.
RuleResult optimised(const NodeInputs& node, std::size_t groups) {
  const std::size_t given = node.inputs.size() < 2 ? 0 : node.inputs.size() - 2;
  const std::size_t tensors = given / groups;
  if (given == 0 || given % groups != 0) {
    return tl::unexpected(std::string("the operands are not as many for each optimised tensor"));
  }
  Types out;
  for (std::size_t group = 0; group < groups; ++group) {
    for (std::size_t i = 0; group != 1 && i < tensors; ++i) {
      const std::size_t operand = 2 + group * tensors + i;
      out.push_back(tensor_of(dtype_of(node, operand), shape_of_operand(node, operand)));
    }
  }
  return out;
}

RuleResult three_groups(const NodeInputs& node, SchemaInference&) { return optimised(node, 3); }
RuleResult four_groups(const NodeInputs& node, SchemaInference&) { return optimised(node, 4); }

/// One gradient for each name in `xs`, like the operand that stands for it.
RuleResult gradient(const NodeInputs& node, SchemaInference&) {
  const auto* names = list_attribute<std::string>(node.node, "xs");
  Types out;
  for (std::size_t i = 0; names != nullptr && i < names->size(); ++i) {
    const TensorInfo* x = node.input(i);
    if (x == nullptr) return Types{};
    TensorInfo like = *x;
    like.value = nullptr;
    like.constant = false;
    out.push_back(std::move(like));
  }
  return out;
}

}  // namespace

const RuleEntry* ml_rule(std::string_view op_type) {
  static const std::unordered_map<std::string_view, RuleEntry> table{
      {"ArrayFeatureExtractor", {array_feature_extractor, 3}},
      {"FeatureVectorizer", {feature_vectorizer, 1}},
      {"LabelEncoder", {label_encoder, 1}},
      {"Imputer", {same_as_first, 1}},
      {"LinearRegressor", {linear_regressor, 1}},
      {"Normalizer", {floats_like_first, 1}},
      {"Scaler", {floats_like_first, 1}},
      {"SVMClassifier", {svm_classifier, 1}},
      {"SVMRegressor", {svm_regressor, 1}},
      {"DictVectorizer", {dict_vectorizer, 0}},
      {"CastMap", {cast_map, 0}},
      {"ZipMap", {zip_map, 1}},
  };
  const auto it = table.find(op_type);
  return it == table.end() ? nullptr : &it->second;
}

const RuleEntry* training_rule(std::string_view op_type) {
  static const std::unordered_map<std::string_view, RuleEntry> table{
      {"Adagrad", {three_groups, 4}},
      {"Adam", {four_groups, 4}},
      {"Momentum", {three_groups, 4}},
      {"Gradient", {gradient, 0}},
  };
  const auto it = table.find(op_type);
  return it == table.end() ? nullptr : &it->second;
}

}  // namespace costscan
