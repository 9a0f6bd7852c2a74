// Every planted graph, and that no finding is left without one.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "forensics/findings.hpp"
#include "unit/forensics_support.hpp"
#include "unit/norm_patterns_support.hpp"

namespace costscan {
namespace {

using test::PlantedGraph;

std::vector<PlantedGraph> all_planted() {
  std::vector<PlantedGraph> all;
  for (const auto& family :
       {test::planted_noops(), test::planted_movement(), test::planted_products(), test::planted_attention(),
        test::planted_constants(), test::planted_patterns(), test::planted_traps()}) {
    all.insert(all.end(), family.begin(), family.end());
  }
  return all;
}

/// "float[2,3] w" → "float[2,3] w = {1,2,3,4,5,6}"; an initializer with contents as it is.
std::string with_contents(const std::string& initializer) {
  if (initializer.find('=') != std::string::npos) return initializer;
  std::int64_t elements = 1;
  for (std::size_t at = initializer.find('['); at < initializer.find(']'); at = initializer.find(',', at + 1)) {
    elements *= std::stoll(initializer.substr(at + 1));
  }
  std::string contents;
  for (std::int64_t i = 1; i <= elements; ++i) contents += (i > 1 ? "," : "") + std::to_string(i);
  return initializer + " = {" + contents + "}";
}

/// The list at its outer commas, contents filled in where a case says none.
std::string filled_initializers(const std::string& list) {
  std::string out;
  std::string one;
  int depth = 0;
  for (const char each : list + ",") {
    if (each == '[' || each == '{') ++depth;
    if (each == ']' || each == '}') --depth;
    if (each != ',' || depth > 0) {
      one += each;
    } else {
      if (!one.empty()) out += (out.empty() ? "" : ", ") + with_contents(one);
      one.clear();
    }
  }
  return out;
}

std::string text_of_graph(const PlantedGraph& graph) {
  const std::string initializers = filled_initializers(graph.initializers);
  return fmt::format("g ({}) => ({}) {} {{ {} }}", graph.inputs, graph.outputs,
                     initializers.empty() ? "" : "<" + initializers + ">", graph.body);
}

std::map<std::string, std::int64_t> counts_in(const GraphView& view) {
  const Scene scene(view);
  std::map<std::string, std::int64_t> counts;
  for (const FindingKind& kind : finding_kinds()) {
    std::int64_t count = 0;
    for (const Site& site : kind.find(scene)) count += site.count;
    counts.emplace(kind.name, count);
  }
  return counts;
}

TEST(Forensics, PlantedGraphs) {
  for (const PlantedGraph& graph : all_planted()) {
    SCOPED_TRACE(graph.what);
    const auto shaped = test::shaped_from_text(text_of_graph(graph), graph.opset, ", \"com.microsoft\" : 1");
    if (!shaped) continue;  // said already
    const auto counts = counts_in(make_view(shaped));
    for (const auto& [finding, count] : graph.expected) {
      ASSERT_TRUE(counts.contains(finding)) << "no finding of this name: " << finding;
      EXPECT_EQ(counts.at(finding), count) << finding << "\n" << text_of_graph(graph);
    }
  }
}

TEST(Forensics, EveryFindingIsPlantedAndHasANearMiss) {
  std::map<std::string, std::pair<bool, bool>> seen;
  for (const PlantedGraph& graph : all_planted()) {
    for (const auto& [finding, count] : graph.expected) (count > 0 ? seen[finding].first : seen[finding].second) = true;
  }
  for (const FindingKind& kind : finding_kinds()) {
    EXPECT_TRUE(seen[std::string(kind.name)].first) << kind.name << " is planted nowhere";
    EXPECT_TRUE(seen[std::string(kind.name)].second) << kind.name << " has no near miss";
  }
}

TEST(Forensics, NamesAreUniqueAndFamiliesStandTogether) {
  std::map<std::string_view, int> names;
  std::map<std::string_view, int> families;
  std::string_view last;
  for (const FindingKind& kind : finding_kinds()) {
    EXPECT_EQ(++names[kind.name], 1) << kind.name;
    if (kind.family != last) {
      EXPECT_EQ(++families[kind.family], 1) << kind.family << " is in two places";
    }
    last = kind.family;
  }
}

}  // namespace
}  // namespace costscan
