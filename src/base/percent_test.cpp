// SPDX-License-Identifier: Apache-2.0
#include "base/percent.h"

#include <gtest/gtest.h>

namespace countersign {
namespace {

TEST(PercentDecode, TakesCodesInEitherCase) {
  EXPECT_EQ(percent_decode("").value(), "");
  EXPECT_EQ(percent_decode("a+b~").value(), "a+b~");
  EXPECT_EQ(percent_decode("%2fx%2F%00%ed%99%8D").value(), std::string("/x/\0\xed\x99\x8d", 7));
  EXPECT_EQ(percent_decode("%2541").value(), "%41");
}

TEST(PercentDecode, RefusesWrongCodesAndWhatHasToBeEncoded) {
  for (const std::string_view text :
       {"%", "%4", "a%4", "%g1", "%1g", "%%41", "% 1", "%+1", "a b", "a\n", "\x7f", "é"})
    EXPECT_EQ(percent_decode(text).error().code, ErrorCode::kMalformed) << text;
}

}  // namespace
}  // namespace countersign
