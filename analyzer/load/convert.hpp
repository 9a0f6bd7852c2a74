// The thinned ModelProto → Model.
#pragma once

#include <filesystem>
#include <memory>

#include "load/load.hpp"
#include "load/parsed.hpp"
#include "load/thin_file.hpp"

namespace costscan {

/// Consumes the proto's strings. Errors name the node, not the file.
[[nodiscard]] Parsed<std::shared_ptr<const Model>> convert_model(ThinFile& thin, const std::filesystem::path& path,
                                                                 const LoadOptions& options);

}  // namespace costscan
