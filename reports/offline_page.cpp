#include "reports/offline_page.hpp"

#include <fmt/format.h>

namespace costscan {
namespace {

constexpr std::string_view page_colors = R"css(
:root{color-scheme:light dark;--bg:#fff;--fg:#1c1e21;--dim:#5f6670;--line:#e3e6ea;--card:#f6f7f9}
@media(prefers-color-scheme:dark){:root{--bg:#16181b;--fg:#e6e8eb;--dim:#9aa3ad;--line:#2c3036;--card:#1e2125}}
*{box-sizing:border-box}body{padding:1.5rem 2rem;background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,sans-serif}
@media(max-width:40rem){body{padding:1rem .8rem}}
)css";

constexpr std::string_view page_tables = R"css(
body{margin:0 auto;max-width:80rem}h1{font-size:1.3rem;margin:0 0 .3rem;overflow-wrap:anywhere}
h2{font-size:1.05rem;margin:1.6rem 0 .4rem;overflow-wrap:anywhere}
.verdict{font-size:1.15rem;font-weight:600;margin:.8rem 0}.dim{color:var(--dim)}
.wrap{overflow-x:auto;margin:.5rem 0;border:1px solid var(--line);border-radius:8px}table{border-collapse:collapse;width:100%}
th,td{padding:.25rem .7rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}tr:last-child>*{border-bottom:0}
thead th{background:var(--card);font-weight:600;white-space:nowrap}
.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
svg{display:block;max-width:100%;height:auto}summary{cursor:pointer;padding:.3rem 0}ul{margin:.3rem 0;padding-left:1.2rem}
@media print{body{max-width:none;padding:0}.wrap{overflow:visible}}
)css";

}  // namespace

std::string offline_page(std::string_view title, std::string_view style, std::string_view body) {
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\"><title>{}</title><style>{}</style></head><body>\n{}"
      "</body></html>\n",
      title, offline_style(style), body);
}

std::string offline_style(std::string_view style) { return std::string(page_colors) + std::string(style); }

std::string table_page_style(std::string_view own) { return std::string(page_tables) + std::string(own); }

}  // namespace costscan
