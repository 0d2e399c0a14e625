// SPDX-License-Identifier: Apache-2.0
#include "wallet/trust.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

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
Bytes signed_map(const Trade& trade, std::int64_t version = 1) {
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
  const auto key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  const auto signer = take(x509::create_map_signer(trade.root, key.public_key(), trade.now));
  return take(documents::sign_network_map({signer, key, {}}, map, trade.now));
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

TEST_F(TrustTest, FetchesTheMapFromAnAuthorityWhoseCaKeyOnlyThatMapNames) {
  world_.peers.authority_has_another_ca = true;
  EXPECT_EQ(code_of(begin()), ErrorCode::kCertificateUnknown) << "it has none";
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
}

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
