// ONNX file → verified Model. The only place that knows how the file is encoded.
#pragma once

#include <filesystem>
#include <memory>

#include "model/graph.hpp"
#include "model/result.hpp"

namespace costscan {

struct LoadOptions {
  /// Accept graphs whose own optimiser wrote them (the runtime's saved graph): unknown domains without opset import,
  /// functions left over. Everything else is verified as strictly.
  bool lenient = false;
};

/// Loads and verifies `path` through a memory map; bulk tensor bytes are not touched (DESIGN 1.4). Time and memory grow
/// with the number of nodes, not with weight bytes. Errors (ErrorKind::input) are one line that names the file and the
/// node.
[[nodiscard]] Result<std::shared_ptr<const Model>> load_model(const std::filesystem::path& path,
                                                              const LoadOptions& options = {});

}  // namespace costscan
