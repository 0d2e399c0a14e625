// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "wallet/set_payment.h"
#include "wallet/testing/fake_peers.h"

namespace countersign::wallet {
namespace {

class SplitStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    world_.enrol();
    PurchaseRecord record;
    record.id = id_;
    record.order = to_bytes("order");
    ASSERT_TRUE(store().add_purchase(record));
  }
  WalletStore& store() { return *world_.store; }
  static SplitPaymentRecord payment(std::uint8_t number) {
    SplitPaymentRecord record;
    record.envelope = to_bytes("the envelope");
    record.instruction = {number};
    record.ending = "1111";
    return record;
  }
  WalletWorld world_;
  const std::string id_ = "019a0000-0000-7000-8000-000000000077";
};

TEST_F(SplitStoreTest, KeepsPaymentAndSignatureOverARestart) {
  ASSERT_TRUE(store().keep_signed(id_, to_bytes("signed"), payment(1)));
  world_.restart();
  const auto kept = take(store().split_payments(id_));
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].envelope, to_bytes("the envelope"));
  EXPECT_EQ(kept[0].instruction, Sha256Digest{1});
  EXPECT_EQ(kept[0].ending, "1111");
  EXPECT_EQ(kept[0].state, ReviewState::kOpen);
  EXPECT_TRUE(kept[0].review.empty());
  const auto purchase = take(store().find_purchase(id_));
  EXPECT_EQ(purchase->state, PurchaseState::kSigned);
  EXPECT_EQ(purchase->signed_order, to_bytes("signed"));
}

TEST_F(SplitStoreTest, TakesNoSecondPaymentWhileTheFirstMayCount) {
  ASSERT_TRUE(store().keep_signed(id_, to_bytes("signed"), payment(1)));
  EXPECT_EQ(store().keep_signed(id_, to_bytes("anew"), payment(2)).error().code, ErrorCode::kConflict);
  ASSERT_TRUE(store().keep_review(id_, {1}, ReviewState::kApproved, to_bytes("review")));
  EXPECT_EQ(store().keep_signed(id_, to_bytes("anew"), payment(2)).error().code, ErrorCode::kConflict);
  EXPECT_EQ(take(store().find_purchase(id_))->signed_order, to_bytes("signed"));
  EXPECT_EQ(take(standing_payment(store(), id_))->instruction, Sha256Digest{1});
}

TEST_F(SplitStoreTest, TakesAnotherPaymentAfterADeclineAndKeepsBoth) {
  ASSERT_TRUE(store().keep_signed(id_, to_bytes("signed"), payment(1)));
  ASSERT_TRUE(store().keep_review(id_, {1}, ReviewState::kDeclined, to_bytes("review")));
  EXPECT_FALSE(take(standing_payment(store(), id_)));
  ASSERT_TRUE(store().keep_signed(id_, to_bytes("anew"), payment(2)));
  const auto kept = take(store().split_payments(id_));
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[0].review, to_bytes("review"));
  EXPECT_EQ(kept[0].state, ReviewState::kDeclined);
  EXPECT_EQ(kept[1].state, ReviewState::kOpen);
  EXPECT_EQ(take(store().find_purchase(id_))->signed_order, to_bytes("anew"));
}

TEST_F(SplitStoreTest, KeepsTheFirstAnswerOfTheCompanyAlone) {
  ASSERT_TRUE(store().keep_signed(id_, to_bytes("signed"), payment(1)));
  EXPECT_EQ(store().keep_review(id_, {2}, ReviewState::kApproved, to_bytes("other")).error().code,
            ErrorCode::kConflict);
  ASSERT_TRUE(store().keep_review(id_, {1}, ReviewState::kApproved, to_bytes("review")));
  EXPECT_EQ(store().keep_review(id_, {1}, ReviewState::kDeclined, to_bytes("other")).error().code,
            ErrorCode::kConflict);
  EXPECT_EQ(take(store().split_payments(id_))[0].review, to_bytes("review"));
}

TEST_F(SplitStoreTest, TakesNoPaymentForWhatIsCancelled) {
  ASSERT_TRUE(store().keep_cancelled(id_));
  EXPECT_EQ(store().keep_signed(id_, to_bytes("signed"), payment(1)).error().code, ErrorCode::kConflict);
  EXPECT_TRUE(take(store().split_payments(id_)).empty());
}

TEST_F(SplitStoreTest, KeepsNothingOfAPaymentInClear) {
  ASSERT_TRUE(store().keep_signed(id_, to_bytes("signed order bytes"), payment(1)));
  ASSERT_TRUE(store().keep_review(id_, {1}, ReviewState::kDeclined, to_bytes("the review")));
  world_.restart();
  for (const auto& entry : std::filesystem::directory_iterator(world_.folder)) {
    if (!entry.is_regular_file()) continue;
    const auto content = take(storage::read_file(entry.path(), 64 << 20));
    for (const std::string_view text : {"the envelope", "card 1111", "the review", "signed order bytes"})
      EXPECT_EQ(as_text(content).find(text), std::string_view::npos) << entry.path() << " holds " << text;
  }
}

}  // namespace
}  // namespace countersign::wallet
