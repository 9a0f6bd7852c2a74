// Inside of CostLibrary: the files by path, parsed and compiled when first asked for.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "costs/cost_file.hpp"
#include "costs/cost_library.hpp"
#include "costs/program.hpp"

namespace costscan {

/// Not for several threads: parsing on first use fills caches.
struct CostLibrary::Impl {
  std::unordered_map<std::string, std::string_view> bytes_by_path;  ///< all *.yaml but machines
  std::vector<std::unique_ptr<std::string>> owned;                  ///< contents read from a folder
  mutable std::unordered_map<std::string, std::unique_ptr<CostFile>> files;
  mutable std::unordered_map<std::string, std::unique_ptr<TemplateFile>> templates;
  mutable std::unordered_map<std::string, std::unique_ptr<Program>> programs;  ///< by path@since_version
  mutable std::unordered_map<std::string, const Program*> program_of_op;       ///< by domain, op and opset

  /// The parsed file of an operator, or nullptr.
  [[nodiscard]] const CostFile* find_file(std::string_view domain, std::string_view op) const;
  [[nodiscard]] const CostFile* parsed_file(const std::string& path) const;
  [[nodiscard]] const TemplateFile* find_template(const std::string& name) const;

  /// The program for an operator under an imported opset (0: not imported, the newest), or nullptr where there is no
  /// file.
  [[nodiscard]] const Program* find_program(const std::string& domain, const std::string& op, std::int64_t opset) const;
  /// The program for exactly this since_version.
  [[nodiscard]] const Program& program_for_version(const CostFile& file, std::int64_t since_version) const;

  /// Paths of operator files, sorted; of templates with `templates`.
  [[nodiscard]] std::vector<std::string> op_paths() const;
  [[nodiscard]] std::vector<std::string> template_paths() const;
};

/// The cost of one node, for one execution.
[[nodiscard]] NodeCost cost_node(const Program& program, const Scope& scope, const Node& node,
                                 const CostOptions& options);

/// "onnx/Conv.yaml".
[[nodiscard]] std::string cost_file_path(std::string_view domain, std::string_view op);

}  // namespace costscan
