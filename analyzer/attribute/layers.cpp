#include "attribute/layers.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace costscan {
namespace {

using Rows = std::vector<std::int32_t>;

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

/// Original rows by every name that they may go by.
class Names {
 public:
  Names(const Analysis& analysis, const LayerNaming& naming) : analysis_(analysis) {
    for (std::size_t r = 0; r < analysis.nodes.size(); ++r) {
      const NodeRow& row = analysis.nodes[r];
      const auto index = static_cast<std::int32_t>(r);
      if (!row.node_name.empty()) {
        nodes_[row.node_name].push_back(index);
        if (!row.subgraph.empty()) nodes_[row.subgraph + "/" + row.node_name].push_back(index);
      }
      for (const TensorColumn& output : row.outputs) {
        if (output.present) outputs_[output.name].push_back(index);
      }
    }
    name_the_nameless(naming);
  }

  [[nodiscard]] const Rows* find(std::string_view name) const {
    const std::string key(name);
    for (const auto* table : {&nodes_, &outputs_, &made_up_}) {
      if (const auto found = table->find(key); found != table->end()) return &found->second;
    }
    return nullptr;
  }

 private:
  void name_the_nameless(const LayerNaming& naming) {
    std::int64_t runtime_index = 0;
    for (std::size_t r = 0; r < analysis_.nodes.size() && analysis_.nodes[r].scope_id == 0; ++r) {
      const NodeRow& row = analysis_.nodes[r];
      const bool constant = row.op_type == "Constant" && row.domain.empty();
      const std::int64_t index = naming.runtime_indices ? runtime_index : row.node_index;
      runtime_index += constant ? 0 : 1;
      if (!row.node_name.empty() || (constant && naming.runtime_indices)) continue;
      made_up_[row.op_type + "_" + std::to_string(index)].push_back(static_cast<std::int32_t>(r));
    }
  }

  const Analysis& analysis_;
  std::unordered_map<std::string, Rows> nodes_;
  std::unordered_map<std::string, Rows> outputs_;
  std::unordered_map<std::string, Rows> made_up_;
};

struct Range {
  std::int32_t first = -1;
  std::int32_t last = -1;
};

/// What one layer's name says.
struct Reading {
  Rows rows;
  std::vector<Range> ranges;
  std::size_t parts = 0;    ///< names in it
  std::size_t unknown = 0;  ///< of these, names that no original node has
  bool copy = false;        ///< moves a tensor for the layer that it names
};

class LayerReader {
 public:
  explicit LayerReader(const Names& names) : names_(names) {}

  Reading read(std::string_view layer) {
    reading_ = {};
    parts(without_copy(trimmed(layer)), 0);
    return std::move(reading_);
  }

 private:
  /// "Reformatting CopyNode for Input Tensor 0 to Conv_0 + Relu_1" is about Conv_0 + Relu_1.
  std::string_view without_copy(std::string_view layer) {
    constexpr std::array marks{std::string_view("Reformatting CopyNode for "), std::string_view("reformat ")};
    for (const std::string_view mark : marks) {
      if (!layer.starts_with(mark) || names_.find(layer) != nullptr) continue;
      const auto to = layer.find(" to ");
      if (to == std::string_view::npos) continue;
      reading_.copy = true;
      return trimmed(layer.substr(to + 4));
    }
    return layer;
  }

  /// The pieces between the separators at bracket depth 0. Longest runs of pieces are tried first, since an original
  /// name may contain a separator itself.
  void parts(std::string_view text, int depth) {
    if (add(text)) return;
    constexpr int deepest = 64;
    if (depth > deepest) return miss();
    const std::vector<std::string_view> pieces = split(text);
    if (pieces.size() < 2) return single(text, depth);
    for (std::size_t begin = 0; begin < pieces.size();) {
      const std::size_t length = longest_name(pieces, begin);
      if (length == 0) parts(trimmed(pieces[begin]), depth + 1);
      begin += std::max<std::size_t>(length, 1);
    }
  }

  /// Adds the longest run of pieces from `begin` on that is one name; how many pieces that takes, 0 for none.
  std::size_t longest_name(const std::vector<std::string_view>& pieces, std::size_t begin) {
    constexpr std::size_t most = 8;
    const char* const start = pieces[begin].data();
    for (std::size_t n = std::min(most, pieces.size() - begin); n > 0; --n) {
      const std::string_view last = pieces[begin + n - 1];
      const auto size = static_cast<std::size_t>(last.data() + last.size() - start);
      if (add(trimmed({start, size}))) return n;
    }
    return 0;
  }

  static std::vector<std::string_view> split(std::string_view text) {
    constexpr std::array separators{std::string_view(" + "), std::string_view(" || "), std::string_view(", ")};
    std::vector<std::string_view> pieces;
    int open = 0;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      open += text[i] == '(' || text[i] == '[' || text[i] == '{' ? 1 : 0;
      open -= text[i] == ')' || text[i] == ']' || text[i] == '}' ? 1 : 0;
      if (open > 0) continue;
      for (const std::string_view separator : separators) {
        if (!text.substr(i).starts_with(separator)) continue;
        pieces.push_back(text.substr(begin, i - begin));
        begin = i + separator.size();
        i = begin - 1;
        break;
      }
    }
    pieces.push_back(text.substr(begin));
    return pieces;
  }

  /// PWN(...), {ForeignNode[...]} and the like, whole. False where `text` is not such a wrapping.
  bool inside(std::string_view text, int depth) {
    if (text.starts_with("PWN(") && text.ends_with(")")) {
      parts(trimmed(text.substr(4, text.size() - 5)), depth + 1);
      return true;
    }
    if (text.starts_with("{ForeignNode[") && text.ends_with("]}")) {
      range(text.substr(13, text.size() - 15), depth);
      return true;
    }
    return false;
  }

  void range(std::string_view ends, int depth) {
    // Names hold dots themselves: the place that gives two known names is the right one.
    for (auto at = ends.find("..."); at != std::string_view::npos; at = ends.find("...", at + 1)) {
      const Rows* first = end_of_range(ends.substr(0, at), false);
      const Rows* last = end_of_range(ends.substr(at + 3), true);
      if (first == nullptr || last == nullptr) continue;
      ++reading_.parts;
      reading_.ranges.push_back({first->front(), last->back()});
      return;
    }
    if (ends.find("...") == std::string_view::npos) return parts(trimmed(ends), depth + 1);
    miss();
  }

  /// An end of a range may itself be several names: of the first end the first known one counts, of the last the last.
  const Rows* end_of_range(std::string_view text, bool last) const {
    if (const Rows* rows = find(trimmed(text))) return rows;
    const Rows* found = nullptr;
    for (const std::string_view piece : split(text)) {
      const Rows* rows = find(trimmed(piece));
      if (rows != nullptr && (last || found == nullptr)) found = rows;
    }
    return found;
  }

  /// One name that is not known as it stands: without what the runtime added to it.
  void single(std::string_view text, int depth) {
    if (inside(text, depth)) return;
    if (const auto onnx = text.find("[ONNX Layer: "); onnx != std::string_view::npos) {
      const std::string_view name = text.substr(onnx + 13);
      parts(trimmed(name.substr(0, name.find(']'))), depth + 1);
    } else {
      miss();
    }
  }

  /// As it stands, or without decoration: "Conv_0 [myl0_3]", "Conv_0_nchwc", "Relu_1_token_4",
  /// "/fc/MatMul/MatMulAddFusion".
  [[nodiscard]] const Rows* find(std::string_view name) const {
    while (!name.empty()) {
      if (const Rows* rows = names_.find(name)) return rows;
      const std::string_view shorter = without_decoration(name);
      if (shorter.size() == name.size()) break;
      name = shorter;
    }
    return nullptr;
  }

  static std::string_view without_decoration(std::string_view name) {
    for (const auto& [open, close] : {std::pair{'[', ']'}, std::pair{'(', ')'}}) {
      if (name.back() != close) continue;
      const auto at = name.rfind(open);
      if (at != std::string_view::npos && at > 0) return trimmed(name.substr(0, at));
    }
    for (const std::string_view mark : {"_token_", "_clone_", "__"}) {
      const auto at = name.rfind(mark);
      if (at == std::string_view::npos || at == 0) continue;
      const std::string_view digits = name.substr(at + mark.size());
      const bool number = !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos;
      if (number) return name.substr(0, at);
    }
    for (const std::string_view suffix :
         {"_nchwc", "/MatMulAddFusion", "/MatMulScaleFusion/", "/QuickGeluFusion/", "/LayerNormFusion/", "/"}) {
      if (name.size() > suffix.size() && name.ends_with(suffix)) return name.substr(0, name.size() - suffix.size());
    }
    return name;
  }

  bool add(std::string_view name) {
    const Rows* rows = find(name);
    if (rows != nullptr) add_rows(*rows);
    return rows != nullptr;
  }

  void add_rows(const Rows& rows) {
    ++reading_.parts;
    reading_.rows.insert(reading_.rows.end(), rows.begin(), rows.end());
  }

  void miss() {
    ++reading_.parts;
    ++reading_.unknown;
  }

  const Names& names_;
  Reading reading_;
};

/// Rows of the bodies and functions that each row calls.
class Bodies {
 public:
  explicit Bodies(const Analysis& analysis) : analysis_(analysis) {
    const auto& scopes = analysis.shaped->scopes;
    by_scope_.resize(scopes.size());
    for (std::size_t r = 0; r < analysis.nodes.size(); ++r) {
      by_scope_[static_cast<std::size_t>(analysis.nodes[r].scope_id)].push_back(static_cast<std::int32_t>(r));
    }
  }

  /// `row` and all that it calls, however deep, into `rows`.
  void collect(std::int32_t row, Rows& rows) const {
    rows.push_back(row);
    const NodeRow& caller = analysis_.nodes[static_cast<std::size_t>(row)];
    const auto& scopes = analysis_.shaped->scopes;
    if (scopes.empty()) return;
    for (const ScopeId child : scopes[static_cast<std::size_t>(caller.scope_id)].children) {
      if (scopes[static_cast<std::size_t>(child)].calling_node != caller.graph_node) continue;
      for (const std::int32_t inner : by_scope_[static_cast<std::size_t>(child)]) collect(inner, rows);
    }
  }

 private:
  const Analysis& analysis_;
  std::vector<Rows> by_scope_;
};

/// Computed before the run: such a row takes none of a layer's time, unless it is all that the layer names.
bool is_folded(const NodeRow& row) {
  return !row.outputs.empty() && std::ranges::all_of(row.outputs, [](const TensorColumn& output) {
    return !output.present || output.constant;
  });
}

class Joiner {
 public:
  explicit Joiner(const Analysis& analysis) : analysis_(analysis), bodies_(analysis) {}

  std::vector<Join> join(const std::vector<Reading>& readings) {
    for (const Reading& reading : readings) named_.insert(reading.rows.begin(), reading.rows.end());
    std::vector<Join> joins;
    joins.reserve(readings.size());
    for (const Reading& reading : readings) joins.push_back(join_one(reading));
    return joins;
  }

 private:
  Join join_one(const Reading& reading) const {
    Rows rows;
    for (const std::int32_t row : reading.rows) take(row, rows);
    for (const Range& range : reading.ranges) take_range(range, rows);
    std::ranges::sort(rows);
    const auto repeated = std::ranges::unique(rows);
    rows.erase(repeated.begin(), repeated.end());
    if (rows.empty()) return {{}, "not joined: no node of the model has this name"};
    return {std::move(rows), in_words(reading)};
  }

  void take(std::int32_t row, Rows& rows) const {
    Rows all;
    bodies_.collect(row, all);
    for (const std::int32_t one : all) {
      if (one == row || !named_.contains(one)) rows.push_back(one);
    }
  }

  void take_range(const Range& range, Rows& rows) const {
    for (std::int32_t row = range.first; row <= range.last; ++row) {
      const NodeRow& node = analysis_.nodes[static_cast<std::size_t>(row)];
      const bool end = row == range.first || row == range.last;
      if (!end && (node.scope_id != 0 || named_.contains(row) || is_folded(node))) continue;
      take(row, rows);
    }
  }

  static std::string in_words(const Reading& reading) {
    std::string how = reading.copy ? "copy for the layer that it names" : "layer name";
    if (!reading.ranges.empty()) how += ", a range in file order";
    if (reading.parts > 1 && reading.unknown == 0) how += ", " + std::to_string(reading.parts) + " parts";
    if (reading.unknown > 0) {
      how += ", " + std::to_string(reading.parts - reading.unknown) + " of " + std::to_string(reading.parts) +
             " parts known";
    }
    return how;
  }

  const Analysis& analysis_;
  Bodies bodies_;
  std::unordered_set<std::int32_t> named_;
};

}  // namespace

std::vector<Join> join_by_layer_names(const Analysis& analysis, const LayerNaming& naming) {
  const Names names(analysis, naming);
  LayerReader reader(names);
  std::vector<Reading> readings;
  readings.reserve(analysis.measurement.nodes.size());
  for (const RuntimeNode& node : analysis.measurement.nodes) readings.push_back(reader.read(node.name));
  return Joiner(analysis).join(readings);
}

}  // namespace costscan
