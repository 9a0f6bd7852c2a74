#include "cli/output.hpp"

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <system_error>

namespace costscan::cli {

std::string first_line(std::string_view text) {
  std::string line(text.substr(0, text.find('\n')));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  }
  return line;
}

int print_to_stdout(std::string_view text) {
  const bool complete = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (complete && std::fflush(stdout) == 0) return 0;
  fmt::print(stderr, "costscan: cannot write to standard output: {}; name a file with -o\n", std::strerror(errno));
  return static_cast<int>(ErrorKind::output);
}

std::int32_t terminal_columns(std::int32_t elsewhere) {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0) return size.ws_col;
  const char* stated = std::getenv("COLUMNS");
  if (stated == nullptr) return elsewhere;
  std::int32_t columns = 0;
  const char* const end = stated + std::strlen(stated);
  const auto [rest, error] = std::from_chars(stated, end, columns);
  return error == std::errc{} && rest == end && columns > 0 ? columns : elsewhere;
}

}  // namespace costscan::cli
