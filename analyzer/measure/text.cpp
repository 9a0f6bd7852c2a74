#include "measure/text.hpp"

#include "model/text.hpp"

namespace costscan {

std::string one_line(std::string_view text, std::size_t longest) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == 0x1b && i + 1 < text.size() && text[i + 1] == '[') {  // an ANSI colour: ESC [ digits m
      const std::size_t end = text.find('m', i);
      i = end == std::string_view::npos ? text.size() : end;
    } else if (c <= 0x20) {
      if (!out.empty() && out.back() != ' ') out += ' ';
    } else {
      out += text[i];
    }
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return printable(out, longest);
}

}  // namespace costscan
