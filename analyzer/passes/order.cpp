#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "model/text.hpp"
#include "passes/optimize.hpp"

namespace costscan {
namespace {

/// Whether `all` takes it: what undoes another pass is only for those who name it.
bool is_part_of_all(const Pass& pass) { return !pass.name.starts_with("decompose_"); }

Result<std::vector<const Pass*>> named_passes(const std::string& name) {
  std::vector<const Pass*> found;
  if (name == "none") return found;
  for (const Pass& pass : passes()) {
    const bool wanted =
        name == pass.name || (name == "default" && pass.by_default) || (name == "all" && is_part_of_all(pass));
    if (wanted) found.push_back(&pass);
  }
  if (!found.empty()) return found;
  std::vector<std::string_view> known{"default", "all", "none"};
  for (const Pass& pass : passes()) known.push_back(pass.name);
  return fail(ErrorKind::usage,
              fmt::format("unknown pass '{}': choose from {}", printable(name), fmt::join(known, ", ")));
}

Result<std::vector<const Pass*>> union_of(const std::vector<std::string>& names) {
  std::vector<const Pass*> chosen;
  for (const std::string& name : names) {
    const auto found = named_passes(name);
    if (!found) return found;
    for (const Pass* pass : *found) {
      if (std::ranges::find(chosen, pass) == chosen.end()) chosen.push_back(pass);
    }
  }
  return chosen;
}

}  // namespace

Result<std::vector<const Pass*>> choose_passes(const std::vector<std::string>& names,
                                               const std::vector<std::string>& without) {
  const auto chosen = union_of(names);
  if (!chosen) return chosen;
  const auto unwanted = union_of(without);
  if (!unwanted) return unwanted;
  std::vector<const Pass*> left;
  for (const Pass& pass : passes()) {
    const bool wanted = std::ranges::find(*chosen, &pass) != chosen->end();
    if (wanted && std::ranges::find(*unwanted, &pass) == unwanted->end()) left.push_back(&pass);
  }
  return left;
}

Result<std::vector<const Pass*>> order_passes(std::vector<const Pass*> passes) {
  std::vector<const Pass*> ordered;
  const auto is_ready = [&](const Pass* pass) {
    return std::ranges::all_of(pass->after, [&](std::string_view name) {
      const auto waits_for = [&](const Pass* other) { return other->name == name; };
      return std::ranges::none_of(passes, waits_for) || std::ranges::any_of(ordered, waits_for);
    });
  };
  while (ordered.size() < passes.size()) {
    const auto next = std::ranges::find_if(
        passes, [&](const Pass* pass) { return std::ranges::find(ordered, pass) == ordered.end() && is_ready(pass); });
    if (next == passes.end()) return fail(ErrorKind::defect, "passes wait for one another in a circle");
    ordered.push_back(*next);
  }
  return ordered;
}

}  // namespace costscan
