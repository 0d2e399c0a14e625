// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <gtest/gtest.h>

namespace countersign {
namespace {

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

}  // namespace
}  // namespace countersign
