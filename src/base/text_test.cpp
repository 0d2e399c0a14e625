// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <gtest/gtest.h>

namespace countersign {
namespace {

TEST(TakeCodePoint, TakesOneAtATime) {
  std::string_view text = "a\n\u200b\U0001f6d2";
  EXPECT_EQ(take_code_point(text), U'a');
  EXPECT_EQ(take_code_point(text), U'\n');
  EXPECT_EQ(take_code_point(text), U'\u200b');
  EXPECT_EQ(take_code_point(text), U'\U0001f6d2');
  EXPECT_EQ(take_code_point(text), std::nullopt);
}

TEST(TakeCodePoint, TakesNothingOfWhatIsNotUtf8) {
  struct Row {
    const char* name;
    std::string_view text;
  };
  const Row rows[] = {{"continuation first", "\x80"},
                      {"cut short", "\xec\x84"},
                      {"overlong slash", "\xc0\xaf"},
                      {"surrogate", "\xed\xa0\x80"},
                      {"beyond U+10FFFF", "\xf4\x90\x80\x80"}};
  for (const Row& row : rows) {
    std::string_view text = row.text;
    EXPECT_EQ(take_code_point(text), std::nullopt) << row.name;
    EXPECT_EQ(text, row.text) << row.name;
  }
}

TEST(CountPlainCharacters, CountsCodePointsAndNotBytes) {
  EXPECT_EQ(count_plain_characters(""), 0U);
  EXPECT_EQ(count_plain_characters("Shop 1"), 6U);
  EXPECT_EQ(count_plain_characters("서울 상점"), 5U);
  EXPECT_EQ(count_plain_characters("\xf0\x9f\x9b\x92"), 1U);
}

TEST(CountPlainCharacters, RefusesWhatIsNotUtf8) {
  struct Row {
    const char* name;
    const char* text;
  };
  const Row rows[] = {{"continuation first", "\x80"}, {"cut short", "\xec\x84"},
                      {"overlong slash", "\xc0\xaf"}, {"overlong in three", "\xe0\x80\xaf"},
                      {"surrogate", "\xed\xa0\x80"},  {"beyond U+10FFFF", "\xf4\x90\x80\x80"},
                      {"no lead byte", "\xff"},       {"lead inside", "\xec\xec\x84"}};
  for (const Row& row : rows) EXPECT_FALSE(count_plain_characters(row.text)) << row.name;
}

TEST(CountPlainCharacters, RefusesControlAndBidirectionalCharacters) {
  for (const char* text :
       {"a\nb", "\x7f", "\xc2\x85", "\u061c", "\u200e", "\u2028", "\u202e", "\u2066", "\ufeff"})
    EXPECT_FALSE(count_plain_characters(text)) << text;
}

TEST(CountPlainCharacters, RefusesInvisibleFormatCharacters) {
  struct Row {
    const char* name;
    const char* text;
  };
  const Row rows[] = {{"soft hyphen", "tea\u00ad"},
                      {"combining grapheme joiner", "a\u034f"},
                      {"Hangul filler", "\u3164"},
                      {"Hangul choseong filler", "\u115f"},
                      {"halfwidth Hangul filler", "\uffa0"},
                      {"Mongolian vowel separator", "a\u180e"},
                      {"zero-width space", "tea\u200b"},
                      {"zero-width non-joiner", "a\u200c"},
                      {"zero-width joiner", "a\u200d"},
                      {"word joiner", "a\u2060"},
                      {"invisible times", "2\u20623"},
                      {"deprecated format control", "\u206f"},
                      {"interlinear annotation", "\ufff9"},
                      {"shorthand format control", "\U0001bca0"},
                      {"musical format control", "\U0001d173"},
                      {"tag", "a\U000e0041"}};
  for (const Row& row : rows) EXPECT_FALSE(count_plain_characters(row.text)) << row.name;
}

TEST(CountPlainCharacters, TakesWhatIsSeenAndWhatShapesIt) {
  struct Row {
    const char* name;
    const char* text;
  };
  const Row rows[] = {{"next to soft hyphen", "\u00ae"},
                      {"conjoining jamo", "\u1112\u1161\u11ab"},
                      {"hyphen", "\u2010"},
                      {"superscript", "\u2070"},
                      {"Hangul letter", "\u3163\u3165"},
                      {"heart as emoji", "\u2764\ufe0f"},
                      {"replacement character", "\ufffd"},
                      {"ideographic variation", "\u845b\U000e0100"}};
  for (const Row& row : rows) EXPECT_TRUE(count_plain_characters(row.text)) << row.name;
}

TEST(Split, KeepsEmptyPartsButNoneBehindTheLastSeparator) {
  EXPECT_EQ(split("a b c", ' '), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(split("a b ", ' '), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(split(" a  b", ' '), (std::vector<std::string>{"", "a", "", "b"}));
  EXPECT_TRUE(split("", ' ').empty());
}

TEST(TakePart, LeavesWhatFollowsTheSeparator) {
  std::string_view rest = "name=value=more";
  EXPECT_EQ(take_part(rest, '='), "name");
  EXPECT_EQ(rest, "value=more");
  EXPECT_EQ(take_part(rest, ';'), "value=more");
  EXPECT_EQ(take_part(rest, ';'), "");
}

}  // namespace
}  // namespace countersign
