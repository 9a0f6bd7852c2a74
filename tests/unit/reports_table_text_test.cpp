// Tables for terminals, Markdown and CSV: widths in characters, and cells that nothing can break out of.
#include <gtest/gtest.h>

#include <limits>

#include "reports/table_text.hpp"

namespace costscan {
namespace {

TEST(TableText, ColumnsAreAlignedByCharacters) {
  const TextRows rows{{"pass", "nodes", "time"}, {"é", "12", "3 µs"}, {"longer", "", ""}};
  EXPECT_EQ(aligned_table(rows),
            "pass    nodes  time\n"
            "é          12  3 µs\n"
            "longer\n");
  EXPECT_EQ(aligned_table(rows, "> ", std::numeric_limits<std::size_t>::max()),
            "> pass    nodes  time\n"
            "> é       12     3 µs\n"
            "> longer\n");
  EXPECT_EQ(aligned_table({}), "");
}

struct EscapedCase {
  const char* text;
  const char* escaped;
};

TEST(TableText, NoMarkupComesOutOfACell) {
  const EscapedCase cases[] = {
      {"plain text", "plain text"},
      {"a|b", "a\\|b"},
      {"*_`[x](y)~#@!$\\", "\\*\\_\\`\\[x\\](y)\\~\\#\\@\\!\\$\\\\"},
      {"<img src=x> & more", "&lt;img src=x&gt; &amp; more"},
      {"https://x.invalid", "https\\://x.invalid"},
      {"www.x.invalid", "www\\.x.invalid"},
      {"two\nlines", "two\\\\nlines"},
  };
  for (const EscapedCase& one : cases) EXPECT_EQ(markdown_text(one.text), one.escaped);
  EXPECT_EQ(markdown_table({{"name", "n"}, {"a|b", "1"}}), "| name | n |\n| --- | ---: |\n| a\\|b | 1 |\n");
}

TEST(TableText, CsvFieldsAreQuotedWhereTheyHaveToBe) {
  const EscapedCase cases[] = {{"plain", "plain"},
                               {"a,b", "\"a,b\""},
                               {"say \"x\"", "\"say \"\"x\"\"\""},
                               {"two\nlines", "\"two\nlines\""},
                               {"", ""}};
  for (const EscapedCase& one : cases) EXPECT_EQ(csv_field(one.text), one.escaped);
}

}  // namespace
}  // namespace costscan
