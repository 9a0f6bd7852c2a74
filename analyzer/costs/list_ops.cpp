// `costscan list ops`: the models, what proves each, and which operators of others they cover.
#include <fmt/core.h>
#include <onnx/common/version.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "costs/explain_impl.hpp"
#include "costs/library_impl.hpp"
#include "embedded/proofs.hpp"
#include "schemas/find_schema.hpp"

namespace costscan {
namespace {

std::string_view proof_file(std::string_view name) {
  for (const embedded::File& file : embedded::proofs()) {
    if (file.path == name) return file.bytes;
  }
  return {};
}

/// Calls `take(words)` for every line that is no comment.
template <class Take>
void each_line(std::string_view text, Take take) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.starts_with('#')) continue;
    take(line.substr(0, line.find(' ')), line.substr(std::min(line.find(' ') + 1, line.size())));
  }
}

using Proofs = std::map<std::string, std::vector<std::pair<std::string, std::int64_t>>, std::less<>>;

/// Lines "onnx/Conv vectors 7".
Proofs read_proofs() {
  Proofs out;
  each_line(proof_file("proof_index.txt"), [&](std::string_view name, std::string_view rest) {
    const std::string_view number = rest.substr(std::min(rest.find(' ') + 1, rest.size()));
    std::int64_t count = 0;
    std::from_chars(number.data(), number.data() + number.size(), count);
    out[std::string(name)].emplace_back(rest.substr(0, rest.find(' ')), count);
  });
  return out;
}

void check(OpCoverage& coverage, const CostLibrary::Impl& library, const std::string& path) {
  ++coverage.operators;
  if (!library.bytes_by_path.contains(path + ".yaml")) coverage.uncovered.push_back(path);
}

std::vector<OpCoverage> coverage_of_onnx(const CostLibrary::Impl& library) {
  std::map<std::string, OpCoverage> by_domain;
  for (const SchemaName& name : schema_names()) {
    OpCoverage& coverage = by_domain[name.domain];
    coverage.of = fmt::format("{} of ONNX {}", name.domain.empty() ? "ai.onnx" : name.domain, ONNX_VERSION_STRING);
    check(coverage, library, fmt::format("{}/{}", name.domain.empty() ? "onnx" : name.domain, name.op));
  }
  std::vector<OpCoverage> out;
  for (auto& [domain, coverage] : by_domain) out.push_back(std::move(coverage));
  return out;
}

}  // namespace

Result<std::vector<OpListing>> list_ops(const CostLibrary& library) {
  const Proofs proofs = read_proofs();
  std::vector<OpListing> out;
  for (const std::string& path : library.impl().op_paths()) {
    const CostFile* file = library.impl().parsed_file(path);
    const Program& program = library.impl().program_for_version(*file, served_versions(*file).back());
    OpListing listing{file->op, file->domain, versions_text(*file), program.trust, {}, program.text->source, {}};
    for (const CompiledKernel& kernel : program.kernels) listing.kernels.push_back(kernel.floating_text->name);
    const auto proven = proofs.find(path.substr(0, path.rfind('.')));
    if (proven != proofs.end()) listing.verified_by = proven->second;
    out.push_back(std::move(listing));
  }
  return out;
}

std::vector<OpCoverage> op_coverage(const CostLibrary& library) {
  std::vector<OpCoverage> out = coverage_of_onnx(library.impl());
  OpCoverage cpu;
  OpCoverage elsewhere;
  elsewhere.demanded = false;
  each_line(proof_file("runtime_operators.txt"), [&](std::string_view kind, std::string_view rest) {
    if (kind == "runtime") {
      cpu.of = fmt::format("the CPU provider of {}", rest);
      elsewhere.of = fmt::format("other providers of {}", rest);
    } else {
      check(kind == "cpu" ? cpu : elsewhere, library.impl(), std::string(rest));
    }
  });
  out.push_back(std::move(cpu));
  out.push_back(std::move(elsewhere));
  return out;
}

}  // namespace costscan
