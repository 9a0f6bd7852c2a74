#include "load/load.hpp"

#include "load/convert.hpp"
#include "load/guard.hpp"
#include "load/thin_file.hpp"

namespace costscan {

Result<std::shared_ptr<const Model>> load_model(const std::filesystem::path& path, const LoadOptions& options) {
  using Loaded = std::shared_ptr<const Model>;
  return guarded<Loaded>(path, [&]() -> Parsed<Loaded> {
    auto thin = open_thin(path);
    if (!thin) return tl::unexpected(thin.error());
    return convert_model(*thin, path, options);
  });
}

}  // namespace costscan
