// SPDX-License-Identifier: Apache-2.0
#include "enterprise/purchase_book.h"

#include <gtest/gtest.h>

#include "crypto/digest.h"
#include "enterprise/testing/buying_world.h"

namespace countersign::enterprise {
namespace {

constexpr std::int64_t kAbove = 500'000;

class PurchaseBookTest : public ::testing::Test {
 protected:
  // Asked for by Han, with the seller's order at hand.
  PurchaseOrder offered(std::int64_t total = kAbove, std::string key = "key") {
    world.sell_for(total);
    const auto asked = take(world.book->ask(world.request(han, std::move(key))));
    take(world.book->keep_offer(asked.id, offer()));
    return world.view(asked.id).order;
  }
  Offer offer() {
    const auto bytes = world.trade.order_bytes(world.peers.order);
    return {world.peers.order, bytes, world.trade.merchant.certificate.der()};
  }
  ErrorCode approve(const PurchaseOrder& order, const Credential& by) {
    const auto approved = world.book->approve(order.id, by, world.digest(order.id));
    return approved ? ErrorCode::kInternal : approved.error().code;
  }
  Result<void> sign(const PurchaseOrder& order) {
    return world.book->keep_signed(order.id, world.digest(order.id), as_bytes("signed"));
  }

  BuyingWorld world;
  const Credential han = world.credential("Han Seojun", {true, true});
  const Credential kim = world.credential("Kim Minji", {false, true});
  const Credential lee = world.credential("Lee Jiho", {true, true});
  const Credential software = world.credential("ERP", {true, false}, Bearer::kSoftware);
};

TEST_F(PurchaseBookTest, GivesTheSamePurchaseOrderForTheSameKeyAlsoAfterARestart) {
  const auto request = world.request(han);
  const auto first = take(world.book->ask(request));
  world.restart();
  EXPECT_EQ(take(world.book->ask(request)).id, first.id);
}

TEST_F(PurchaseBookTest, RefusesTheKeyForSomethingElse) {
  auto request = world.request(han);
  take(world.book->ask(request));
  request.reference = "PO-2";
  EXPECT_EQ(world.book->ask(request).error().code, ErrorCode::kConflict);
}

TEST_F(PurchaseBookTest, TakesTheSameKeyOfAnotherCredentialForAnotherRequest) {
  take(world.book->ask(world.request(han)));
  auto other = world.request(lee);
  other.checkout = "checkout-2";
  EXPECT_TRUE(world.book->ask(other));
}

TEST_F(PurchaseBookTest, RefusesASecondPurchaseOrderOfACheckoutUntilTheFirstIsOverUnsigned) {
  const auto first = take(world.book->ask(world.request(han)));
  EXPECT_EQ(world.book->ask(world.request(lee)).error().code, ErrorCode::kConflict);
  take(world.book->withdraw(first.id, {han.id, han.name}));
  EXPECT_TRUE(world.book->ask(world.request(lee)));
}

TEST_F(PurchaseBookTest, RefusesASecondPurchaseOrderOfASignedCheckout) {
  take(sign(offered(1000)));
  EXPECT_EQ(world.book->ask(world.request(lee)).error().code, ErrorCode::kConflict);
}

TEST_F(PurchaseBookTest, RefusesTheSameOrderOfASellerUnderAnotherCheckout) {
  offered(1000);
  auto other = world.request(lee);
  other.gateway = "https://localhost:8443";
  const auto asked = take(world.book->ask(other));
  EXPECT_EQ(world.book->keep_offer(asked.id, offer()).error().code, ErrorCode::kConflict);
}

TEST_F(PurchaseBookTest, WantsToKnowWhoAsksAboveTheAmount) {
  world.sell_for(kAbove);
  auto request = world.request(software);
  EXPECT_EQ(world.book->ask(request).error().code, ErrorCode::kConsentMissing);
  request.requester.person = "Stranger";
  EXPECT_EQ(world.book->ask(request).error().code, ErrorCode::kNotFound);
  request.requester.person = kim.name;
  EXPECT_TRUE(world.book->ask(request));
}

TEST_F(PurchaseBookTest, WantsToKnowWhoAsksAlsoWhereTheAmountBecameLowerSince) {
  world.sell_for(1000);
  const auto asked = take(world.book->ask(world.request(software)));
  auto lower = take(PurchaseBook::open(*world.database, world.clock,
                                       {take(parse_approval_policy({"KRW 999"})), Seconds(60)}));
  EXPECT_EQ(lower.keep_offer(asked.id, offer()).error().code, ErrorCode::kConsentMissing);
  EXPECT_EQ(world.state(asked.id), PurchaseState::kRequested);
  EXPECT_TRUE(world.book->keep_offer(asked.id, offer()));
}

TEST_F(PurchaseBookTest, LetsAnOrderBelowTheAmountGo) {
  EXPECT_EQ(offered(100'000).state, PurchaseState::kApproved);
  EXPECT_TRUE(world.book->due(10).value().size() == 1);
}

TEST_F(PurchaseBookTest, WaitsForTwoPeopleAlsoOverARestart) {
  const auto order = offered();
  EXPECT_EQ(order.state, PurchaseState::kAwaitingApproval);
  take(world.book->approve(order.id, kim, world.digest(order.id)));
  EXPECT_EQ(world.state(order.id), PurchaseState::kAwaitingApproval);
  world.restart();
  take(world.book->approve(order.id, lee, world.digest(order.id)));
  EXPECT_EQ(world.state(order.id), PurchaseState::kApproved);
  const auto approvals = world.view(order.id).approvals;
  ASSERT_EQ(approvals.size(), 2U);
  for (const auto& approval : approvals) EXPECT_EQ(approval.at, world.clock.now());
}

TEST_F(PurchaseBookTest, RefusesTheApprovalOfWhoAsked) {
  EXPECT_EQ(approve(offered(), han), ErrorCode::kForbidden);
}

TEST_F(PurchaseBookTest, RefusesTheApprovalOfWhoAskedByAnotherCredential) {
  EXPECT_EQ(approve(offered(), world.credential("Han Seojun", {false, true})), ErrorCode::kForbidden);
}

TEST_F(PurchaseBookTest, RefusesTheApprovalOfWhomSoftwareAskedFor) {
  world.sell_for(kAbove);
  auto request = world.request(software);
  request.requester.person = kim.name;
  const auto asked = take(world.book->ask(request));
  take(world.book->keep_offer(asked.id, offer()));
  EXPECT_EQ(approve(asked, kim), ErrorCode::kForbidden);
}

TEST_F(PurchaseBookTest, RefusesASecondApprovalByTheSamePersonByWhateverCredential) {
  const auto order = offered();
  take(world.book->approve(order.id, kim, world.digest(order.id)));
  EXPECT_EQ(approve(order, kim), ErrorCode::kConflict);
  EXPECT_EQ(approve(order, world.credential("Kim Minji", {false, true})), ErrorCode::kConflict);
  EXPECT_EQ(world.state(order.id), PurchaseState::kAwaitingApproval);
}

TEST_F(PurchaseBookTest, RefusesAnApprovalWithoutTheRight) {
  EXPECT_EQ(approve(offered(), world.credential("Choi Ara", {true, false})), ErrorCode::kForbidden);
}

TEST_F(PurchaseBookTest, RefusesTheApprovalOfOtherBytes) {
  const auto order = offered();
  EXPECT_EQ(world.book->approve(order.id, kim, crypto::sha256(as_bytes("other"))).error().code,
            ErrorCode::kConflict);
}

TEST_F(PurchaseBookTest, RefusesAnApprovalBeforeTheSellersOrderIsHere) {
  world.sell_for(kAbove);
  const auto asked = take(world.book->ask(world.request(han)));
  EXPECT_EQ(world.book->approve(asked.id, kim, Sha256Digest{}).error().code, ErrorCode::kConflict);
}

TEST_F(PurchaseBookTest, RefusesAnApprovalAfterItsTime) {
  const auto order = offered();
  world.clock.set(world.peers.order.expires);
  EXPECT_EQ(approve(order, kim), ErrorCode::kExpired);
  take(world.book->expire(order.id));
  EXPECT_EQ(approve(order, kim), ErrorCode::kExpired);
  EXPECT_EQ(world.state(order.id), PurchaseState::kExpired);
}

TEST_F(PurchaseBookTest, ExpiresNothingBeforeItsTime) {
  EXPECT_EQ(world.book->expire(offered().id).error().code, ErrorCode::kNotYetValid);
}

TEST_F(PurchaseBookTest, TakesAChangedOrdersApprovalsAway) {
  const auto order = offered();
  take(world.book->approve(order.id, kim, world.digest(order.id)));
  take(world.book->approve(order.id, lee, world.digest(order.id)));
  world.peers.order.lines[0].description = "Another jar";
  take(world.book->keep_offer(order.id, offer()));
  EXPECT_EQ(world.state(order.id), PurchaseState::kAwaitingApproval);
  for (const auto& approval : world.view(order.id).approvals) EXPECT_FALSE(approval.counts);
  EXPECT_EQ(world.view(order.id).events.back().act, "changed");
  take(world.book->approve(order.id, kim, world.digest(order.id)));
  EXPECT_EQ(world.state(order.id), PurchaseState::kAwaitingApproval);
  take(world.book->approve(order.id, lee, world.digest(order.id)));
  EXPECT_EQ(world.state(order.id), PurchaseState::kApproved);
}

TEST_F(PurchaseBookTest, LooksAtAnOrderThatGoesOnChangingAtGrowingDistancesAndAtLastNoMore) {
  const auto order = offered(1000);
  for (const int seconds : {1, 2, 4, 8, 16}) {
    world.peers.order.lines[0].description = "Jar " + std::to_string(seconds);
    take(world.book->keep_offer(order.id, offer()));
    EXPECT_TRUE(world.book->due(10).value().empty());
    world.clock.advance(Seconds(seconds));
    EXPECT_EQ(world.book->due(10).value().size(), 1U) << seconds;
  }
  take(world.book->keep_offer(order.id, offer()));
  world.peers.order.lines[0].description = "Another jar";
  EXPECT_EQ(world.book->keep_offer(order.id, offer()).error().code, ErrorCode::kConflict);
}

TEST_F(PurchaseBookTest, ShowsTheNewestOfManyEvents) {
  const auto order = offered(1000);
  take(world.database->write([&](storage::Transaction& transaction) -> Result<void> {
    for (int i = 1; i <= 1000; ++i) {
      TRY(append_event(transaction, order.id, {world.clock.now(), "changed", "gateway", std::to_string(i)}));
    }
    return ok();
  }));
  const auto events = world.view(order.id).events;
  ASSERT_EQ(events.size(), 1000U);
  EXPECT_EQ(events.front().detail, "1");
  EXPECT_EQ(events.back().detail, "1000");
}

TEST_F(PurchaseBookTest, CountsNoApprovalOfARevokedCredential) {
  const auto order = offered();
  take(world.book->approve(order.id, kim, world.digest(order.id)));
  take(world.book->approve(order.id, lee, world.digest(order.id)));
  take(revoke_credential(*world.database, kim.id, world.clock.now()));
  EXPECT_EQ(sign(order).error().code, ErrorCode::kConflict);
  take(world.book->keep_offer(order.id, offer()));
  EXPECT_EQ(world.state(order.id), PurchaseState::kAwaitingApproval);
  take(world.book->approve(order.id, world.credential("Kim Minji", {false, true}), world.digest(order.id)));
  EXPECT_TRUE(sign(order));
}

TEST_F(PurchaseBookTest, KeepsNothingSignedThatIsNotApproved) {
  const auto order = offered();
  EXPECT_EQ(sign(order).error().code, ErrorCode::kConflict);
  take(world.book->approve(order.id, kim, world.digest(order.id)));
  EXPECT_EQ(sign(order).error().code, ErrorCode::kConflict);
}

TEST_F(PurchaseBookTest, KeepsNothingSignedOfOtherBytesOrTooLateOrTwice) {
  const auto order = offered(1000);
  EXPECT_EQ(
      world.book->keep_signed(order.id, crypto::sha256(as_bytes("other")), as_bytes("signed")).error().code,
      ErrorCode::kConflict);
  const auto before = world.clock.now();
  world.clock.set(world.peers.order.expires);
  EXPECT_EQ(sign(order).error().code, ErrorCode::kExpired);
  world.clock.set(before);
  EXPECT_TRUE(sign(order));
  EXPECT_EQ(sign(order).error().code, ErrorCode::kConflict);
}

TEST_F(PurchaseBookTest, EndsWithARejectionAndItsReason) {
  const auto order = offered();
  EXPECT_EQ(world.book->reject(order.id, kim, "").error().code, ErrorCode::kMalformed);
  EXPECT_EQ(world.book->reject(order.id, world.credential("Choi Ara", {true, false}), "no").error().code,
            ErrorCode::kForbidden);
  take(world.book->reject(order.id, kim, "no budget"));
  EXPECT_EQ(world.state(order.id), PurchaseState::kRejected);
  const auto last = world.view(order.id).events.back();
  EXPECT_EQ(last.who, kim.name);
  EXPECT_EQ(last.detail, "no budget");
  EXPECT_EQ(approve(order, lee), ErrorCode::kConflict);
}

TEST_F(PurchaseBookTest, RefusesTheRejectionOfWhoAsked) {
  const auto order = offered();
  EXPECT_EQ(world.book->reject(order.id, han, "no").error().code, ErrorCode::kForbidden);
  EXPECT_EQ(world.book->reject(order.id, world.credential("Han Seojun", {false, true}), "no").error().code,
            ErrorCode::kForbidden);
  EXPECT_EQ(world.state(order.id), PurchaseState::kAwaitingApproval);
}

TEST_F(PurchaseBookTest, LetsWhoAskedWithdrawUntilItIsSigned) {
  const auto order = offered(1000);
  EXPECT_EQ(world.book->withdraw(order.id, {kim.id, kim.name}).error().code, ErrorCode::kForbidden);
  take(sign(order));
  EXPECT_EQ(world.book->withdraw(order.id, {han.id, han.name}).error().code, ErrorCode::kConflict);
}

TEST_F(PurchaseBookTest, SignsNothingThatWasWithdrawn) {
  const auto order = offered(1000);
  take(world.book->withdraw(order.id, {"another credential", han.name}));
  take(world.book->withdraw(order.id, {han.id, han.name}));
  EXPECT_EQ(sign(order).error().code, ErrorCode::kConflict);
  EXPECT_EQ(world.book->keep_offer(order.id, offer()).error().code, ErrorCode::kConflict);
}

TEST_F(PurchaseBookTest, GivesUpNothingThatIsSigned) {
  const auto order = offered(1000);
  take(sign(order));
  EXPECT_EQ(world.book->give_up(order.id, {ErrorCode::kForbidden, ""}).error().code, ErrorCode::kConflict);
}

TEST_F(PurchaseBookTest, TakesNoRefusalForTheEndBeforeTheOrdersTimeIsOver) {
  const auto order = offered(1000);
  take(sign(order));
  const auto keep = [&] {
    return world.book->keep_refusal(order.id, as_bytes("refusal"), ErrorCode::kCertificateRevoked);
  };
  EXPECT_EQ(keep().error().code, ErrorCode::kNotYetValid);
  world.clock.set(order.valid_until);
  EXPECT_TRUE(keep());
  EXPECT_EQ(world.state(order.id), PurchaseState::kRefused);
}

TEST_F(PurchaseBookTest, KeepsOneConfirmationOfWhatWasSigned) {
  const auto order = offered(1000);
  const auto keep = [&](std::string_view document) {
    return world.book->keep_confirmation(order.id, as_bytes(document), AnswerSource::kSeller);
  };
  EXPECT_EQ(keep("one").error().code, ErrorCode::kConflict) << "nothing was signed";
  take(sign(order));
  EXPECT_TRUE(keep("one"));
  EXPECT_EQ(keep("another").error().code, ErrorCode::kConflict);
  EXPECT_EQ(to_text(world.view(order.id).order.confirmation), "one");
}

TEST_F(PurchaseBookTest, TriesAgainAtGrowingDistances) {
  const auto order = offered(1000);
  const Error silent{ErrorCode::kUnavailable, "no answer"};
  for (const int seconds : {1, 2, 4}) {
    take(world.book->postpone(order.id, silent));
    EXPECT_TRUE(world.book->due(10).value().empty());
    world.clock.advance(Seconds(seconds));
    const auto due = world.book->due(10).value();
    ASSERT_EQ(due.size(), 1U) << seconds;
    EXPECT_EQ(due[0].id, order.id);
  }
}

TEST_F(PurchaseBookTest, CutsAPeersWordsWhereACharacterBegins) {
  const auto order = offered(1000);
  std::string words = "x";
  for (int i = 0; i < 150; ++i) words += "é";
  take(world.book->postpone(order.id, {ErrorCode::kUnavailable, words}));
  EXPECT_EQ(world.view(order.id).order.detail, words.substr(0, 299));
}

TEST_F(PurchaseBookTest, ListsByStateAndPageNewestFirst) {
  const auto first = offered(1000, "first");
  world.clock.advance(Seconds(1));
  auto request = world.request(han, "second");
  request.checkout = "checkout-2";
  const auto second = take(world.book->ask(request));
  const auto ids = [&](std::optional<PurchaseState> state, std::string_view cursor) {
    std::vector<std::string> found;
    for (const auto& order : take(world.book->list(state, cursor, 10))) found.push_back(order.id);
    return found;
  };
  EXPECT_EQ(ids(std::nullopt, ""), (std::vector{second.id, first.id}));
  EXPECT_EQ(ids(std::nullopt, second.id), std::vector{first.id});
  EXPECT_EQ(ids(PurchaseState::kRequested, ""), std::vector{second.id});
}

TEST_F(PurchaseBookTest, CountsWhatWaitsForPeopleAndForAnswers) {
  const auto order = offered();
  EXPECT_EQ(take(world.book->count()).awaiting_approval, 1);
  for (const auto& by : {kim, lee}) take(world.book->approve(order.id, by, world.digest(order.id)));
  take(sign(order));
  EXPECT_EQ(take(world.book->count()).awaiting_approval, 0);
  EXPECT_EQ(take(world.book->count()).pending, 1);
  take(world.book->keep_confirmation(order.id, as_bytes("one"), AnswerSource::kSeller));
  EXPECT_EQ(take(world.book->count()).pending, 1);
  take(world.book->keep_confirmation(order.id, as_bytes("one"), AnswerSource::kAuthority));
  EXPECT_EQ(take(world.book->count()).pending, 0);
}

TEST_F(PurchaseBookTest, KnowsNothingOfOtherIds) {
  EXPECT_EQ(world.book->find("none").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(world.book->withdraw("none", {han.id, han.name}).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace countersign::enterprise
