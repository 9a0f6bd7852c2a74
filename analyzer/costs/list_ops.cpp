// `costscan list ops`.
#include "costs/explain_impl.hpp"
#include "costs/library_impl.hpp"

namespace costscan {

Result<std::vector<OpListing>> list_ops(const CostLibrary& library) {
  std::vector<OpListing> out;
  for (const std::string& path : library.impl().op_paths()) {
    const CostFile* file = library.impl().parsed_file(path);
    const Program& program = library.impl().program_for_version(*file, served_versions(*file).back());
    OpListing listing{file->op, file->domain, versions_text(*file), program.trust, {}, program.text->source};
    for (const CompiledKernel& kernel : program.kernels) listing.kernels.push_back(kernel.floating_text->name);
    out.push_back(std::move(listing));
  }
  return out;
}

}  // namespace costscan
