// Pairs of tensors that both models call by the same name, and how far such names can be believed.
#include <algorithm>
#include <cctype>
#include <string_view>
#include <unordered_map>

#include "compare/match.hpp"

namespace costscan {
namespace {

/// "123", "onnx::MatMul_741", "val_12": numbered by an exporter, so that another export may give it to another tensor.
bool is_numbered(std::string_view name) {
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name.back())) != 0 &&
         name.find('/') == std::string_view::npos && name.find('.') == std::string_view::npos;
}

struct NamedPair {
  LineageTensor a = no_tensor;
  LineageTensor b = no_tensor;
  bool numbered = false;
};

/// In the order of A's tensors, so that results do not hang on a hash.
std::vector<NamedPair> same_names(const Side& a, const Side& b) {
  std::vector<NamedPair> out;
  for (const auto& [name, tensor] : a.lineage.by_name) {
    const auto found = b.lineage.by_name.find(name);
    if (found != b.lineage.by_name.end()) out.push_back({tensor, found->second, is_numbered(name)});
  }
  // Calls of functions in file order, where there are as many.
  const auto& calls_a = a.lineage.calls;
  const auto& calls_b = b.lineage.calls;
  for (std::size_t i = 0; i < calls_a.size() && calls_a.size() == calls_b.size(); ++i) {
    for (const auto& [name, tensor] : calls_a[i].tensors) {
      const auto found = calls_b[i].tensors.find(name);
      if (found != calls_b[i].tensors.end()) out.push_back({tensor, found->second, is_numbered(name)});
    }
  }
  std::ranges::sort(out, {}, &NamedPair::a);
  return out;
}

/// Numbers that mean the same nearly always stand for tensors of the same shape; shifted ones do not.
bool numbers_are_trusted(const Side& a, const Side& b, const std::vector<NamedPair>& pairs) {
  std::int64_t known = 0;
  std::int64_t agreeing = 0;
  for (const NamedPair& pair : pairs) {
    const SideTensor& left = a.tensor(pair.a);
    const SideTensor& right = b.tensor(pair.b);
    if (!pair.numbered || !left.shape || !right.shape) continue;
    ++known;
    if (*left.shape == *right.shape) ++agreeing;
  }
  return agreeing * 20 >= known * 19;
}

void match_in_order(const std::vector<LineageTensor>& a, const std::vector<LineageTensor>& b, TensorMatch& match) {
  if (a.size() != b.size()) return;
  for (std::size_t i = 0; i < a.size(); ++i) match.pair(a[i], b[i], FoundBy::structure);
}

void match_node_names(const Side& a, const Side& b, TensorMatch& match) {
  std::vector<std::pair<UnitId, UnitId>> pairs;
  for (const auto& [name, units] : a.lineage.unit_by_node_name) {
    const auto found = b.lineage.unit_by_node_name.find(name);
    if (found == b.lineage.unit_by_node_name.end() || is_numbered(name)) continue;
    if (units.size() != 1 || found->second.size() != 1) continue;
    if (a.op_type(units.front()) == b.op_type(found->second.front())) {
      pairs.emplace_back(units.front(), found->second.front());
    }
  }
  std::ranges::sort(pairs);
  for (const auto& [left, right] : pairs) match.pair_outputs(left, right, FoundBy::node_name);
}

}  // namespace

void match_names(const Side& a, const Side& b, TensorMatch& match) {
  const std::vector<NamedPair> pairs = same_names(a, b);
  const bool numbers = numbers_are_trusted(a, b, pairs);
  for (const NamedPair& pair : pairs) {
    if (pair.numbered && !numbers) continue;
    match.pair(pair.a, pair.b, FoundBy::output_name);
  }
  match_node_names(a, b, match);
  match_in_order(a.inputs, b.inputs, match);
  match_in_order(a.outputs, b.outputs, match);
}

}  // namespace costscan
