// Any bytes as a model file: the loader returns a model or one line, and agrees with itself.
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "load/load.hpp"
#include "load/thin_proto.hpp"

namespace {

const std::filesystem::path& input_file() {
  static const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("costscan_fuzz_load_" + std::to_string(::getpid()) + ".onnx");
  return path;
}

/// Every id of the graph is one that it has; what later steps take for granted.
bool is_consistent(const costscan::Graph& graph) {
  const auto known = [&](costscan::ValueId id) {
    return id >= costscan::no_value && id < static_cast<costscan::ValueId>(graph.values.size());
  };
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const costscan::ValueId id : graph.nodes[i].inputs) {
      if (!known(id)) return false;
      if (id == costscan::no_value) continue;
      if (graph.values[static_cast<std::size_t>(id)].producer >= static_cast<std::int32_t>(i)) return false;
    }
    for (const costscan::ValueId id : graph.nodes[i].outputs) {
      if (!known(id)) return false;
    }
    for (const auto& attribute : graph.nodes[i].attributes) {
      const auto* const body = std::get_if<std::shared_ptr<const costscan::Graph>>(&attribute.value);
      if (body != nullptr && !is_consistent(**body)) return false;
    }
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::ofstream(input_file(), std::ios::binary | std::ios::trunc)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  const auto model = costscan::load_model(input_file());
  if (model && !is_consistent((*model)->graph)) std::abort();
  if (!model && model.error().message.find('\n') != std::string::npos) std::abort();
  const auto thin = costscan::load_thin_proto(input_file());
  if (model && !thin) std::abort();  // what can be analysed can be handed to a runtime
  return 0;
}
