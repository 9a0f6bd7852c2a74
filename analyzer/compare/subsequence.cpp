#include "compare/subsequence.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <unordered_map>

namespace costscan {

std::vector<std::pair<std::size_t, std::size_t>> longest_common_subsequence(const std::vector<std::string>& a,
                                                                            const std::vector<std::string>& b) {
  constexpr std::size_t most_cells = 25'000'000;
  std::vector<std::pair<std::size_t, std::size_t>> out;
  if (a.empty() || b.empty() || a.size() > most_cells / b.size()) return out;
  std::unordered_map<std::string_view, std::int32_t> numbers;
  const auto numbered = [&](const std::vector<std::string>& texts) {
    std::vector<std::int32_t> ids;
    ids.reserve(texts.size());
    for (const std::string& text : texts) {
      ids.push_back(numbers.try_emplace(text, static_cast<std::int32_t>(numbers.size())).first->second);
    }
    return ids;
  };
  const std::vector<std::int32_t> left = numbered(a);
  const std::vector<std::int32_t> right = numbered(b);
  // length[i][j]: of the longest for a[i..] and b[j..].
  const std::size_t width = b.size() + 1;
  std::vector<std::uint32_t> length((a.size() + 1) * width, 0);
  for (std::size_t i = a.size(); i-- > 0;) {
    for (std::size_t j = b.size(); j-- > 0;) {
      length[i * width + j] = left[i] == right[j] ? length[(i + 1) * width + j + 1] + 1
                                                  : std::max(length[(i + 1) * width + j], length[i * width + j + 1]);
    }
  }
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (left[i] == right[j]) {
      out.emplace_back(i++, j++);
    } else if (length[(i + 1) * width + j] >= length[i * width + j + 1]) {
      ++i;
    } else {
      ++j;
    }
  }
  return out;
}

}  // namespace costscan
