// Planted graphs: a finding, how often it stands in a small graph, and why. Every finding has at least one graph where
// it is found and one near miss where it is not.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace costscan::test {

/// A graph in ONNX's textual syntax, in parts. Expected: each finding's count.
struct PlantedGraph {
  const char* what;
  std::vector<std::pair<const char*, std::int64_t>> expected;
  const char* inputs;
  const char* initializers;
  const char* body;
  const char* outputs = "float y";
  int opset = 18;
};

// One file for each family.
[[nodiscard]] std::vector<PlantedGraph> planted_noops();
[[nodiscard]] std::vector<PlantedGraph> planted_movement();
[[nodiscard]] std::vector<PlantedGraph> planted_products();
[[nodiscard]] std::vector<PlantedGraph> planted_attention();
[[nodiscard]] std::vector<PlantedGraph> planted_constants();
[[nodiscard]] std::vector<PlantedGraph> planted_patterns();
[[nodiscard]] std::vector<PlantedGraph> planted_traps();

}  // namespace costscan::test
