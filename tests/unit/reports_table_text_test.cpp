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

struct FittedCase {
  std::size_t width;
  const char* table;
};

TEST(TableText, NamesStandAboveTheirRowsThenColumnsGoBelow) {
  const TextRows rows{{"what", "first", "second", "third"}, {"a_name_of_twenty_eight_marks", "1", "22", "333"}};
  EXPECT_EQ(table_width(rows), 28U + 2 + 5 + 2 + 6 + 2 + 5);
  const FittedCase cases[] = {
      {50,
       "what                          first  second  third\n"
       "a_name_of_twenty_eight_marks      1      22    333\n"},
      // A name stays whole, so that it can be copied: it stands above its figures.
      {48,
       "what  first  second  third\n"
       "a_name_of_twenty_eight_marks\n"
       "          1      22    333\n"},
      {44,
       "what                          first  second\n"
       "a_name_of_twenty_eight_marks      1      22\n"
       "\n"
       "what                          third\n"
       "a_name_of_twenty_eight_marks    333\n"},
  };
  for (const FittedCase& one : cases) EXPECT_EQ(fitted_table(rows, one.width), one.table) << one.width;
  EXPECT_EQ(fitted_table({}, 80), "");
}

struct WrappedCase {
  const char* text;
  std::size_t width;
  std::size_t indent;
  const char* lines;
};

TEST(TableText, TextIsBrokenAtBlanks) {
  const WrappedCase cases[] = {
      {"", 80, 4, ""},
      {"short", 80, 4, "short"},
      {"one two three four five six", 24, 4, "one two three four\n    five six"},
      {"µµµµµµµµµ µµµµµµµµµ µ", 20, 0, "µµµµµµµµµ µµµµµµµµµ\nµ"},  // characters, not bytes
      {"a rather long text 1.23 ms", 23, 0, "a rather long text\n1.23 ms"},
      {"a_word_that_is_longer_than_the_line b", 20, 2, "a_word_that_is_longer_than_the_line\n  b"},
      {"gaps   stay   in a line", 40, 0, "gaps   stay   in a line"},
      {"but are no part of the   next line", 24, 0, "but are no part of the\nnext line"},
  };
  for (const WrappedCase& one : cases) EXPECT_EQ(wrapped_text(one.text, one.width, one.indent), one.lines) << one.text;
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
