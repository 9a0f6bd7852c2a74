#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <exception>

#include "embedded/costmodels.hpp"
#include "fingerprint/study.hpp"

namespace costscan {
namespace {

constexpr std::string_view reference_path = "families/reference/corpus.yaml";

std::vector<ReferenceModel> parse_references(std::string_view bytes) {
  const YAML::Node file = YAML::Load(std::string(bytes));
  const auto names = file["features"].as<std::vector<std::string>>();
  std::vector<ReferenceModel> out;
  for (const YAML::Node& entry : file["models"]) {
    ReferenceModel model;
    model.model = entry["model"].as<std::string>();
    model.family = entry["family"].as<std::string>();
    const YAML::Node values = entry["values"];
    if (values.size() != names.size()) throw YAML::Exception(entry.Mark(), "as many values as features");
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (!values[i].IsNull()) model.features.set(names[i], values[i].as<double>());
    }
    out.push_back(std::move(model));
  }
  return out;
}

}  // namespace

Result<std::vector<ReferenceModel>> builtin_references() {
  const auto& files = embedded::costmodels();
  const auto found = std::ranges::find(files, reference_path, &embedded::File::path);
  if (found == files.end()) return std::vector<ReferenceModel>{};
  try {
    return parse_references(found->bytes);
  } catch (const std::exception& error) {  // yaml-cpp reports by exceptions
    return fail(ErrorKind::defect, fmt::format("costmodels/{}: {}", reference_path, error.what()));
  }
}

}  // namespace costscan
