// Names from files are hostile text: these make them fit for one line of a message.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace costscan {

/// True where `text` is well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF).
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// `text` for a message: at most `longest` bytes of it (then "..."), control characters and bytes that are not UTF-8
/// written as \xNN, never cut inside a character. The result is UTF-8 on one line.
[[nodiscard]] std::string printable(std::string_view text, std::size_t longest = 120);

/// `text` with every byte that is not part of well-formed UTF-8 replaced by U+FFFD.
[[nodiscard]] std::string sanitized_utf8(std::string_view text);

}  // namespace costscan
