#include "cli/dims.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "load/load.hpp"
#include "model/text.hpp"
#include "shapes/bindings.hpp"

namespace costscan::cli {

Result<Dims> parse_dims(const std::vector<std::string>& texts) {
  Dims dims;
  for (const std::string& text : texts) {
    const auto equals = text.rfind('=');
    std::int64_t value = 0;
    const char* end = text.data() + text.size();
    const char* first = text.data() + (equals == std::string::npos ? text.size() : equals + 1);
    const auto [rest, error] = std::from_chars(first, end, value);
    if (equals == std::string::npos || equals == 0 || error != std::errc{} || rest != end) {
      return fail(
          ErrorKind::usage,
          fmt::format("--dim takes NAME=N with a whole number, for example --dim batch=8, not '{}'", printable(text)));
    }
    dims.emplace_back(text.substr(0, equals), value);
  }
  return dims;
}

Result<Dims> SharedDims::of(const std::string& model) {
  if (given_.empty()) return Dims{};
  const auto loaded = load_model(model);
  if (!loaded) return tl::unexpected(loaded.error());
  const auto bindings = bind_dims(**loaded, {});
  if (!bindings) return tl::unexpected(bindings.error());
  Dims own;
  for (std::size_t i = 0; i < given_.size(); ++i) {
    if (std::ranges::find(bindings->list, given_[i].first, &DimBinding::name) == bindings->list.end()) continue;
    used_[i] = true;
    own.push_back(given_[i]);
  }
  return own;
}

Result<void> SharedDims::check_all_used() const {
  const auto unused = std::ranges::find(used_, false);
  if (unused == used_.end()) return {};
  const auto& [name, size] = given_[static_cast<std::size_t>(unused - used_.begin())];
  return fail(ErrorKind::usage, fmt::format("--dim {}={}: no model has a free dimension of that name; costscan MODEL "
                                            "prints those that it has",
                                            printable(name), size));
}

}  // namespace costscan::cli
