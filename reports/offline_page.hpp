// What the pages of `compare`, `advise`, `fingerprint`, `forensics` and `source` share: one offline file each, light
// and dark, that prints. (The page of `costscan MODEL` is built from web/.)
#pragma once

#include <string>
#include <string_view>

namespace costscan {

/// A whole document. `title`: as HTML text; `style`: what it adds to the colours (--bg, --fg, --dim, --line, --card).
[[nodiscard]] std::string offline_page(std::string_view title, std::string_view style, std::string_view body);

/// The colours and `style` as the text of one style element, for a page with another frame.
[[nodiscard]] std::string offline_style(std::string_view style);

/// Styles of headings, of tables in a .wrap with .num cells, of .verdict and .dim text; `own` may override them.
[[nodiscard]] std::string table_page_style(std::string_view own);

}  // namespace costscan
