// The walk over a model's graphs in order: internal to shapes/.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/result.hpp"
#include "model/shaped_model.hpp"
#include "shapes/bindings.hpp"
#include "shapes/infer.hpp"
#include "shapes/schema_inference.hpp"

namespace costscan {

using MaybeError = std::optional<Error>;

/// Names, kind and graph of a child scope before it is inferred.
struct ScopeSpec {
  ScopeKind kind = ScopeKind::other_body;
  std::string attribute;
  std::shared_ptr<const Graph> graph;
  const std::vector<OpsetImport>* opset_imports = nullptr;  ///< null: the parent's
};

/// A graph that a node runs beside work of its own.
struct SideGraph {
  std::string attribute;  ///< the node's attribute, or what tells two runs of one graph apart
  std::shared_ptr<const Graph> graph;
  std::vector<TensorInfo> inputs;  ///< of its formal inputs
  std::int64_t trips = 1;
  bool bound = false;  ///< `trips` is an upper bound
  std::string reason;
};

/// One run over the whole model. Used once.
class Inference {
 public:
  Inference(std::shared_ptr<const Model> model, Bindings bindings, const ShapeOptions& options);

  /// Infers all scopes; an error is a contradiction in the graph.
  [[nodiscard]] MaybeError run();
  [[nodiscard]] std::shared_ptr<const ShapedModel> take();

 private:
  /// A node at work: its operands (null where omitted) and what is found out about its outputs.
  struct Work {
    ScopeId scope = 0;
    const Node& node;
    std::int32_t index = 0;
    std::vector<const TensorInfo*> inputs;
    std::vector<TensorInfo> outputs;
    std::string reason;  ///< why an output stays unknown
  };
  /// How strictly a contradiction is taken: a branch that may not run must not stop the analysis.
  enum class Strictness { error, warning, silent };

  // inference.cpp
  MaybeError infer_graph(ScopeId scope);
  MaybeError infer_node(ScopeId scope, std::int32_t index);
  MaybeError infer_operator(Work& work);
  MaybeError contradiction(const Work& work, const std::string& what);
  MaybeError check_sizes(Work& work);
  bool broadcast_bounds(Work& work) const;
  void bind_graph_inputs();
  void seed_constants(ScopeId scope);

  // inference_outputs.cpp
  void finish_outputs(Work& work);
  void apply_declared(ScopeId scope, ValueId id, TensorInfo& info);
  void warn_unknown(const Work& work);
  std::string why_unknown(const Work& work) const;
  std::string node_label(ScopeId scope, const Node& node) const;
  std::string operands_text(const Work& work) const;

  // scopes.cpp
  using SubgraphRule = MaybeError (Inference::*)(Work&);
  [[nodiscard]] static const SubgraphRule* subgraph_rule(const Node& node);
  MaybeError infer_if(Work& work);
  MaybeError infer_function(Work& work, const Function& function);
  MaybeError infer_sequence_map(Work& work);
  ScopeId add_scope(const Work& work, ScopeSpec spec);
  MaybeError infer_body(ScopeId scope, const std::vector<TensorInfo>& inputs);
  MaybeError infer_body_quietly(ScopeId scope, const std::vector<TensorInfo>& inputs, Strictness strictness);
  [[nodiscard]] std::vector<TensorInfo> results_of(ScopeId scope) const;
  [[nodiscard]] const TensorInfo* captured(ScopeId scope, const std::string& name) const;
  std::string child_path(const Work& work, const ScopeSpec& spec);

  // generation.cpp
  MaybeError infer_side_graph(Work& work, const SideGraph& side);
  MaybeError infer_generation(Work& work);
  MaybeError infer_flex_attention(Work& work);

  // loops.cpp
  [[nodiscard]] bool has_unknown(ScopeId scope) const;
  MaybeError infer_loop(Work& work);
  MaybeError infer_scan(Work& work);
  struct LoopState;
  MaybeError simulate_loop(Work& work, LoopState& loop);
  MaybeError generalise_loop(Work& work, LoopState& loop);

  std::shared_ptr<const Model> model_;
  Bindings bindings_;
  const ShapeOptions& options_;
  SchemaInference schemas_;
  std::deque<Scope> scopes_;              ///< stable addresses while children are added
  std::deque<std::vector<bool>> absent_;  ///< by scope and value: formal inputs that the caller omits
  std::set<std::string> paths_;
  std::vector<std::string> warnings_;
  Strictness strictness_ = Strictness::error;
  int depth_ = 0;
  std::int64_t stale_value_info_ = 0;
  std::string first_stale_;
};

/// Whether shape and type are there, as far as its kind has them.
[[nodiscard]] bool is_known(const TensorInfo& info);

/// What tensors of a body have at most over all trips so far: `now` is the latest trip, by value of the body's graph. A
/// shape that differs from trip to trip becomes the larger one, as a bound.
void widen(std::vector<TensorInfo>& widest, const std::vector<TensorInfo>& now);

/// A declared type under the bindings; the shape only where every dimension has a value.
[[nodiscard]] TensorInfo info_of(const DeclaredType& type, const SymbolValues& symbols);

/// The output of a Constant node.
[[nodiscard]] TensorInfo constant_info(const Node& node);

/// `graph` with attribute references replaced by the caller's attributes, else the function's defaults.
[[nodiscard]] std::shared_ptr<const Graph> substitute_attributes(std::shared_ptr<const Graph> graph, const Node& caller,
                                                                 const Function& function);

}  // namespace costscan
