#include "costs/cost_library.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <limits>
#include <system_error>
#include <utility>

#include "costs/library_impl.hpp"
#include "costs/schema_facts.hpp"
#include "embedded/costmodels.hpp"

namespace costscan {
namespace {

constexpr std::string_view template_folder = "templates/";

/// Machine rates, reference kernels, families and what source analysis knows live beside the cost models, but are none.
bool is_cost_path(std::string_view path) noexcept {
  return path.ends_with(".yaml") && path.find('/') != std::string_view::npos && !path.starts_with("machines/") &&
         !path.starts_with("reference/") && !path.starts_with("source/") && !path.starts_with("families/");
}

Result<std::unique_ptr<std::string>> read_file(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  auto bytes = std::make_unique<std::string>(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  if (!stream) return fail(ErrorKind::input, fmt::format("{}: cannot be read; check its permissions", path.string()));
  return bytes;
}

std::vector<std::string> sorted_paths(const std::unordered_map<std::string, std::string_view>& files, bool templates) {
  std::vector<std::string> paths;
  for (const auto& [path, bytes] : files) {
    if (path.starts_with(template_folder) == templates) paths.push_back(path);
  }
  std::ranges::sort(paths);
  return paths;
}

}  // namespace

std::string cost_file_path(std::string_view domain, std::string_view op) {
  return fmt::format("{}/{}.yaml", domain.empty() ? "onnx" : domain, op);
}

CostLibrary::CostLibrary(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
CostLibrary::CostLibrary(CostLibrary&&) noexcept = default;
CostLibrary& CostLibrary::operator=(CostLibrary&&) noexcept = default;
CostLibrary::~CostLibrary() = default;

CostLibrary CostLibrary::builtin() {
  auto impl = std::make_unique<Impl>();
  for (const embedded::File& file : embedded::costmodels()) {
    if (is_cost_path(file.path)) impl->bytes_by_path.emplace(file.path, file.bytes);
  }
  return CostLibrary(std::move(impl));
}

Result<CostLibrary> CostLibrary::from_folder(const std::filesystem::path& folder) {
  std::error_code error;
  auto impl = std::make_unique<Impl>();
  std::filesystem::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != std::filesystem::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code status;
    const std::string path = entry->path().lexically_relative(folder).generic_string();
    if (!entry->is_regular_file(status) || !is_cost_path(path)) continue;
    auto bytes = read_file(entry->path());
    if (!bytes) return tl::unexpected(bytes.error());
    impl->bytes_by_path.emplace(path, **bytes);
    impl->owned.push_back(std::move(*bytes));
  }
  if (error)
    return fail(ErrorKind::input,
                fmt::format("{}: {}; name a folder of cost models", folder.string(), error.message()));
  if (impl->bytes_by_path.empty()) {
    return fail(ErrorKind::input,
                fmt::format("{}: has no cost models; expected DOMAIN/OP.yaml below it", folder.string()));
  }
  return CostLibrary(std::move(impl));
}

const CostFile* CostLibrary::Impl::parsed_file(const std::string& path) const {
  const auto known = files.find(path);
  if (known != files.end()) return known->second.get();
  const auto bytes = bytes_by_path.find(path);
  if (bytes == bytes_by_path.end()) return nullptr;
  auto file = std::make_unique<CostFile>(parse_cost_file(path, bytes->second));
  return files.emplace(path, std::move(file)).first->second.get();
}

const CostFile* CostLibrary::Impl::find_file(std::string_view domain, std::string_view op) const {
  return parsed_file(cost_file_path(domain, op));
}

const TemplateFile* CostLibrary::Impl::find_template(const std::string& name) const {
  const auto known = templates.find(name);
  if (known != templates.end()) return known->second.get();
  const std::string path = fmt::format("{}{}.yaml", template_folder, name);
  const auto bytes = bytes_by_path.find(path);
  if (bytes == bytes_by_path.end()) return nullptr;
  auto file = std::make_unique<TemplateFile>(parse_template_file(path, bytes->second));
  return templates.emplace(name, std::move(file)).first->second.get();
}

const Program& CostLibrary::Impl::program_for_version(const CostFile& file, std::int64_t since_version) const {
  std::unique_ptr<Program>& program = programs[fmt::format("{}@{}", file.path, since_version)];
  if (program == nullptr) {
    CompileContext context;
    context.since_version = since_version;
    context.find_template = [this](const std::string& name) { return find_template(name); };
    context.attribute_default = [&](const std::string& attribute) {
      return schema_attribute_default(file.op, file.domain, since_version, attribute);
    };
    program = std::make_unique<Program>(compile(file, body_for_version(file, since_version), context));
  }
  return *program;
}

const Program* CostLibrary::Impl::find_program(const std::string& domain, const std::string& op,
                                               std::int64_t opset) const {
  const auto [known, fresh] = program_of_op.try_emplace(fmt::format("{}/{}@{}", domain, op, opset), nullptr);
  if (!fresh) return known->second;
  const CostFile* file = find_file(domain, op);
  if (file == nullptr) return nullptr;
  const std::int64_t imported = opset > 0 ? opset : std::numeric_limits<std::int64_t>::max();
  known->second = &program_for_version(*file, schema_since_version(op, domain, imported).value_or(1));
  return known->second;
}

std::vector<std::string> CostLibrary::Impl::op_paths() const { return sorted_paths(bytes_by_path, false); }
std::vector<std::string> CostLibrary::Impl::template_paths() const { return sorted_paths(bytes_by_path, true); }

void prepare_costs(const CostLibrary& library, const Model& model) {
  const auto parse_all = [&](const Graph& graph) {
    for (const Node& node : graph.nodes) static_cast<void>(library.impl().find_file(node.domain, node.op_type));
  };
  parse_all(model.graph);
  for (const Function& function : model.functions) parse_all(function.body);
}

}  // namespace costscan
