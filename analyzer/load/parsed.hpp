// Errors inside the loader: text without the file's name, which load.cpp puts in front. Callers add what they know of
// the place on the way up, so that no description is built for what goes well.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace costscan {

template <class T>
using Parsed = tl::expected<T, std::string>;

[[nodiscard]] inline tl::unexpected<std::string> refuse(std::string what) {
  return tl::unexpected<std::string>(std::move(what));
}

/// "context: what". Deep nesting stops adding contexts, so that the line stays one a person can read.
[[nodiscard]] inline tl::unexpected<std::string> refuse_in(std::string_view context, const std::string& what) {
  constexpr std::size_t longest = 800;
  if (what.size() > longest) return refuse(what);
  return refuse(std::string(context) + ": " + what);
}

}  // namespace costscan
