#include "data_lint/vector_case.hpp"

#include <fmt/core.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string_view>

#include "costs/fast_memory.hpp"
#include "costs/node_view.hpp"

namespace costscan::vectors {
namespace {

/// Thrown while reading a case and caught where the case begins.
struct BadCase : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::string trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \n");
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(" \n") - begin + 1));
}

KnownValue read_value(const std::string& text, DType dtype, const Shape& dims) {
  KnownValue value;
  value.dtype = dtype;
  value.dims = dims;
  const YAML::Node node = YAML::Load(text);
  std::vector<YAML::Node> items;
  if (node.IsSequence()) {
    for (const auto& item : node) items.push_back(item);
  } else {
    items.push_back(node);
  }
  for (const YAML::Node& item : items) {
    if (is_floating(dtype)) {
      value.floats.push_back(item.as<double>());
    } else if (dtype == DType::string) {
      value.strings.push_back(item.as<std::string>());
    } else if (dtype == DType::boolean) {
      value.ints.push_back(item.as<bool>() ? 1 : 0);
    } else {
      value.ints.push_back(item.as<std::int64_t>());
    }
  }
  std::int64_t wanted = 1;
  for (const std::int64_t dim : dims) wanted *= dim;
  if (wanted != static_cast<std::int64_t>(items.size()))
    throw BadCase(fmt::format("'{}' does not fill the shape", text));
  return value;
}

Shape read_dims(const std::string& text, bool& unknown) {
  Shape dims;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t comma = std::min(text.find(',', begin), text.size());
    const std::string dim = trimmed(text.substr(begin, comma - begin));
    begin = comma + 1;
    if (dim == "?") {
      unknown = true;
    } else if (dim.empty() || dim.find_first_not_of("0123456789") != std::string::npos) {
      throw BadCase(fmt::format("'{}' is no dimension", dim));
    } else {
      dims.push_back(std::stoll(dim));
    }
  }
  return dims;
}

constexpr std::array<std::pair<std::string_view, TypeKind>, 3> containers{
    {{"seq(", TypeKind::sequence}, {"map(", TypeKind::map}, {"optional(", TypeKind::optional}}};

/// "float32[1,128] const" and the other forms of the README.
TensorSpec read_tensor(const std::string& name, const std::string& written) {
  TensorSpec spec;
  spec.name = name;
  std::string text = trimmed(written);
  if (text == "omitted") {
    spec.omitted = true;
    return spec;
  }
  if (text.starts_with("=")) {
    spec.same_as = trimmed(text.substr(1));
    return spec;
  }
  for (const auto& [prefix, kind] : containers) {
    if (!text.starts_with(prefix) || !text.ends_with(")")) continue;
    spec = read_tensor(name, text.substr(prefix.size(), text.size() - prefix.size() - 1));
    spec.kind = kind;
    return spec;
  }
  const std::size_t open = text.find('[');
  const std::size_t close = text.find(']', open);
  if (open == std::string::npos || close == std::string::npos) throw BadCase(fmt::format("'{}' is no tensor", text));
  const auto dtype = dtype_from_string(text.substr(0, open));
  if (!dtype) throw BadCase(fmt::format("'{}' is no dtype", text.substr(0, open)));
  spec.dtype = *dtype;
  bool unknown = false;
  const Shape dims = read_dims(text.substr(open + 1, close - open - 1), unknown);
  if (!unknown) spec.shape = dims;
  const std::string rest = trimmed(text.substr(close + 1));
  if (rest == "const") {
    spec.constant = true;
  } else if (rest == "bound") {
    spec.data_dependent = true;
  } else if (rest.starts_with("=") || rest.starts_with("~")) {
    spec.constant = rest.starts_with("=");
    spec.value = read_value(rest.substr(1), spec.dtype, dims);
  } else if (!rest.empty()) {
    throw BadCase(fmt::format("'{}' after the shape is not understood", rest));
  }
  return spec;
}

std::vector<TensorSpec> read_tensors(const YAML::Node& node) {
  std::vector<TensorSpec> out;
  for (const auto& entry : node) {
    const auto name = entry.first.as<std::string>();
    if (std::ranges::find(out, name, &TensorSpec::name) != out.end())
      throw BadCase("tensor '" + name + "' stands twice");
    out.push_back(read_tensor(name, entry.second.as<std::string>()));
  }
  return out;
}

bool is_plain(const YAML::Node& scalar) { return scalar.Tag() != "!"; }  // "!" marks quotes

bool as_int(const YAML::Node& node, std::int64_t& out) {
  return node.IsScalar() && is_plain(node) && YAML::convert<std::int64_t>::decode(node, out);
}
bool as_float(const YAML::Node& node, float& out) {
  return node.IsScalar() && is_plain(node) && YAML::convert<float>::decode(node, out);
}

AttributeValue read_attribute_list(const YAML::Node& node) {
  std::vector<std::int64_t> ints;
  std::vector<float> floats;
  std::vector<std::string> strings;
  for (const auto& item : node) {
    std::int64_t whole = 0;
    float real = 0;
    if (as_int(item, whole)) ints.push_back(whole);
    if (as_float(item, real)) floats.push_back(real);
    strings.push_back(item.as<std::string>());
  }
  if (strings.empty()) throw BadCase("write {ints: []}, {floats: []} or {strings: []} for an empty list");
  if (ints.size() == strings.size()) return ints;
  if (floats.size() == strings.size()) return floats;
  return strings;
}

AttributeValue read_attribute(const YAML::Node& node) {
  std::int64_t whole = 0;
  float real = 0;
  if (as_int(node, whole)) return whole;
  if (as_float(node, real)) return real;
  if (node.IsScalar()) return node.Scalar();
  if (node.IsSequence()) return read_attribute_list(node);
  if (node["ints"]) return node["ints"].as<std::vector<std::int64_t>>();
  if (node["floats"]) return node["floats"].as<std::vector<float>>();
  if (node["strings"]) return node["strings"].as<std::vector<std::string>>();
  if (!node["tensor"]) throw BadCase("an attribute is not understood");
  const TensorSpec spec = read_tensor("", node["tensor"].as<std::string>());
  Tensor tensor;
  tensor.dtype = spec.dtype;
  tensor.dims = spec.shape.value_or(Shape{});
  return tensor;
}

/// "8*2*128": an expression of literals in the cost language.
std::int64_t read_number(const std::string& what, const YAML::Node& node) {
  const auto expression = parse_expression(node.as<std::string>());
  if (!expression) throw BadCase(fmt::format("{}: {}", what, expression.error()));
  const Program program;
  const Scope scope;
  const Node nothing;
  NodeView view(program, scope, nothing);
  const Evaluated value = view.evaluate(*expression);
  if (!value) throw BadCase(fmt::format("{}: {}", what, value.error()));
  const auto* number = std::get_if<Rational>(&value->value);
  if (number == nullptr || !is_integer(*number)) throw BadCase(what + " is no whole number");
  return number->numerator;
}

constexpr std::array<std::string_view, 8> number_names{"flops",      "macs",        "transcendentals",  "int_ops",
                                                       "read_bytes", "write_bytes", "compulsory_bytes", "weight_bytes"};

Numbers read_numbers(const YAML::Node& node) {
  Numbers out;
  for (const auto& entry : node) {
    const auto key = entry.first.as<std::string>();
    if (std::ranges::find(number_names, key) == number_names.end()) throw BadCase("unknown number '" + key + "'");
    out.emplace_back(key, read_number(key, entry.second));
  }
  return out;
}

std::vector<ExpectedKernel> read_kernels(const YAML::Node& node) {
  std::vector<ExpectedKernel> out;
  if (node.IsSequence()) {
    for (const auto& name : node) out.push_back({name.as<std::string>(), {}});
  } else {
    for (const auto& entry : node) out.push_back({entry.first.as<std::string>(), read_numbers(entry.second)});
  }
  return out;
}

void read_expectation(Case& out, const std::string& key, const YAML::Node& value) {
  if (std::ranges::find(number_names, key) != number_names.end()) {
    out.expected.emplace_back(key, read_number(key, value));
  } else if (key == "kernels") {
    out.kernels = read_kernels(value);
  } else if (key == "view") {
    out.view = value.as<bool>();
  } else if (key == "unknown_reason") {
    out.unknown_reason = value.as<std::string>();
    out.trust = Trust::unknown;
  } else if (key == "trust") {
    for (const Trust trust : {Trust::exact, Trust::approximate, Trust::upper_bound, Trust::unknown}) {
      if (value.as<std::string>() ==
          std::array{"exact", "approximate", "upper_bound", "unknown"}[static_cast<std::size_t>(trust)]) {
        out.trust = trust;
      }
    }
    if (!out.trust) throw BadCase("trust '" + value.as<std::string>() + "' is not known");
  } else {
    throw BadCase("unknown expectation '" + key + "'");
  }
}

void read_field(Case& out, const std::string& key, const YAML::Node& value) {
  if (key == "name") {
    out.name = value.as<std::string>();
  } else if (key == "op") {
    out.op = value.as<std::string>();
  } else if (key == "domain") {
    out.domain = value.as<std::string>();
    if (out.domain == "ai.onnx") out.domain.clear();
  } else if (key == "fast_memory") {
    const auto bytes = parse_size(value.as<std::string>());
    if (!bytes) throw BadCase(bytes.error().message);
    out.fast_memory = *bytes;
  } else if (key == "opset") {
    out.opset = value.as<std::int64_t>();
  } else if (key == "infer") {
    out.infer = value.as<bool>();
  } else if (key == "inputs") {
    out.inputs = read_tensors(value);
  } else if (key == "outputs") {
    out.outputs = read_tensors(value);
  } else if (key == "attrs") {
    for (const auto& entry : value) {
      out.attributes.push_back({entry.first.as<std::string>(), read_attribute(entry.second), {}, 0});
    }
  } else if (key == "expect") {
    for (const auto& entry : value) read_expectation(out, entry.first.as<std::string>(), entry.second);
  } else {
    throw BadCase("unknown key '" + key + "'");
  }
}

Case read_case(const std::string& file, const YAML::Node& node) {
  Case out;
  out.file = file;
  out.line = node.Mark().line + 1;
  try {
    if (!node.IsMap()) throw BadCase("a case must be a mapping");
    for (const auto& entry : node) read_field(out, entry.first.as<std::string>(), entry.second);
    if (out.name.empty() || out.op.empty()) throw BadCase("a case needs name and op");
    if (out.outputs.empty()) throw BadCase("a case needs outputs");
    const bool nothing = out.expected.empty() && !out.kernels && !out.view && !out.trust;
    if (nothing) throw BadCase("a case needs something to expect");
  } catch (const std::exception& error) {
    out.error = error.what();
  }
  return out;
}

}  // namespace

std::vector<Case> parse_cases(const std::string& file, const std::string& text) {
  std::vector<Case> cases;
  try {
    const YAML::Node root = YAML::Load(text);
    if (!root.IsSequence()) throw BadCase("the file must be a list of cases");
    for (const auto& node : root) cases.push_back(read_case(file, node));
  } catch (const std::exception& problem) {
    Case bad;
    bad.file = file;
    bad.name = "unreadable";
    bad.error = problem.what();
    cases.push_back(std::move(bad));
  }
  return cases;
}

std::vector<Case> read_cases(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  std::vector<Case> cases;
  for (const auto& path : files) {
    std::ifstream stream(path);
    const std::string text(std::istreambuf_iterator<char>(stream), {});
    for (Case& each : parse_cases(path.stem(), text)) cases.push_back(std::move(each));
  }
  return cases;
}

}  // namespace costscan::vectors
