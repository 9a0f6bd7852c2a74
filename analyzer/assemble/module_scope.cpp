#include "assemble/module_scope.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace costscan {
namespace {

/// The quoted strings of a printed Python list: "['', 'm', 'm.encoder']" → {"", "m", "m.encoder"}.
std::vector<std::string_view> quoted_items(std::string_view text) {
  std::vector<std::string_view> items;
  std::size_t at = 0;
  while (true) {
    const std::size_t open = text.find_first_of("'\"", at);
    if (open == std::string_view::npos) break;
    const std::size_t close = text.find(text[open], open + 1);
    if (close == std::string_view::npos) break;
    items.push_back(text.substr(open + 1, close - open - 1));
    at = close + 1;
  }
  return items;
}

/// Nested dotted scopes as one path of the parts that each level adds. The last item is the operation, not a module.
std::string path_of_scopes(const std::vector<std::string_view>& scopes) {
  std::string path;
  std::string_view outer;
  for (std::size_t i = 0; i + 1 < scopes.size(); ++i) {
    const std::string_view full = scopes[i];
    if (full.empty()) continue;
    const bool nested =
        !outer.empty() && full.size() > outer.size() + 1 && full.starts_with(outer) && full[outer.size()] == '.';
    if (!path.empty()) path += '/';
    path += nested ? full.substr(outer.size() + 1) : full;
    outer = full;
  }
  return path;
}

std::string path_of_name(std::string_view name) {
  const std::size_t last = name.rfind('/');
  if (last == std::string_view::npos) return {};
  std::string_view path = name.substr(0, last);
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  return std::string(path);
}

}  // namespace

std::string module_scope(const Node& node) {
  const auto entry = std::ranges::find_if(
      node.metadata, [](const auto& property) { return property.first == "pkg.torch.onnx.name_scopes"; });
  if (entry != node.metadata.end()) return path_of_scopes(quoted_items(entry->second));
  return path_of_name(node.name);
}

}  // namespace costscan
