// A model under bound dimensions: every tensor's concrete type, and every graph instance (main, branch, body,
// function).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/graph.hpp"

namespace costscan {

/// Known contents of a small tensor. Exactly one of the vectors is used, by dtype (bool and integers: `ints`).
struct KnownValue {
  DType dtype = DType::undefined;
  Shape dims;
  std::vector<std::int64_t> ints;
  std::vector<double> floats;
  std::vector<std::string> strings;
};

struct TensorInfo {
  TypeKind kind = TypeKind::unknown;
  DType dtype = DType::undefined;  ///< of the tensor; of the elements for a sequence or optional
  std::optional<Shape> shape;      ///< concrete; nullopt only where nothing is known
  bool data_dependent = false;     ///< the shape is a stated upper bound: contents decide the real one
  bool constant = false;           ///< computable from constants alone (initializers, Constant nodes): a "weight"
  std::shared_ptr<const KnownValue> value;  ///< contents, where small and derivable under the bound dimensions
  bool value_is_bound = false;              ///< `value` comes from a data-dependent shape: a bound, not the contents
  std::shared_ptr<const std::vector<TensorInfo>> elements;  ///< of a sequence whose length is known
};

enum class ScopeKind { main, branch, loop_body, scan_body, function, other_body };

using ScopeId = std::int32_t;

/// One instance of a graph. A function called twelve times has twelve scopes; a loop body has one.
struct Scope {
  ScopeKind kind = ScopeKind::main;
  ScopeId parent = -1;
  std::int32_t calling_node = -1;  ///< index into the parent's graph->nodes
  std::string attribute;  ///< the caller's attribute that holds the graph ("then_branch", "body"); "" for functions
  std::string path;       ///< `subgraph` column: "" for main, then "loop_name/body/..." by node name or op_type_index
  std::shared_ptr<const Graph> graph;  ///< a function's attribute references are already substituted here
  std::vector<OpsetImport> opset_imports;
  std::int64_t trips = 1;          ///< executions for one execution of the caller; 0 for a branch known not to be taken
  bool trips_upper_bound = false;  ///< `trips` is a stated bound (data-dependent trip count, undecided branch)
  std::string trips_reason;        ///< in words: "trip count M=3 is constant", "condition unknown: either branch"
  std::vector<TensorInfo> tensors;  ///< by ValueId of `graph`
  std::vector<ScopeId> children;    ///< in the order of the calling nodes
};

enum class BindingOrigin { given, derived, default_value };

/// A free dimension (or a scalar integer input that decides sizes, such as a trip count) and the number it stands for.
struct DimBinding {
  std::string name;
  std::int64_t value = 0;
  BindingOrigin origin = BindingOrigin::default_value;
  std::string reason;  ///< "given by --dim", "default for a batch dimension", "total = past + seq"
};

struct ShapedModel {
  std::shared_ptr<const Model> model;
  std::vector<Scope> scopes;  ///< [0] is the main graph; a parent stands before its children
  std::vector<DimBinding> bindings;
  std::vector<std::string> warnings;  ///< e.g. a node whose inference failed, with the reason
};

}  // namespace costscan
