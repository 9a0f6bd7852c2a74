#include "data_lint/data_cases.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "costs/lint.hpp"
#include "embedded/vectors.hpp"

namespace costscan {
namespace {

using Sizes = std::map<std::string, std::int64_t>;

/// "B" or "64"; nullopt for an expression, and where there are more names than sizes.
std::optional<std::int64_t> size_of_dim(const std::string& dim, Sizes& sizes) {
  // Even, because heads and groups divide them; else prime to each other, so that none stands for another.
  constexpr std::array<std::int64_t, 8> usual{4, 6, 10, 14, 22, 26, 34, 38};
  constexpr std::size_t most_digits = 15;
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  if (dim.empty() || !std::ranges::all_of(dim, letter)) return std::nullopt;
  if (dim.find_first_not_of("0123456789") == std::string::npos) {
    return dim.size() > most_digits ? std::nullopt : std::optional<std::int64_t>(std::stoll(dim));
  }
  const auto known = sizes.find(dim);
  if (known != sizes.end()) return known->second;
  if (sizes.size() == usual.size()) return std::nullopt;
  return sizes.emplace(dim, usual.at(sizes.size())).first->second;
}

/// "float32[B,S,H]".
std::optional<vectors::TensorSpec> sized_tensor(const std::string& name, const std::string& type, Sizes& sizes) {
  const std::size_t open = type.find('[');
  if (open == std::string::npos || !type.ends_with(']')) return std::nullopt;
  const auto dtype = dtype_from_string(std::string_view(type).substr(0, open));
  if (!dtype) return std::nullopt;
  vectors::TensorSpec out;
  out.name = name;
  out.dtype = *dtype;
  out.shape.emplace();
  std::string dims = type.substr(open + 1, type.size() - open - 2);
  std::erase(dims, ' ');
  while (!dims.empty()) {
    const std::size_t comma = std::min(dims.find(','), dims.size());
    const auto size = size_of_dim(dims.substr(0, comma), sizes);
    if (!size) return std::nullopt;
    out.shape->push_back(*size);
    dims.erase(0, comma + 1);
  }
  return out;
}

std::optional<vectors::Case> example_case(const LintedOp& op) {
  if (op.example.empty() || op.outputs.empty()) return std::nullopt;
  vectors::Case out;
  out.file = op.path;
  out.name = "example";
  out.op = op.op;
  out.domain = op.domain;
  Sizes sizes;
  for (const std::string& input : op.inputs) {
    const auto described = std::ranges::find(op.example, input, &std::pair<std::string, std::string>::first);
    if (described == op.example.end()) {
      vectors::TensorSpec none;
      none.name = input;
      none.omitted = true;
      out.inputs.push_back(std::move(none));
      continue;
    }
    auto spec = sized_tensor(input, described->second, sizes);
    if (!spec) return std::nullopt;
    out.inputs.push_back(std::move(*spec));
  }
  while (!out.inputs.empty() && out.inputs.back().omitted) out.inputs.pop_back();
  for (const std::string& output : op.outputs) {
    vectors::TensorSpec spec;
    spec.name = std::ranges::find(op.inputs, output) == op.inputs.end() ? output : output + " (result)";
    out.outputs.push_back(std::move(spec));
  }
  return out;
}

}  // namespace

std::vector<vectors::Case> builtin_cases() {
  std::vector<vectors::Case> out;
  for (const embedded::File& file : embedded::vectors()) {
    const std::string name(file.path.substr(0, file.path.rfind('.')));
    for (vectors::Case& each : vectors::parse_cases(name, std::string(file.bytes))) out.push_back(std::move(each));
  }
  return out;
}

std::vector<vectors::Case> example_cases(const CostLibrary& library) {
  std::vector<vectors::Case> out;
  for (const LintedOp& op : linted_ops(library)) {
    if (auto each = example_case(op)) out.push_back(std::move(*each));
  }
  return out;
}

}  // namespace costscan
