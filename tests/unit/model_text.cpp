#include <gtest/gtest.h>

#include "model/text.hpp"

namespace costscan {
namespace {

struct TextCase {
  std::string text;
  bool utf8;
  std::string printable;
};

TEST(Text, Table) {
  const TextCase cases[] = {
      {"", true, ""},
      {"plain/Add_1", true, "plain/Add_1"},
      {"caf\xC3\xA9", true, "caf\xC3\xA9"},
      {"\xE2\x82\xAC", true, "\xE2\x82\xAC"},
      {"\xF0\x9F\x98\x80", true, "\xF0\x9F\x98\x80"},
      {"\xF4\x8F\xBF\xBF", true, "\xF4\x8F\xBF\xBF"},       // U+10FFFF
      {"\xF4\x90\x80\x80", false, "\\xf4\\x90\\x80\\x80"},  // above it
      {"\xC0\xAF", false, "\\xc0\\xaf"},                    // overlong '/'
      {"\xE0\x80\xAF", false, "\\xe0\\x80\\xaf"},           // overlong in three bytes
      {"\xF0\x80\x80\xAF", false, "\\xf0\\x80\\x80\\xaf"},  // overlong in four bytes
      {"\xED\xA0\x80", false, "\\xed\\xa0\\x80"},           // surrogate
      {"a\x80", false, "a\\x80"},                           // continuation alone
      {"a\xC3", false, "a\\xc3"},                           // cut off
      {"\xE2\x82", false, "\\xe2\\x82"},                    // cut off
      {"a\nb\tc", true, "a\\x0ab\\x09c"},
      {std::string("a\0b", 3), true, "a\\x00b"},
      {"\x1B[31mred", true, "\\x1b[31mred"},
      {"\x7F", true, "\\x7f"},
  };
  for (const TextCase& text : cases) {
    EXPECT_EQ(is_utf8(text.text), text.utf8) << text.printable;
    EXPECT_EQ(printable(text.text), text.printable);
    EXPECT_TRUE(is_utf8(sanitized_utf8(text.text))) << text.printable;
    if (text.utf8) {
      EXPECT_EQ(sanitized_utf8(text.text), text.text);
    }
  }
}

TEST(Text, LongTextsAreCutBetweenCharacters) {
  EXPECT_EQ(printable(std::string(10'000'000, 'n')), std::string(120, 'n') + "...");
  EXPECT_EQ(printable("abcdef", 6), "abcdef");
  EXPECT_EQ(printable("abcdef", 5), "abcde...");
  EXPECT_EQ(printable("ab\xC3\xA9", 3), "ab...");
  EXPECT_EQ(printable("ab\xC3\xA9", 4), "ab\xC3\xA9");
}

TEST(Text, SanitizedReplacesEachWrongByte) { EXPECT_EQ(sanitized_utf8("a\xFFz\xC3"), "a\xEF\xBF\xBDz\xEF\xBF\xBD"); }

}  // namespace
}  // namespace costscan
