// Runs each pass alone, and all default ones, on a model; writes every changed model, and prints a line of JSON for it:
//   {"passes", "file", "sites", "lossless", "nodes_before", "nodes_after", "again", "defects"}
// `again`: sites where a second run would change something. Usage: dump_passes MODEL FOLDER [PASSES]...
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "load/load.hpp"
#include "passes/optimize.hpp"
#include "store/write_model.hpp"

namespace {

/// Rates that every machine has alike: what is changed must not depend on where the test runs.
constexpr const char* plain_machine = "generic-cpu";
/// The machine that lowerings are for.
constexpr const char* lowering_machine = "apple-m2-neural-engine";

std::size_t sites_of(const costscan::OptimizeResult& result) {
  std::size_t sites = 0;
  for (const costscan::OptimizedPass& pass : result.passes) sites += pass.applied.size();
  return sites;
}

bool is_lossless(const costscan::OptimizeResult& result) {
  return std::ranges::all_of(result.passes, [](const costscan::OptimizedPass& pass) {
    return pass.applied.empty() || pass.accuracy_class == "lossless";
  });
}

/// One line, or none where nothing changed. An error where a model cannot be made or written.
costscan::Result<void> run(const std::shared_ptr<const costscan::Model>& model, const std::string& name,
                           const std::filesystem::path& folder) {
  costscan::OptimizeOptions options;
  auto chosen = costscan::choose_passes({name}, {});
  if (!chosen) return tl::unexpected(chosen.error());
  options.passes = *std::move(chosen);
  const bool lowers = std::ranges::any_of(
      options.passes, [&](const costscan::Pass* pass) { return name == pass->name && !pass->needs_target.empty(); });
  options.machine = lowers ? lowering_machine : plain_machine;
  const auto result = costscan::optimize_model(model, options);
  if (!result) return tl::unexpected(result.error());
  nlohmann::json defects = result->defects;
  if (sites_of(*result) == 0 && result->defects.empty()) return {};
  const auto again = costscan::optimize_model(result->model, options);
  if (!again) return tl::unexpected(again.error());
  for (const std::string& defect : again->defects) defects.push_back(defect);
  const std::filesystem::path file = folder / (name + ".onnx");
  if (const auto written = costscan::write_model(*result->model, file); !written) {
    return tl::unexpected(written.error());
  }
  const nlohmann::json line{{"passes", name},
                            {"file", file.string()},
                            {"sites", sites_of(*result)},
                            {"lossless", is_lossless(*result)},
                            {"nodes_before", result->before.nodes},
                            {"nodes_after", result->after.nodes},
                            {"again", sites_of(*again)},
                            {"defects", std::move(defects)}};
  fmt::print("{}\n", line.dump());
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "usage: dump_passes MODEL FOLDER [PASSES]...\n");
    return 2;
  }
  const auto model = costscan::load_model(argv[1]);
  if (!model) {
    fmt::print(stderr, "{}\n", model.error().message);
    return static_cast<int>(model.error().kind);
  }
  std::vector<std::string> names(argv + 3, argv + argc);
  if (names.empty()) {
    names.emplace_back("default");
    for (const costscan::Pass& pass : costscan::passes()) names.emplace_back(pass.name);
  }
  for (const std::string& name : names) {
    if (const auto done = run(*model, name, argv[2]); !done) {
      fmt::print(stderr, "{}: {}\n", name, done.error().message);
      return static_cast<int>(done.error().kind);
    }
  }
  return 0;
}
