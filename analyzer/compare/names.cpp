// Pairs of tensors that both models call by the same name, and how far such names can be believed.
#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

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
  bool derived = false;  ///< not the same name, but one made of it
};

/// The tensor of that name; where there is none, the one that a quantising tool put in its place.
LineageTensor find_named(const Lineage& lineage, const std::string& name) {
  static constexpr std::string_view quantized = "_quantized";
  if (const auto found = lineage.by_name.find(name); found != lineage.by_name.end()) return found->second;
  const auto with = lineage.by_name.find(name + std::string(quantized));
  if (with != lineage.by_name.end()) return with->second;
  if (!name.ends_with(quantized)) return no_tensor;
  const auto without = lineage.by_name.find(name.substr(0, name.size() - quantized.size()));
  return without == lineage.by_name.end() ? no_tensor : without->second;
}

/// In the order of A's tensors, so that results do not hang on a hash; equal names before derived ones.
std::vector<NamedPair> same_names(const Side& a, const Side& b) {
  std::vector<NamedPair> out;
  for (const auto& [name, tensor] : a.lineage.by_name) {
    const LineageTensor found = find_named(b.lineage, name);
    if (found != no_tensor) out.push_back({tensor, found, is_numbered(name), !b.lineage.by_name.contains(name)});
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
  std::ranges::sort(out, {}, [](const NamedPair& pair) { return std::pair(pair.derived, pair.a); });
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

/// Operators that read a tensor, in order of their names.
std::vector<std::string_view> reader_ops(const Side& side, LineageTensor tensor) {
  std::vector<std::string_view> out;
  for (const UnitId unit : side.readers(tensor)) out.emplace_back(side.op_type(unit));
  std::ranges::sort(out);
  return out;
}

/// The tensor of `side` whose contents the other model's `twin` of `tensor` has; `tensor` where nothing was folded.
LineageTensor behind_folded(const Side& side, LineageTensor tensor, const Side& other, LineageTensor twin) {
  const std::vector<std::string_view> wanted = reader_ops(other, twin);
  LineageTensor at = tensor;
  while (reader_ops(side, at) != wanted) {
    if (side.readers(at).size() != 1 || std::ranges::find(side.outputs, at) != side.outputs.end()) return tensor;
    const Unit& reader = side.unit(side.readers(at).front());
    const bool folds = reader.inputs.size() > 1 && reader.outputs.size() == 1 &&
                       std::ranges::all_of(reader.inputs, [&](LineageTensor input) {
                         return input == at || side.tensor(input).constant;
                       });
    if (!folds || other.lineage.by_name.contains(side.tensor(reader.outputs.front()).name)) return tensor;
    at = reader.outputs.front();
  }
  return at;
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

MadePair past_folded(const Side& a, const Side& b, MadePair pair) {
  const UnitId made_a = a.producer(pair.a);
  const UnitId made_b = b.producer(pair.b);
  if (made_a < 0 || made_b < 0 || a.op_type(made_a) != b.op_type(made_b)) return pair;
  const LineageTensor moved = behind_folded(a, pair.a, b, pair.b);
  if (moved != pair.a) return {moved, pair.b};
  return {pair.a, behind_folded(b, pair.b, a, pair.a)};
}

void match_names(const Side& a, const Side& b, TensorMatch& match) {
  const std::vector<NamedPair> pairs = same_names(a, b);
  const bool numbers = numbers_are_trusted(a, b, pairs);
  for (const NamedPair& pair : pairs) {
    if (pair.numbered && !numbers) continue;
    const MadePair made = past_folded(a, b, {pair.a, pair.b});
    match.pair(made.a, made.b, FoundBy::output_name);
  }
  match_node_names(a, b, match);
  match_in_order(a.inputs, b.inputs, match);
  match_in_order(a.outputs, b.outputs, match);
}

}  // namespace costscan
