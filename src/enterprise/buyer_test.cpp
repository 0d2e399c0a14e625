// SPDX-License-Identifier: Apache-2.0
#include "enterprise/buyer.h"

#include <gtest/gtest.h>

#include <thread>
#include <utility>

#include "enterprise/testing/buying_world.h"
#include "sample/issuers.h"

namespace countersign::enterprise {
namespace {

constexpr std::int64_t kAbove = 500'000;

class BuyerTest : public ::testing::Test {
 protected:
  std::string ask() { return take(world.book->ask(world.request(han))).id; }
  void advance(const std::string& id) { take(world.buyer->advance(id)); }
  // Above the amount, and at the seller once.
  std::string ask_above() {
    world.sell_for(kAbove);
    const auto id = ask();
    advance(id);
    return id;
  }
  void approve(const std::string& id) {
    for (const auto& by : {kim, lee}) take(world.book->approve(id, by, world.digest(id)));
  }
  std::string code(const std::string& id) { return world.view(id).order.code; }

  BuyingWorld world;
  const Credential han = world.credential("Han Seojun", {true, true});
  const Credential kim = world.credential("Kim Minji", {false, true});
  const Credential lee = world.credential("Lee Jiho", {false, true});
};

TEST_F(BuyerTest, ConfirmsAnOrderBelowTheAmountAndFetchesItsOwnCopy) {
  const auto id = ask();
  take(world.buyer->work());
  take(world.buyer->work());
  const auto order = world.view(id).order;
  EXPECT_EQ(order.state, PurchaseState::kConfirmed);
  EXPECT_EQ(order.confirmation, world.peers.confirmation);
  EXPECT_TRUE(order.fetched_itself);
  ASSERT_EQ(world.peers.questions.size(), 1U);
  EXPECT_EQ(world.peers.questions[0].order_id, world.peers.order.id);
  EXPECT_TRUE(world.book->due(10).value().empty());
}

TEST_F(BuyerTest, SignsExactlyTheBytesThatTwoPeopleApproved) {
  const auto id = ask_above();
  EXPECT_EQ(world.state(id), PurchaseState::kAwaitingApproval);
  advance(id);
  EXPECT_EQ(world.peers.signed_orders_received, 0);
  approve(id);
  advance(id);
  const auto order = world.view(id).order;
  EXPECT_EQ(order.state, PurchaseState::kConfirmed);
  const auto cms = take(x509::UnverifiedCms::parse(order.signed_order));
  EXPECT_EQ(to_bytes(cms.unverified_content()), world.trade.order_bytes(world.peers.order));
}

struct Deviation {
  std::string name;
  std::function<void(documents::Order&, const evidence::Trade&)> change;
  ErrorCode code;
};
class DeviationTest : public BuyerTest, public ::testing::WithParamInterface<Deviation> {};

TEST_P(DeviationTest, IsNotSigned) {
  const auto request = world.request(han);
  GetParam().change(world.peers.order, world.trade);
  const auto id = take(world.book->ask(request)).id;
  advance(id);
  EXPECT_EQ(world.state(id), PurchaseState::kFailed);
  EXPECT_EQ(code(id), error_name(GetParam().code));
  EXPECT_TRUE(world.view(id).order.signed_order.empty());
  EXPECT_TRUE(world.book->due(10).value().empty());
}

INSTANTIATE_TEST_SUITE_P(
    Orders, DeviationTest,
    ::testing::Values(
        Deviation{"AnotherTotal",
                  [](auto& order, const auto&) {
                    order.lines = {{"tea", "Green tea", 1, 39'001}};
                    order.total.minor_units = 39'001;
                  },
                  ErrorCode::kAmountMismatch},
        Deviation{"AnotherCurrency", [](auto& order, const auto&) { order.total.currency = "USD"; },
                  ErrorCode::kAmountMismatch},
        Deviation{"AnotherPurchaser",
                  [](auto& order, const auto& trade) {
                    order.purchaser = documents::reference_to(trade.agreement.certificate);
                  },
                  ErrorCode::kForbidden},
        Deviation{"AnotherMerchant",
                  [](auto& order, const auto& trade) {
                    order.merchant = documents::reference_to(trade.company.certificate);
                  },
                  ErrorCode::kForbidden},
        Deviation{"AnotherOrigin", [](auto& order, const auto&) { order.origin = "https://other.example"; },
                  ErrorCode::kWrongOrigin},
        Deviation{"AnotherProfile",
                  [](auto& order, const auto&) { order.profile = documents::OrderProfile::kPlain; },
                  ErrorCode::kUnsupported},
        Deviation{"AnotherAuthority",
                  [](auto& order, const auto&) {
                    order.authority = take(x509::Name::from_text("OU=busan-1,OU=kr,O=Countersign Demo"));
                  },
                  ErrorCode::kForbidden},
        Deviation{"ItsTimeOver",
                  [](auto& order, const auto& trade) {
                    order.created = trade.now - std::chrono::hours(2);
                    order.expires = trade.now - std::chrono::hours(1);
                  },
                  ErrorCode::kExpired},
        Deviation{"AnotherCheckout", [](auto& order, const auto&) { order.checkout = "checkout-2"; },
                  ErrorCode::kConflict}),
    [](const auto& row) { return row.param.name; });

TEST_F(BuyerTest, RefusesAnotherSellerThanWasAskedFor) {
  auto request = world.request(han);
  request.merchant = world.trade.company.certificate.subject().text();
  const auto id = take(world.book->ask(request)).id;
  advance(id);
  EXPECT_EQ(world.state(id), PurchaseState::kFailed);
  EXPECT_EQ(code(id), "forbidden");
}

TEST_F(BuyerTest, SignsNoOrderThatChangedAfterItWasApproved) {
  const auto id = ask_above();
  approve(id);
  world.peers.order.lines[0].description = "Another jar";
  advance(id);
  EXPECT_EQ(world.state(id), PurchaseState::kAwaitingApproval);
  EXPECT_EQ(world.peers.signed_orders_received, 0);
  approve(id);
  advance(id);
  EXPECT_EQ(world.state(id), PurchaseState::kConfirmed);
}

TEST_F(BuyerTest, EndsAnOrderThatTheSellerGoesOnChanging) {
  const auto id = ask();
  int connections = 0;
  world.peers.before_connecting = [&] {
    world.peers.order.lines[0].description = "Jar " + std::to_string(++connections);
  };
  for (int looks = 1; looks <= 6; ++looks) {
    advance(id);
    EXPECT_EQ(world.state(id), PurchaseState::kApproved) << looks;
  }
  advance(id);
  EXPECT_EQ(world.state(id), PurchaseState::kFailed);
  EXPECT_EQ(code(id), "conflict");
  EXPECT_EQ(world.peers.signed_orders_received, 0);
}

TEST_F(BuyerTest, SignsNoOrderWhoseTotalChangedAfterItWasApproved) {
  const auto id = ask_above();
  approve(id);
  world.sell_for(kAbove + 1);
  advance(id);
  EXPECT_EQ(world.state(id), PurchaseState::kFailed);
  EXPECT_EQ(code(id), "amount_mismatch");
}

TEST_F(BuyerTest, AsksASellerThatDoesNotAnswerAgain) {
  world.peers.gateway_is_down = true;
  const auto id = ask();
  advance(id);
  EXPECT_EQ(world.state(id), PurchaseState::kRequested);
  EXPECT_EQ(code(id), "unavailable");
  world.peers.gateway_is_down = false;
  world.clock.advance(Seconds(1));
  take(world.buyer->work());
  take(world.buyer->work());
  EXPECT_EQ(world.state(id), PurchaseState::kConfirmed);
  EXPECT_EQ(world.peers.signed_orders_received, 1);
}

TEST_F(BuyerTest, LetsASlowSellerHoldUpNobodyElsesOrders) {
  const auto slow = ask();
  wallet::FakePeers other{world.trade};
  other.order.checkout = "checkout-2";
  world.peers.others["https://127.0.0.1:9443"] = &other;
  auto request = world.request(han, "other");
  request.gateway = "https://127.0.0.1:9443";
  request.checkout = "checkout-2";
  const auto quick = take(world.book->ask(request)).id;
  // While one thread waits for the slow seller, another does what is due.
  bool is_first = true;
  world.peers.before_connecting = [&] {
    if (!std::exchange(is_first, false)) return;
    std::thread([&] {
      take(world.buyer->work());
      take(world.buyer->work());
    }).join();
    EXPECT_EQ(world.state(quick), PurchaseState::kConfirmed);
    EXPECT_EQ(world.state(slow), PurchaseState::kRequested) << "two threads at one seller";
  };
  take(world.buyer->work());
  EXPECT_FALSE(is_first);
  EXPECT_EQ(world.state(slow), PurchaseState::kApproved);
}

TEST_F(BuyerTest, LeavesASellerThatDoesNotAnswerAloneUntilTheNextTime) {
  world.peers.gateway_is_down = true;
  int connections = 0;
  world.peers.before_connecting = [&] { ++connections; };
  ask();
  auto request = world.request(han, "second");
  request.checkout = "checkout-2";
  take(world.book->ask(request));
  take(world.buyer->work());
  EXPECT_EQ(connections, 1);
}

TEST_F(BuyerTest, AsksTheAuthorityWhereTheSellersAnswerIsLost) {
  world.peers.gateway_dies_after_asking = true;
  const auto id = ask();
  advance(id);
  advance(id);
  EXPECT_EQ(world.state(id), PurchaseState::kConfirmed);
  EXPECT_TRUE(world.view(id).order.fetched_itself);
}

TEST_F(BuyerTest, KeepsTheSellersCopyWhileTheAuthorityIsSilentAndFetchesItsOwnLater) {
  world.peers.authority_is_down = true;
  const auto id = ask();
  advance(id);
  advance(id);
  EXPECT_EQ(world.state(id), PurchaseState::kConfirmed);
  EXPECT_FALSE(world.view(id).order.fetched_itself);
  world.peers.authority_is_down = false;
  world.clock.advance(Seconds(60));
  take(world.buyer->work());
  EXPECT_TRUE(world.view(id).order.fetched_itself);
}

TEST_F(BuyerTest, SendsTheSameSignatureAgainAfterARestart) {
  const auto id = ask();
  advance(id);
  // The seller goes away between the last look at its order and the signature.
  int connections = 0;
  world.peers.before_connecting = [&] { world.peers.gateway_is_down = ++connections == 2; };
  advance(id);
  EXPECT_EQ(world.state(id), PurchaseState::kSigned);
  const auto signed_order = world.view(id).order.signed_order;
  world.restart();
  advance(id);
  EXPECT_EQ(world.state(id), PurchaseState::kConfirmed);
  EXPECT_EQ(world.view(id).order.signed_order, signed_order);
  EXPECT_EQ(world.peers.signed_orders_received, 1);
}

TEST_F(BuyerTest, SignsNothingWhoseTimeEndedWhileItWaitedForApproval) {
  const auto id = ask_above();
  take(world.book->approve(id, kim, world.digest(id)));
  world.clock.set(world.peers.order.expires);
  take(world.buyer->work());
  EXPECT_EQ(world.state(id), PurchaseState::kExpired);
  EXPECT_EQ(code(id), "expired");
  EXPECT_EQ(world.book->approve(id, lee, world.digest(id)).error().code, ErrorCode::kExpired);
}

TEST_F(BuyerTest, WaitsNoLongerForASellerThanARequestLasts) {
  world.peers.gateway_is_down = true;
  const auto id = ask();
  world.clock.advance(world.lifetime);
  take(world.buyer->work());
  EXPECT_EQ(world.state(id), PurchaseState::kExpired);
}

TEST_F(BuyerTest, SignsNothingThatIsWithdrawnWhileTheSellerIsAsked) {
  const auto id = ask();
  advance(id);
  world.peers.before_connecting = [&] { take(world.book->withdraw(id, {han.id, han.name})); };
  EXPECT_FALSE(world.buyer->advance(id));
  EXPECT_EQ(world.state(id), PurchaseState::kWithdrawn);
  EXPECT_EQ(world.peers.signed_orders_received, 0);
}

TEST_F(BuyerTest, TellsTheSellerOfAnOrderThatWasRejectedOnce) {
  const auto id = ask_above();
  take(world.book->reject(id, kim, "no budget"));
  world.peers.gateway_is_down = true;
  take(world.buyer->work());
  EXPECT_EQ(world.peers.cancelled, 0);
  world.peers.gateway_is_down = false;
  world.clock.advance(Seconds(1));
  take(world.buyer->work());
  EXPECT_EQ(world.peers.cancelled, 1);
  EXPECT_TRUE(world.book->due(10).value().empty());
}

TEST_F(BuyerTest, TellsASellerThatDoesNotAnswerNoLongerThanTheOrderLasts) {
  const auto id = ask_above();
  take(world.book->withdraw(id, {han.id, han.name}));
  world.peers.gateway_is_down = true;
  world.clock.set(world.peers.order.expires);
  take(world.buyer->work());
  EXPECT_EQ(world.state(id), PurchaseState::kWithdrawn);
  EXPECT_TRUE(world.book->due(10).value().empty());
}

TEST_F(BuyerTest, WaitsWhileItsOwnCertificateIsOnHold) {
  world.status = fail(ErrorCode::kCertificateOnHold, "purchaser's certificate");
  const auto id = ask();
  advance(id);
  EXPECT_EQ(world.state(id), PurchaseState::kRequested);
  EXPECT_EQ(code(id), "certificate_on_hold");
  world.status = ok();
  world.clock.advance(Seconds(1));
  take(world.buyer->work());
  take(world.buyer->work());
  EXPECT_EQ(world.state(id), PurchaseState::kConfirmed);
}

// What may pass, whatever its code would mean of an order.
struct Trouble {
  std::string name;
  std::function<void(BuyingWorld&, std::optional<Error>)> put;  // or end it, with none
  ErrorCode code;
};
class TroubleTest : public BuyerTest, public ::testing::WithParamInterface<Trouble> {};

TEST_P(TroubleTest, IsWaitedForAlsoByAnApprovedOrder) {
  const Trouble& trouble = GetParam();
  trouble.put(world, Error{trouble.code, trouble.name});
  const auto early = ask();
  advance(early);
  EXPECT_EQ(world.state(early), PurchaseState::kRequested);
  EXPECT_EQ(code(early), error_name(trouble.code));
  take(world.book->withdraw(early, {han.id, han.name}));
  trouble.put(world, std::nullopt);

  world.sell_for(kAbove);
  const auto id = take(world.book->ask(world.request(han, "again"))).id;
  advance(id);
  approve(id);
  trouble.put(world, Error{trouble.code, trouble.name});
  advance(id);
  EXPECT_EQ(world.state(id), PurchaseState::kApproved);
  EXPECT_EQ(code(id), error_name(trouble.code));
  trouble.put(world, std::nullopt);
  advance(id);
  EXPECT_EQ(world.state(id), PurchaseState::kConfirmed);
}

void put_on_connections(BuyingWorld& world, std::optional<Error> error) {
  world.peers.no_connection = std::move(error);
}
void put_on_the_first_question(BuyingWorld& world, std::optional<Error> error) {
  world.peers.connection_ends = std::move(error);
}
void put_on_the_own_status(BuyingWorld& world, std::optional<Error> error) {
  world.status = error ? Result<void>(fail(*error)) : ok();
}

INSTANTIATE_TEST_SUITE_P(
    Connections, TroubleTest,
    ::testing::Values(
        Trouble{"ASellerOfAnUnknownDataCentre", put_on_connections, ErrorCode::kCertificateUnknown},
        Trouble{"AStaleStatusOfTheSeller", put_on_connections, ErrorCode::kExpired},
        Trouble{"ARevokedCertificateOfTheSeller", put_on_connections, ErrorCode::kCertificateRevoked},
        Trouble{"AnotherCertificateOfTheSellerMeanwhile", put_on_the_first_question, ErrorCode::kForbidden},
        Trouble{"AnOwnCertificateThatItsHomeDoesNotKnow", put_on_the_own_status,
                ErrorCode::kCertificateUnknown}),
    [](const auto& row) { return row.param.name; });

TEST_F(BuyerTest, EndsAnApprovedOrderWhoseKeyIsGoneByItsTimeAlone) {
  const auto id = ask_above();
  approve(id);
  const auto name = world.identity->signer()->certificate.subject();
  const auto seller = world.trade.merchant.certificate.subject().text();
  for (int renewals = 0; renewals < 2; ++renewals) {
    const auto key = take(world.identity->next_key());
    const auto next = sample::certify(world.trade.ca, x509::Role::kPurchaser, name, key.public_key(),
                                      world.trade.now, {.registered_by = seller});
    take(world.identity->install(next, world.trade.ca.certificate));
  }
  advance(id);
  EXPECT_EQ(world.state(id), PurchaseState::kApproved);
  EXPECT_EQ(code(id), "not_found");
  world.clock.set(world.peers.order.expires);
  advance(id);
  EXPECT_EQ(world.state(id), PurchaseState::kExpired);
}

TEST_F(BuyerTest, TakesTheCertificateThatWasObtainedBesideIt) {
  const auto before = world.identity->signer()->certificate;
  const auto beside =
      take(merchant::Identity::open(world.folder.path() / "purchasing", wallet::secret("passphrase")));
  const auto key = take(beside->next_key());
  const auto next =
      sample::certify(world.trade.ca, x509::Role::kPurchaser, before.subject(), key.public_key(),
                      world.trade.now, {.registered_by = world.trade.merchant.certificate.subject().text()});
  take(beside->install(next, world.trade.ca.certificate));
  const auto id = ask();
  advance(id);
  EXPECT_EQ(world.identity->signer()->certificate, next);
}

TEST_F(BuyerTest, WantsANewerMapForAnAuthorityThatItDoesNotKnow) {
  world.peers.no_authority = Error{ErrorCode::kCertificateUnknown, "of a CA that is not known"};
  const auto id = ask();
  advance(id);
  EXPECT_FALSE(world.network.trust->wants_newer());
  advance(id);
  EXPECT_TRUE(world.network.trust->wants_newer());
}

TEST_F(BuyerTest, TellsASellerThatItDoesNotKnowYetOfARejectionLater) {
  const auto id = ask_above();
  take(world.book->reject(id, kim, "no budget"));
  world.peers.no_connection = Error{ErrorCode::kCertificateUnknown, "peer: no path"};
  advance(id);
  world.peers.no_connection.reset();
  world.clock.advance(Seconds(1));
  take(world.buyer->work());
  EXPECT_EQ(world.peers.cancelled, 1);
}

TEST_F(BuyerTest, SignsNothingOnceItsOwnCertificateIsRevoked) {
  const auto id = ask_above();
  approve(id);
  world.status = fail(ErrorCode::kCertificateRevoked, "purchaser's certificate");
  advance(id);
  EXPECT_EQ(world.state(id), PurchaseState::kFailed);
  EXPECT_EQ(code(id), "certificate_revoked");
  EXPECT_EQ(world.peers.signed_orders_received, 0);
}

TEST_F(BuyerTest, EndsWithAFinalRefusalOnceNoConfirmationCanComeAnyMore) {
  world.peers.refuses = true;
  const auto id = ask();
  advance(id);
  advance(id);
  EXPECT_EQ(world.state(id), PurchaseState::kSigned);
  EXPECT_EQ(code(id), "certificate_revoked");
  world.clock.set(world.peers.order.expires + std::chrono::minutes(9));
  advance(id);
  EXPECT_EQ(world.state(id), PurchaseState::kSigned);
  world.clock.advance(std::chrono::minutes(2));
  advance(id);
  EXPECT_EQ(world.state(id), PurchaseState::kRefused);
  EXPECT_EQ(code(id), "certificate_revoked");
  EXPECT_FALSE(world.view(id).order.refusal.empty());
}

TEST_F(BuyerTest, TakesAConfirmationAfterAFinalRefusal) {
  world.peers.refuses = true;
  const auto id = ask();
  advance(id);
  advance(id);
  EXPECT_EQ(world.book->ask(world.request(lee)).error().code, ErrorCode::kConflict)
      << "the checkout is not free for a second purchase order";
  // The seller has the order confirmed by itself, and says nothing.
  world.peers.refuses.reset();
  take(world.peers.decide(world.view(id).order.signed_order));
  world.peers.refuses = true;
  world.clock.advance(Seconds(1));
  take(world.buyer->work());
  EXPECT_EQ(world.state(id), PurchaseState::kConfirmed);
  EXPECT_TRUE(world.view(id).order.fetched_itself);
}

TEST_F(BuyerTest, TakesNoRefusalForTheEndWhileTheAuthorityIsSilent) {
  world.peers.refuses = true;
  world.peers.authority_is_down = true;
  const auto id = ask();
  advance(id);
  advance(id);
  EXPECT_EQ(world.state(id), PurchaseState::kSigned);
}

TEST_F(BuyerTest, AsksAgainAfterARefusalForNow) {
  world.peers.refuses = false;
  const auto id = ask();
  advance(id);
  advance(id);
  EXPECT_EQ(world.state(id), PurchaseState::kSigned);
  world.peers.refuses.reset();
  advance(id);
  EXPECT_EQ(world.state(id), PurchaseState::kConfirmed);
}

TEST_F(BuyerTest, BelievesNoConfirmationOfAnotherOrder) {
  world.peers.change_answer = [&](const Bytes&) { return world.trade.confirm(); };
  world.peers.not_yet_found = 1;
  const auto id = ask();
  advance(id);
  advance(id);
  EXPECT_EQ(world.state(id), PurchaseState::kSigned);
  EXPECT_EQ(code(id), "conflict");
}

TEST_F(BuyerTest, SaysThatASignedOrderWasNeverConfirmedOnceNoConfirmationCanComeAnyMore) {
  const auto id = ask();
  advance(id);
  int connections = 0;
  world.peers.before_connecting = [&] { world.peers.gateway_is_down = ++connections > 1; };
  advance(id);
  ASSERT_EQ(world.state(id), PurchaseState::kSigned);
  world.clock.set(world.peers.order.expires + std::chrono::minutes(9));
  advance(id);
  EXPECT_EQ(world.state(id), PurchaseState::kSigned);
  world.clock.advance(std::chrono::minutes(2));
  world.peers.authority_is_down = true;
  advance(id);
  EXPECT_EQ(world.state(id), PurchaseState::kSigned) << "the authority has to say it";
  world.peers.authority_is_down = false;
  advance(id);
  EXPECT_EQ(world.state(id), PurchaseState::kExpired);
}

}  // namespace
}  // namespace countersign::enterprise
