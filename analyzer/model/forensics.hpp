// What `costscan forensics` found in models: counts, places, and what their removal would save. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/shaped_model.hpp"

namespace costscan {

/// What the removal of something saves. nullopt: not known, or there is nothing to remove.
struct Savings {
  std::optional<std::int64_t> flops;
  std::optional<std::int64_t> bytes;         ///< moved: read and written
  std::optional<std::int64_t> weight_bytes;  ///< stored in the file
  std::optional<double> us;                  ///< predicted, the graph executed as it is written
  std::optional<double> runtime_us;          ///< predicted of what the runtime's own optimiser leaves of it
};

/// One place. `names` are those of nodes ("MatMul #12" where a node has none), or of initializers.
struct FindingSite {
  std::int64_t count = 1;
  std::vector<std::string> names;
  std::vector<std::int32_t> nodes;  ///< node_index of each of `names`; empty for initializers
  std::string subgraph;             ///< path of the instance; "" for the main graph
  bool every_binding = true;        ///< false: only for the bound sizes of the free dimensions
  std::string detail;               ///< "perm 0,2,1", "repeat 4", ...
  Savings savings;
};

struct Finding {
  std::string_view name;     ///< docs/forensics.md has its definition
  std::string_view family;   ///< "movement", "attention", ...
  std::string_view summary;  ///< one line
  std::int64_t count = 0;    ///< over all sites
  std::vector<FindingSite> sites;
  Savings savings;  ///< of all sites together, what they share counted once
};

/// Which graphs are looked at.
enum class FindingScope {
  main,       ///< the main graph only
  subgraphs,  ///< bodies of If, Loop and Scan too, each once
  functions,  ///< model-local functions too, at each call
  all,
};

struct ModelFindings {
  std::string model;                ///< the file's stem
  std::int64_t graph_nodes = 0;     ///< nodes of the graphs that were looked at
  std::int64_t constant_nodes = 0;  ///< those of them that are Constant
  std::vector<DimBinding> bindings;
  bool every_size_tried = true;                ///< false: some free dimension admitted no other size
  std::string rates;                           ///< what the predicted times rest on
  std::optional<double> predicted_us;          ///< of the model as written
  std::optional<double> predicted_runtime_us;  ///< as the runtime executes it
  std::vector<Finding> findings;               ///< every one, in the order of the table, zero or not
  std::vector<std::string> warnings;
};

struct ForensicsReport {
  FindingScope scope = FindingScope::main;
  bool count_constants = false;  ///< Constant nodes count as nodes of constant parts and shape chains
  std::vector<ModelFindings> models;
};

[[nodiscard]] constexpr const char* to_string(FindingScope scope) noexcept {
  switch (scope) {
    case FindingScope::main: return "main";
    case FindingScope::subgraphs: return "subgraphs";
    case FindingScope::functions: return "functions";
    case FindingScope::all: break;
  }
  return "all";
}

}  // namespace costscan
