// SPDX-License-Identifier: Apache-2.0
#include "wallet/trust.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "evidence/verify.h"
#include "sample/issuers.h"
#include "wallet/testing/fake_peers.h"

namespace countersign::wallet {
namespace {

using documents::MappedDataCentre;

ErrorCode code_of(const auto& result) {
  return result ? ErrorCode::kInternal : result.error().code;
}

// The map of a trade's network: seoul-1, the merchant's, and tokyo-1, the purchaser's.
constexpr std::string_view kMerchantsAuthority = "https://127.0.0.1:9643";
documents::NetworkMap map_of(const Trade& trade, std::int64_t version) {
  documents::NetworkMap map{version, trade.now, trade.now + std::chrono::days(30), trade.root.certificate,
                            {},      {}};
  map.data_centres = {{trade.data_centre,
                       {trade.ca.certificate},
                       std::string(kMerchantsAuthority),
                       "http://127.0.0.1:9280",
                       {},
                       {}},
                      {trade.purchasers,
                       {trade.purchasers_ca.certificate},
                       "https://127.0.0.1:9443",
                       "http://127.0.0.1:9080",
                       {},
                       {}}};
  std::ranges::sort(map.data_centres, {}, &MappedDataCentre::name);
  return map;
}
Bytes sign(const x509::Issuer& root, const documents::NetworkMap& map) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  const auto signer = take(x509::create_map_signer(root, key.public_key(), map.issued));
  return take(documents::sign_network_map({signer, key, {}}, map, map.issued));
}
Bytes signed_map(const Trade& trade, std::int64_t version = 1) {
  return sign(trade.root, map_of(trade, version));
}

// A wallet of tokyo-1 that buys from a merchant of seoul-1.
class TrustTest : public testing::Test {
 protected:
  void SetUp() override { world_.enrol(); }
  Result<PaymentView> begin() { return world_.payments().begin(world_.payment_link()); }
  Result<PaymentView> pay() {
    TRY(begin());
    return world_.payments().approve(world_.peers.order.id, secret("1234"));
  }
  Identity identity() { return take(find_identity(world_.parties())); }
  std::filesystem::path map_file() const {
    return world_.folder /
           ("network-map-" + hex_encode(world_.trade.root.certificate.fingerprint()) + ".json");
  }

  WalletWorld world_{trade_across()};
};

TEST_F(TrustTest, BuysFromAMerchantOfAnotherDataCentreAndAsksItsAuthority) {
  world_.peers.network_map = signed_map(world_.trade);
  const auto paid = take(pay());
  EXPECT_EQ(paid.record.state, PurchaseState::kConfirmed);
  ASSERT_EQ(paid.attempts.size(), 2U);
  EXPECT_EQ(paid.attempts[1].outcome, "confirmed");
  EXPECT_EQ(world_.peers.authorities_reached.back().url, kMerchantsAuthority);
  EXPECT_EQ(world_.peers.authorities_reached.back().data_centre, world_.trade.data_centre);
  EXPECT_EQ(world_.peers.questions.back().audience, world_.trade.data_centre);
}

TEST_F(TrustTest, FindsTheConfirmationThroughItsHomeWhereTheMerchantsAuthorityIsAway) {
  world_.peers.network_map = signed_map(world_.trade);
  world_.peers.named_authority_is_down = true;
  const auto paid = take(pay());
  ASSERT_EQ(paid.attempts.size(), 2U);
  EXPECT_EQ(paid.attempts[1].outcome, "confirmed");
  EXPECT_EQ(world_.peers.authorities_reached.back().data_centre, world_.trade.purchasers);
  EXPECT_EQ(world_.peers.questions.back().audience, world_.trade.data_centre) << "it alone answers";
}

TEST_F(TrustTest, AsksItsHomeForTheMapAndNobodyElse) {
  world_.peers.network_map = signed_map(world_.trade);
  take(begin());
  ASSERT_EQ(world_.peers.authorities_reached.size(), 1U);
  EXPECT_EQ(world_.peers.authorities_reached.front().url, "https://127.0.0.1:9443");
  EXPECT_EQ(world_.peers.authorities_reached.front().data_centre, world_.trade.purchasers);
}

TEST_F(TrustTest, KnowsNoMerchantOfAnotherDataCentreWithoutAMap) {
  EXPECT_EQ(code_of(begin()), ErrorCode::kCertificateUnknown);
}

TEST_F(TrustTest, FetchesTheMapAnewForAMerchantWhoseDataCentreItDoesNotKnow) {
  EXPECT_EQ(code_of(begin()), ErrorCode::kCertificateUnknown);
  world_.peers.network_map = signed_map(world_.trade);
  take(begin());
}

TEST_F(TrustTest, TakesNoMapThatAnotherNetworkSigned) {
  const Trade foreign(Trade::kElsewhere);
  world_.peers.network_map = signed_map(foreign);
  EXPECT_EQ(code_of(begin()), ErrorCode::kCertificateUnknown);
  EXPECT_FALSE(std::filesystem::exists(map_file()));
}

TEST_F(TrustTest, TakesNoOlderMapAndGoesOnWithItsOwn) {
  world_.peers.network_map = signed_map(world_.trade, 2);
  take(begin());
  world_.peers.network_map = signed_map(world_.trade, 1);
  auto holder = identity();
  EXPECT_FALSE(learn_network(world_.parties(), holder));
  EXPECT_EQ(take(holder.trust->map())->map.version, 2);
  take(begin());
}

TEST_F(TrustTest, BuysNothingElsewhereWhenTheMapIsOver) {
  world_.peers.network_map = signed_map(world_.trade);
  take(begin());
  world_.clock.time += std::chrono::days(31);
  EXPECT_EQ(code_of(begin()), ErrorCode::kCertificateUnknown);
  EXPECT_EQ(code_of(authority_of(identity(), world_.trade.data_centre)), ErrorCode::kExpired);
  EXPECT_EQ(take(authority_of(identity(), world_.trade.purchasers)).url, "https://127.0.0.1:9443");
}

TEST_F(TrustTest, AsksOnceAnHourAndSoonerAfterSilence) {
  world_.peers.network_map = signed_map(world_.trade);
  take(begin());
  take(begin());
  EXPECT_EQ(world_.peers.network_maps_asked, 1);
  world_.clock.time += std::chrono::hours(1);
  auto holder = identity();
  world_.peers.authority_is_down = true;
  learn_network_if_due(world_.parties(), holder);
  EXPECT_EQ(world_.peers.network_maps_asked, 2);
  world_.clock.time += std::chrono::minutes(4);
  learn_network_if_due(world_.parties(), holder);
  EXPECT_EQ(world_.peers.network_maps_asked, 2);
  world_.clock.time += std::chrono::minutes(1);
  learn_network_if_due(world_.parties(), holder);
  EXPECT_EQ(world_.peers.network_maps_asked, 3);
}

TEST_F(TrustTest, KnowsTheNetworkAfterARestart) {
  world_.peers.network_map = signed_map(world_.trade);
  take(begin());
  world_.restart();
  world_.peers.network_map.reset();
  take(begin());
  EXPECT_EQ(world_.peers.network_maps_asked, 1);
}

TEST_F(TrustTest, KnowsNoAuthorityThatTheMapDoesNotName) {
  const auto nowhere = take(x509::Name::from_text("OU=busan-1,OU=kr,O=Countersign Demo"));
  EXPECT_EQ(code_of(authority_of(identity(), nowhere)), ErrorCode::kNotFound);
  world_.peers.network_map = signed_map(world_.trade);
  take(begin());
  EXPECT_EQ(code_of(authority_of(identity(), nowhere)), ErrorCode::kCertificateUnknown);
}

TEST_F(TrustTest, SignsNoOrderThatNamesAnotherAuthorityThanTheMerchants) {
  world_.peers.network_map = signed_map(world_.trade);
  for (const char* other : {"OU=tokyo-1,OU=jp,O=Countersign Demo", "OU=busan-1,OU=kr,O=Countersign Demo"}) {
    world_.peers.order.authority = take(x509::Name::from_text(other));
    EXPECT_EQ(code_of(begin()), ErrorCode::kForbidden) << other;
  }
}

TEST_F(TrustTest, GoesOnAtHomeWhereTheMapsFileIsSpoilt) {
  std::ofstream(map_file()) << "not a map";
  const auto holder = identity();
  EXPECT_EQ(holder.anchor->data_centre_cas().size(), 1U);
  EXPECT_EQ(code_of(holder.trust->map()), ErrorCode::kNotFound);
  world_.peers.network_map = signed_map(world_.trade);
  take(begin());
  EXPECT_EQ(take(identity().trust->map())->map.version, 1) << "fetched anew";
}

TEST_F(TrustTest, TrustsNobodyWhereItCannotTellWhichRootsWerePassed) {
  auto roots = map_file();
  std::ofstream(roots.replace_extension(".roots")) << "no roots";
  NetworkMaps after_a_restart(world_.folder, world_.clock);
  Parties parties{*world_.store, world_.card, world_.peers, world_.clock, &after_a_restart};
  EXPECT_EQ(code_of(find_identity(parties)), ErrorCode::kUnavailable);
}

// The own data centre changed its CA while this wallet was off.
TEST_F(TrustTest, LearnsTheMapFromItsHomeThatGotAnotherCaMeanwhile) {
  world_.peers.network_map = signed_map(world_.trade);
  take(begin());
  const auto& before = world_.trade.purchasers_ca.certificate;
  const auto fresh =
      sample::make_ca(world_.trade.root, *before.extensions().name_limits, world_.trade.now).certificate;
  auto newer = map_of(world_.trade, 2);
  for (auto& each : newer.data_centres)
    if (each.name == world_.trade.purchasers) each.ca_certificates = {before, fresh};
  world_.peers.network_map = sign(world_.trade.root, newer);
  world_.peers.server_ca = fresh;
  auto holder = identity();
  EXPECT_TRUE(learn_network(world_.parties(), holder));
  EXPECT_EQ(take(identity().trust->map())->map.version, 2);
}

TEST_F(TrustTest, LearnsNoMapFromItsHomeBelowACaThatMapsHaveTakenOut) {
  world_.peers.network_map = signed_map(world_.trade);
  take(begin());
  const auto before = world_.trade.purchasers_ca.certificate;
  const auto fresh =
      sample::make_ca(world_.trade.root, *before.extensions().name_limits, world_.trade.now).certificate;
  const auto without_it = [&](std::int64_t version) {
    auto map = map_of(world_.trade, version);
    for (auto& each : map.data_centres)
      if (each.name == world_.trade.purchasers) each.ca_certificates = {fresh};
    return sign(world_.trade.root, map);
  };
  auto holder = identity();
  world_.peers.network_map = without_it(2);
  EXPECT_TRUE(learn_network(world_.parties(), holder));
  world_.peers.network_map = without_it(3);
  world_.peers.server_ca = before;
  EXPECT_FALSE(learn_network(world_.parties(), holder));
  EXPECT_EQ(take(holder.trust->map())->map.version, 2);
  world_.peers.server_ca = fresh;
  EXPECT_TRUE(learn_network(world_.parties(), holder));
}

TEST_F(TrustTest, LearnsNoMapFromTheAuthorityOfAnotherDataCentre) {
  world_.peers.network_map = signed_map(world_.trade);
  world_.peers.server_ca = world_.trade.ca.certificate;
  auto holder = identity();
  EXPECT_FALSE(learn_network(world_.parties(), holder));
  EXPECT_EQ(code_of(identity().trust->map()), ErrorCode::kNotFound);
  EXPECT_EQ(world_.peers.network_maps_asked, 0);
}

// What the authority says of an order that the wallet has signed, by the map in force then.
class OutcomeInForceTest : public TrustTest {
 protected:
  OutcomeInForceTest() {
    confirmation_ = world_.trade.confirm();
    purchase_.order = take(evidence::verify_confirmation(confirmation_, *world_.trade.anchor)).order_bytes;
    purchase_.id = take(documents::parse_order(purchase_.order)).id;
    refusal_ = world_.trade.refuse(to_bytes("request"), purchase_.id, true);
  }
  Result<Outcome> judge(BytesView document) {
    return verify_outcome(document, purchase_.order, world_.trade.purchaser.certificate, *identity().trust);
  }
  // A map in which something else is said of the merchant's data centre.
  void publish(const std::function<void(MappedDataCentre&)>& change) {
    auto map = map_of(world_.trade, 1);
    for (auto& each : map.data_centres)
      if (each.name == world_.trade.data_centre) change(each);
    take(identity().trust->take(sign(world_.trade.root, map)));
  }

  PurchaseRecord purchase_;
  Bytes confirmation_, refusal_;
};

TEST_F(OutcomeInForceTest, IsBelievedOfTheAuthorityThatTheMapNames) {
  EXPECT_EQ(code_of(judge(confirmation_)), ErrorCode::kNotFound) << "before there is a map";
  publish([](auto&) {});
  EXPECT_TRUE(judge(confirmation_));
  EXPECT_TRUE(judge(refusal_));
}

TEST_F(OutcomeInForceTest, IsNotBelievedBelowACaThatTheMapNamesNoMore) {
  const auto other = sample::make_ca(world_.trade.root, *world_.trade.ca.certificate.extensions().name_limits,
                                     world_.trade.now);
  publish([&](auto& each) { each.ca_certificates = {other.certificate}; });
  EXPECT_EQ(code_of(judge(confirmation_)), ErrorCode::kCertificateUnknown);
  EXPECT_EQ(code_of(judge(refusal_)), ErrorCode::kCertificateUnknown);
  EXPECT_TRUE(evidence::verify_confirmation(confirmation_, *world_.trade.anchor)) << "as evidence it stands";
}

TEST_F(OutcomeInForceTest, IsNotBelievedOfADataCentreThatHadRetiredButForARefusal) {
  publish([&](auto& each) { each.retired = world_.trade.now; });
  EXPECT_EQ(code_of(judge(confirmation_)), ErrorCode::kExpired);
  EXPECT_TRUE(judge(refusal_));
}

TEST_F(OutcomeInForceTest, IsBelievedOfADataCentreThatRetiredAfterwards) {
  publish([&](auto& each) { each.retired = world_.trade.now + Seconds(1); });
  world_.clock.time += std::chrono::days(1);
  EXPECT_TRUE(judge(confirmation_));
}

TEST_F(OutcomeInForceTest, IsNotBelievedWhileTheMapIsOver) {
  publish([](auto&) {});
  world_.clock.time += std::chrono::days(31);
  EXPECT_EQ(code_of(judge(confirmation_)), ErrorCode::kExpired);
}

TEST(TrustAcross, FetchesTheMapAnewForAConfirmationBelowACaThatItDoesNotKnow) {
  Trade trade = trade_across();
  WalletWorld world(trade);
  world.enrol();
  world.peers.network_map = signed_map(trade);
  take(world.payments().begin(world.payment_link()));
  const auto fresh = sample::make_ca(trade.root, *trade.ca.certificate.extensions().name_limits,
                                     trade.now - std::chrono::hours(1));
  const auto confirmer =
      sample::issue(fresh, x509::Role::kConfirmationSigner, trade.confirmer.certificate.subject(), trade.now);
  trade.confirmer = {confirmer.certificate, confirmer.key, {fresh.certificate}};
  auto newer = map_of(trade, 2);
  for (auto& each : newer.data_centres)
    if (each.name == trade.data_centre) each.ca_certificates.push_back(fresh.certificate);
  world.peers.network_map = sign(trade.root, newer);
  const auto paid = take(world.payments().approve(world.peers.order.id, secret("1234")));
  EXPECT_EQ(paid.record.state, PurchaseState::kConfirmed);
}

// The root of the network is followed by another.
struct Follow {
  const char* name;
  bool wallet_has_passed, authority_has_passed;
};
class WalletRollover : public testing::TestWithParam<Follow> {
 protected:
  x509::Certificate anew(const x509::Certificate& ca) const {
    return take(
        x509::create_data_centre_ca(next_, *ca.extensions().name_limits, ca.public_key(), trade_.now));
  }
  Bytes announcing() const {
    auto map = map_of(trade_, 2);
    map.next_root = documents::NextRoot{
        next_.certificate, take(x509::certify_next_root(trade_.root, next_.certificate, trade_.now))};
    return sign(trade_.root, map);
  }
  Bytes taking_over() const {
    auto map = map_of(trade_, 3);
    map.root = next_.certificate;
    for (auto& each : map.data_centres) each.ca_certificates = {anew(each.ca_certificates.front())};
    return sign(next_, map);
  }
  Identity identity() { return take(find_identity(world_.parties())); }
  void learn(Bytes map) {
    world_.peers.network_map = std::move(map);
    auto holder = identity();
    EXPECT_TRUE(learn_network(world_.parties(), holder));
  }

  Trade trade_ = trade_across();
  x509::Issuer next_ = sample::make_root(trade_.now - std::chrono::hours(1));
  WalletWorld world_{trade_};
};

TEST_P(WalletRollover, BuysAllTheWay) {
  world_.enrol();
  learn(announcing());
  if (GetParam().wallet_has_passed) learn(taking_over());
  if (GetParam().authority_has_passed) trade_.confirmer.chain = {anew(trade_.ca.certificate)};
  take(world_.payments().begin(world_.payment_link()));
  const auto paid = take(world_.payments().approve(world_.peers.order.id, secret("1234")));
  EXPECT_EQ(paid.record.state, PurchaseState::kConfirmed);
  EXPECT_EQ(paid.attempts.back().outcome, "confirmed") << paid.attempts.back().detail;
  const auto cms = take(x509::UnverifiedCms::parse(paid.record.signed_order));
  const auto& root = GetParam().wallet_has_passed ? next_.certificate : trade_.root.certificate;
  EXPECT_EQ(identity().anchor->root(), root);
  const auto chained = identity().chained_ca();
  EXPECT_TRUE(x509::TrustAnchor::create(root, {chained}, trade_.now)) << "its chain is below its root";
  EXPECT_TRUE(std::ranges::any_of(cms.certificates(),
                                  [&](const BytesView each) { return equal(each, chained.der()); }));
}

TEST_P(WalletRollover, EndsThePurchaseThatBeganBefore) {
  world_.enrol();
  learn(announcing());
  take(world_.payments().begin(world_.payment_link()));
  world_.peers.gateway_is_down = world_.peers.authority_is_down = true;
  take(world_.payments().approve(world_.peers.order.id, secret("1234")));
  world_.peers.gateway_is_down = world_.peers.authority_is_down = false;
  if (GetParam().wallet_has_passed) learn(taking_over());
  if (GetParam().authority_has_passed) trade_.confirmer.chain = {anew(trade_.ca.certificate)};
  const auto paid = take(world_.payments().resume(world_.peers.order.id, secret("1234")));
  EXPECT_EQ(paid.record.state, PurchaseState::kConfirmed);
}

INSTANTIATE_TEST_SUITE_P(Moments, WalletRollover,
                         testing::Values(Follow{"Announced", false, false},
                                         Follow{"TheAuthorityWasFaster", false, true},
                                         Follow{"TheWalletWasFaster", true, false},
                                         Follow{"Done", true, true}),
                         [](const auto& row) { return row.param.name; });

TEST(TrustAtHome, BuysWithinItsDataCentreThoughTheAuthorityGivesNoMap) {
  WalletWorld world;
  world.enrol();
  world.peers.authority_is_down = true;
  take(world.payments().begin(world.payment_link()));
  take(world.payments().begin(world.payment_link()));
  EXPECT_EQ(world.peers.network_maps_asked, 1) << "who is silent is let be for a while";
}

TEST(Elsewhere, NamesTheDataCentreAsPeopleReadIt) {
  const auto name = [](std::string_view text) { return take(x509::Name::from_text(text)); };
  const auto holder = name("UID=p,OU=purchasers,OU=seoul-1,OU=kr,O=Countersign Demo");
  EXPECT_EQ(elsewhere(name("OU=tokyo-1,OU=jp,O=Countersign Demo"), holder), "tokyo-1, jp");
  EXPECT_EQ(elsewhere(name("OU=seoul-1,OU=kr,O=Countersign Demo"), holder), "");
  EXPECT_EQ(elsewhere(name("OU=kr,O=Countersign Demo"), holder), "kr") << "its region is another";
}

}  // namespace
}  // namespace countersign::wallet
