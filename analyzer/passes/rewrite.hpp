// A change of a graph as a value: what a pass finds, before anything is changed. The runner prices and applies it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/result.hpp"
#include "patterns/graph_view.hpp"

namespace costscan {

/// Bytes of a constant of the model, packed little-endian. Error (input): its file is missing.
using ReadWeight = std::function<Result<std::span<const std::byte>>(const Tensor&)>;

/// A constant that a rewrite adds. Bytes are asked for only when the rewrite is applied, so that pricing reads no
/// weights.
struct NewConstant {
  ValueId value = no_value;
  DType dtype = DType::undefined;
  Shape dims;
  std::function<Result<std::vector<std::byte>>(const ReadWeight&)> bytes;
};

/// Values of the graph keep their ids; new ones count on from Graph::values.size(). Applying it adds constants and
/// nodes, lets every reader of `replaced.first` (but the added nodes) read `replaced.second` instead (a graph output
/// keeps its name), and drops what nothing reads any more.
struct Rewrite {
  std::vector<std::int32_t>
      nodes;             ///< what was matched: the site; skipped where an earlier rewrite changed one of them
  std::string note;      ///< for people: "perm 0,2,1,3 and its inverse"
  std::string obstacle;  ///< why the site has to stay as it is: it is reported, not applied; usually empty
  Holds holds = Holds::every_binding;  ///< this_binding: only applied where the model is specialised to its binding
  std::vector<NewConstant> constants;
  std::vector<Node> added;  ///< in topological order; an empty name is filled in from the site
  std::vector<std::pair<ValueId, std::string>> new_values;  ///< id and wished name; empty: from the node
  std::vector<std::pair<ValueId, ValueId>> replaced;        ///< old value → new or existing value
  std::vector<ValueId> dropped;                             ///< initializers that go, where nothing reads them
};

/// Fills in a Rewrite: ids of new values, nodes, constants.
class RewriteBuilder {
 public:
  RewriteBuilder(const GraphView& view, std::vector<std::int32_t> site);

  /// A new node with one output; returns that. Trailing no_value inputs are dropped.
  ValueId node(std::string op_type, std::vector<ValueId> inputs, std::vector<Attribute> attributes = {},
               std::string domain = {});
  /// The same with several outputs.
  std::vector<ValueId> node_outputs(std::string op_type, std::vector<ValueId> inputs, std::size_t outputs,
                                    std::vector<Attribute> attributes = {}, std::string domain = {});
  ValueId ints(std::vector<std::int64_t> elements);               ///< rank 1, int64
  ValueId scalar(DType dtype, double value);                      ///< rank 0, floating or integer
  ValueId constant(NewConstant constant, std::string name = {});  ///< `constant.value` is set here
  void replace(ValueId old_value, ValueId new_value);
  void note(std::string text);
  void obstacle(std::string text);
  void holds(Holds holds);
  [[nodiscard]] Rewrite finish();

 private:
  ValueId fresh(std::string name);
  Rewrite rewrite_;
  ValueId next_ = 0;
};

[[nodiscard]] Attribute make_attribute(std::string name, AttributeValue value);

/// One element as `dtype` stores it, little-endian; floats are rounded to nearest even. Empty for a type that has none.
[[nodiscard]] std::vector<std::byte> packed_scalar(DType dtype, double value);

/// What became of one rewrite.
struct RewriteOutcome {
  bool applied = false;
  std::string reason;                 ///< one line, where it was not applied
  std::vector<std::int32_t> removed;  ///< nodes of the view that are gone on its account
  std::vector<std::int32_t> added;    ///< its nodes in the new graph
};

/// The graph after these rewrites, in order, dead nodes and constants that nothing reads any more left out (what was
/// dead before stays); rewrites that touch what an earlier one of the list changed are skipped. Nodes stay topological;
/// a node that was kept keeps its file_index, an added one has -1.
struct Rewritten {
  std::shared_ptr<const Model> model;
  std::vector<RewriteOutcome> outcomes;  ///< by rewrite
};

/// With an empty `read` the graph is made for pricing: constants have no bytes, except small integers, which decide
/// shapes. Error (defect): a rewrite that makes a cycle, or names what is not there.
[[nodiscard]] Result<Rewritten> apply_rewrites(const GraphView& view, std::span<const Rewrite> rewrites,
                                               const ReadWeight& read);

}  // namespace costscan
