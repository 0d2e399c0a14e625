// SPDX-License-Identifier: Apache-2.0
#include "authority/confirmation/frequent_keys.h"

#include <gtest/gtest.h>

#include <array>
#include <future>

#include "authority/confirmation/verify_request.h"
#include "authority/testing/test_network.h"
#include "authority/testing/test_world.h"
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
  FrequentKeys keys({.worthwhile = 3});
  for (int i = 0; i < 2; ++i) keys.count_verified(tea_.certificate);
  keys.count_verified(book_.certificate);
  EXPECT_FALSE(keys.find(tea_.certificate));
  keys.count_verified(tea_.certificate);
  const auto table = keys.find(tea_.certificate);
  ASSERT_TRUE(table);
  EXPECT_EQ(table->key(), tea_.certificate.public_key());
  keys.count_verified(tea_.certificate);
  EXPECT_EQ(keys.find(tea_.certificate), table);
  EXPECT_FALSE(keys.find(book_.certificate));
}

TEST_F(FrequentKeysTest, ForgetsTheTableThatWasUsedLongestAgoAndNoCount) {
  FrequentKeys keys({.tables = 1, .worthwhile = 2});
  for (int i = 0; i < 2; ++i) keys.count_verified(tea_.certificate);
  keys.count_verified(book_.certificate);
  EXPECT_TRUE(keys.find(tea_.certificate)) << "a count displaces no table";
  keys.count_verified(book_.certificate);
  EXPECT_TRUE(keys.find(book_.certificate));
  EXPECT_FALSE(keys.find(tea_.certificate));
}

TEST_F(FrequentKeysTest, ServesManyThreads) {
  FrequentKeys keys({.worthwhile = 50});
  const Bytes der = take(x509::sign_cms(tea_, as_bytes("order"), {x509::ContentType::kData, now_}));
  const auto cms = take(x509::UnverifiedCms::parse(der));
  std::array<std::future<void>, 4> workers;
  for (auto& worker : workers) {
    worker = std::async(std::launch::async, [&] {
      for (int i = 0; i < 50; ++i) {
        const auto table = keys.find(tea_.certificate);
        EXPECT_TRUE(x509::verify_cms(cms, tea_.certificate, table.get()));
        keys.count_verified(tea_.certificate);
        keys.count_verified(book_.certificate);
      }
    });
  }
  for (auto& worker : workers) worker.get();
  EXPECT_TRUE(keys.find(tea_.certificate));
}

TEST(VerifyRequest, MakesATableForTheMerchantAndNoneForThePurchaser) {
  TestWorld world;
  KnownCertificates known(world.network.anchor, *world.database, *world.directory, {.worthwhile = 2});
  const auto verify = [&](Bytes countersigned) {
    return verify_request({std::move(countersigned), std::nullopt}, world.merchant->certificate,
                          world.network.data_centre, known);
  };
  Bytes altered = world.countersigned(world.new_order());
  altered.back() ^= 1;  // the countersignature comes last
  for (int i = 0; i < 3; ++i) EXPECT_EQ(verify(altered).error().code, ErrorCode::kSignatureInvalid);
  const auto merchant = take(known.find(world.merchant->certificate.fingerprint()));
  EXPECT_FALSE(known.table_of(*merchant)) << "only what has verified counts";
  for (int i = 0; i < 2; ++i) take(verify(world.countersigned(world.new_order())));
  ASSERT_TRUE(known.table_of(*merchant));
  EXPECT_EQ(known.table_of(*merchant)->key(), world.merchant->certificate.public_key());
  EXPECT_FALSE(known.table_of(*take(known.find(world.purchaser->certificate.fingerprint()))));
  EXPECT_EQ(verify(altered).error().code, ErrorCode::kSignatureInvalid) << "by the table, too";
  EXPECT_TRUE(std::holds_alternative<VerifiedRequest>(take(verify(world.countersigned(world.new_order())))));
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
