// SPDX-License-Identifier: Apache-2.0
#include "authority/confirmation/frequent_keys.h"

#include <gtest/gtest.h>

#include "authority/testing/test_network.h"
#include "x509/cms.h"

namespace countersign::authority {
namespace {

class FrequentKeysTest : public testing::Test {
 protected:
  const TimePoint now_ = from_unix_seconds(1'790'000'000);
  TestNetwork network_{now_};
  x509::Signer tea_ = network_.issue_merchant("Tea house", now_);
  x509::Signer book_ = network_.issue_merchant("Book shop", now_);
};

TEST_F(FrequentKeysTest, MakesATableForWhoSignsOften) {
  FrequentKeys keys(8, 3);
  EXPECT_FALSE(keys.table_for(tea_.certificate));
  EXPECT_FALSE(keys.table_for(book_.certificate));
  EXPECT_FALSE(keys.table_for(tea_.certificate));
  const auto table = keys.table_for(tea_.certificate);
  ASSERT_TRUE(table);
  EXPECT_EQ(table->key(), tea_.certificate.public_key());
  EXPECT_EQ(keys.table_for(tea_.certificate), table);
  EXPECT_FALSE(keys.table_for(book_.certificate));
}

TEST_F(FrequentKeysTest, ForgetsWhoSignedLongestAgo) {
  FrequentKeys keys(1, 2);
  keys.table_for(tea_.certificate);
  EXPECT_TRUE(keys.table_for(tea_.certificate));
  keys.table_for(book_.certificate);
  EXPECT_FALSE(keys.table_for(tea_.certificate));
}

TEST_F(FrequentKeysTest, ATableVerifiesTheMessagesOfItsKeyAndNoOthers) {
  const Bytes der = take(x509::sign_cms(tea_, as_bytes("order"), {x509::ContentType::kData, now_}));
  const auto cms = take(x509::UnverifiedCms::parse(der));
  const auto of_tea = take(crypto::VerificationTable::make(tea_.certificate.public_key()));
  const auto of_book = take(crypto::VerificationTable::make(book_.certificate.public_key()));
  EXPECT_TRUE(x509::verify_cms(cms, tea_.certificate, &of_tea));
  EXPECT_TRUE(x509::verify_cms(cms, tea_.certificate, &of_book)) << "another key's table is not used";
  EXPECT_EQ(x509::verify_cms(cms, book_.certificate, &of_book).error().code, ErrorCode::kSignatureInvalid);

  Bytes altered = der;
  altered.back() ^= 1;  // the signature comes last
  const auto forged = take(x509::UnverifiedCms::parse(altered));
  EXPECT_EQ(x509::verify_cms(forged, tea_.certificate, &of_tea).error().code, ErrorCode::kSignatureInvalid);
}

}  // namespace
}  // namespace countersign::authority
