// The model file as the runtime can run it: bulk weights apart, missing ones made up, every node named.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "measure/roles.hpp"
#include "model/result.hpp"
#include "model/tensor.hpp"

namespace onnx {
class ModelProto;
}

namespace costscan {

/// A weight that is handed to the runtime beside the model.
struct RunnableWeight {
  std::string name;
  DType dtype = DType::undefined;
  Shape dims;
  std::span<const std::byte> bytes;  ///< aligned to 64 bytes, alive as long as the RunnableModel
};

struct RunnableModel {
  std::string model;  ///< serialized ModelProto; weights are external references by name
  std::vector<RunnableWeight> weights;
  std::vector<std::shared_ptr<const void>> owners;  ///< of the weights' bytes
  std::int64_t weight_bytes = 0;
  std::int64_t synthesized_bytes = 0;
  std::int64_t nodes = 0;  ///< of the main graph
};

/// Error (input or measurement) with one line that names the file, e.g. where weights cannot be mapped.
[[nodiscard]] Result<RunnableModel> make_runnable(const std::filesystem::path& path, std::span<const WeightPlan> plans);

/// Gives every node at every depth, functions included, a name of its own that a JSON profile can carry. A name that
/// already is one stays. `MatMul_7` for the nameless (7: position in its graph), `name__2` for the second of that name.
void name_every_node(onnx::ModelProto& model);

}  // namespace costscan
