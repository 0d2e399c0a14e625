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
    record.signer = {7, number};
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
  EXPECT_EQ(kept[0].signer, (Sha256Digest{7, 1}));
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

TEST_F(SplitStoreTest, FindsOfACheckoutWhatMayBePaidBeforeWhatIsNewer) {
  PurchaseRecord first, newer;
  first.gateway = newer.gateway = "https://127.0.0.1:8443";
  first.checkout = newer.checkout = "checkout-1";
  first.merchant = newer.merchant = to_bytes("merchant");
  first.id = "019a0000-0000-7000-8000-000000000078";
  newer.id = "019a0000-0000-7000-8000-000000000079";
  newer.created = first.created + Seconds(10);
  const auto found = [&] { return take(store().find_purchase_of("checkout-1", first.merchant))->id; };
  const auto standing = [&] { return take(store().standing_purchase(first.gateway, "checkout-1")); };
  ASSERT_TRUE(store().add_purchase(first));
  ASSERT_TRUE(store().add_purchase(newer));
  EXPECT_EQ(found(), newer.id);
  EXPECT_EQ(standing(), "");
  ASSERT_TRUE(store().keep_signed(first.id, to_bytes("signed"), payment(1)));
  EXPECT_EQ(found(), first.id);
  EXPECT_EQ(standing(), first.id);
  EXPECT_EQ(take(store().standing_purchase("https://127.0.0.1:9443", "checkout-1")), "");
  EXPECT_EQ(take(store().standing_purchase(first.gateway, "checkout-2")), "");
  ASSERT_TRUE(store().keep_review(first.id, {1}, ReviewState::kDeclined, to_bytes("review")));
  EXPECT_EQ(found(), newer.id);
  EXPECT_EQ(standing(), "");
  ASSERT_TRUE(store().keep_signed(first.id, to_bytes("anew"), payment(2)));
  ASSERT_TRUE(store().keep_confirmed(first.id, to_bytes("confirmation")));
  EXPECT_EQ(found(), first.id) << "a checkout that is confirmed has ended so";
  EXPECT_EQ(standing(), "");
}

TEST_F(SplitStoreTest, KnowsNoStandingPaymentOfWhatIsRefused) {
  ASSERT_TRUE(store().keep_signed(id_, to_bytes("signed"), payment(1)));
  ASSERT_TRUE(store().keep_refused(id_, to_bytes("refusal")));
  EXPECT_FALSE(take(standing_payment(store(), id_)));
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
