#include "measure/json_file.hpp"

#include <system_error>

namespace costscan {

Result<void> write_json_file(const nlohmann::json& value, const std::filesystem::path& file) {
  const std::filesystem::path draft = file.string() + ".part";
  {
    std::ofstream out(draft, std::ios::binary);
    // Names may be anything; what is not UTF-8 is replaced rather than refused.
    out << value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    if (!out.flush()) return fail(ErrorKind::measurement, fmt::format("{}: cannot be written", draft.string()));
  }
  std::error_code failed;
  std::filesystem::rename(draft, file, failed);
  if (failed) return fail(ErrorKind::measurement, fmt::format("{}: {}", file.string(), failed.message()));
  return {};
}

}  // namespace costscan
