// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/mailed_secret.h"

#include <gtest/gtest.h>

#include "authority/testing/test_authority.h"

namespace countersign::authority {
namespace {

std::string text_of(const crypto::SecretBytes& secret) {
  return std::string(as_text(secret.reveal(crypto::SecretAccess{})));
}

TEST(MailedSecret, HasSevenGroupsOfFour) {
  const auto password = text_of(random_mailed_password());
  EXPECT_EQ(password.size(), 34U);
  EXPECT_EQ(password.find_first_not_of("0123456789ABCDEFGHJKMNPQRSTVWXYZ-"), std::string::npos);
  EXPECT_NE(password, text_of(random_mailed_password()));
}

TEST(MailedSecret, IsReadAsPeopleTypeIt) {
  EXPECT_EQ(text_of(normalize_typed("7q3k 0mzd-abcdefgh")), "7Q3K-0MZD-ABCD-EFGH");
  EXPECT_EQ(text_of(normalize_typed("OoIiLl12")), "0011-1112");
  EXPECT_EQ(typed_digest("7Q3K-0MZD"), typed_digest(" 7q3k0mzd "));
  EXPECT_NE(typed_digest("7Q3K-0MZE"), typed_digest("7Q3K-0MZD"));
}

}  // namespace
}  // namespace countersign::authority
