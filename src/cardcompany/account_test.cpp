// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/account.h"

#include <gtest/gtest.h>

namespace countersign::cardcompany {
namespace {

crypto::SecretBytes secret(std::string_view text) {
  return crypto::SecretBytes::copy_of(as_bytes(text));
}

NewAccount card(std::string_view number, std::string expiry = "2029-08", std::string currency = "KRW") {
  return {documents::CardData{secret(number), std::move(expiry), "Kim Minji"},
          {500'000, std::move(currency)}};
}

TEST(Account, TakesTheNumberOfACard) {
  EXPECT_TRUE(check_account(card("4000002760003184")));
}

TEST(Account, RefusesAMistypedNumber) {
  EXPECT_EQ(check_account(card("4000002760003185")).error().code, ErrorCode::kMalformed);
}

TEST(Account, NeverSaysTheNumberThatItRefuses) {
  EXPECT_EQ(check_account(card("4000002760003185")).error().detail.find("4000"), std::string::npos);
}

TEST(Account, RefusesANumberThatIsTooShortThoughItsCheckDigitIsRight) {
  ASSERT_TRUE(documents::passes_luhn("18"));
  EXPECT_EQ(check_account(card("18")).error().code, ErrorCode::kMalformed);
}

TEST(Account, RefusesAMonthThatThereIsNot) {
  EXPECT_EQ(check_account(card("4000002760003184", "2029-13")).error().code, ErrorCode::kMalformed);
}

TEST(Account, RefusesWhatIsNoCurrency) {
  EXPECT_EQ(check_account(card("4000002760003184", "2029-08", "won")).error().code, ErrorCode::kMalformed);
}

TEST(Account, IsGoodToTheEndOfItsMonth) {
  Account account;
  account.expiry = "2026-11";
  EXPECT_FALSE(account.is_expired_at(parse_time("2026-11-30T23:59:59Z").value()));
  EXPECT_TRUE(account.is_expired_at(parse_time("2026-12-01T00:00:00Z").value()));
}

}  // namespace
}  // namespace countersign::cardcompany
