// SPDX-License-Identifier: Apache-2.0
#include "enterprise/purchasing_certificate.h"

#include <gtest/gtest.h>

#include "enterprise/testing/buying_world.h"
#include "sample/issuers.h"
#include "x509/pkcs10.h"

namespace countersign::enterprise {
namespace {

// Certifies as an authority does, and otherwise as told.
struct PlayedAuthority final : PurchasingAccess {
  explicit PlayedAuthority(const evidence::Trade& between) : trade(between) {}
  Result<std::optional<x509::Certificate>> certify(const x509::Signer&, BytesView pkcs10) override {
    ++asked;
    if (error) return fail(*error);
    if (!is_granted) return std::optional<x509::Certificate>{};
    const auto request = take(x509::verify_pkcs10(pkcs10));
    const x509::CertificateOrder order{role,
                                       name ? *name : request.subject,
                                       key ? *key : request.key,
                                       {},
                                       x509::KeyOrigin::kHolder,
                                       "",
                                       "",
                                       "",
                                       trade.now - std::chrono::hours(1),
                                       std::nullopt};
    return std::optional(take(x509::issue_certificate(trade.ca, order)));
  }
  const evidence::Trade& trade;
  int asked = 0;
  bool is_granted = true;
  std::optional<Error> error;
  x509::Role role = x509::Role::kPurchaser;
  std::optional<x509::Name> name;
  std::optional<crypto::PublicKey> key;
};

class PurchasingCertificateTest : public ::testing::Test {
 protected:
  static std::unique_ptr<merchant::Identity> identity_in(const std::filesystem::path& folder) {
    take(merchant::Identity::create(folder, wallet::secret("passphrase")));
    return take(merchant::Identity::open(folder, wallet::secret("passphrase")));
  }
  // The seller of the trade has its own key; the enterprise here is certified as another merchant.
  void certify_merchant() {
    const auto merchants = take(world.trade.data_centre.child("OU", "merchants"));
    const x509::CertificateOrder order{x509::Role::kMerchant,
                                       take(merchants.child("CN", "Hanok Books")),
                                       own->key().public_key(),
                                       world.trade.merchant.certificate.alternative_names(),
                                       x509::KeyOrigin::kHolder,
                                       "",
                                       "",
                                       "",
                                       world.trade.now - std::chrono::hours(1),
                                       std::nullopt};
    take(own->install(take(x509::issue_certificate(world.trade.ca, order)), world.trade.ca.certificate));
  }

  BuyingWorld world;
  std::unique_ptr<merchant::Identity> own = identity_in(world.folder.path() / "own");
  std::unique_ptr<merchant::Identity> purchasing = identity_in(world.folder.path() / "new");
  PlayedAuthority authority{world.trade};
  PurchasingCertificate certificate{*purchasing, *own, world.network, authority, world.clock};
};

TEST_F(PurchasingCertificateTest, AsksForNothingBeforeTheMerchantHasItsOwn) {
  take(certificate.tick());
  EXPECT_EQ(authority.asked, 0);
  EXPECT_EQ(certificate.obtain().error().code, ErrorCode::kUnavailable);
}

TEST_F(PurchasingCertificateTest, IsCertifiedAsAPurchaserInTheEnterprisesName) {
  certify_merchant();
  take(certificate.tick());
  const auto signer = purchasing->signer();
  ASSERT_TRUE(signer);
  EXPECT_EQ(signer->certificate.role(), x509::Role::kPurchaser);
  EXPECT_EQ(signer->certificate.subject().text(),
            "CN=Hanok Books,OU=purchasers," + world.trade.data_centre.text());
  EXPECT_FALSE(signer->certificate.public_key() == own->key().public_key());
  take(certificate.tick());
  EXPECT_EQ(authority.asked, 1) << "it is valid for long";
}

TEST_F(PurchasingCertificateTest, AsksAgainWhileNobodyDecided) {
  certify_merchant();
  authority.is_granted = false;
  take(certificate.tick());
  take(certificate.tick());
  EXPECT_EQ(authority.asked, 1) << "not at every look";
  authority.is_granted = true;
  world.clock.advance(Seconds(5));
  take(certificate.tick());
  EXPECT_TRUE(purchasing->signer());
}

TEST_F(PurchasingCertificateTest, RenewsWithANewKeyInItsLastThirdAndKeepsTheOldOne) {
  certify_merchant();
  take(certificate.tick());
  const auto first = purchasing->signer()->certificate;
  const auto life = first.not_after() - first.not_before();
  world.clock.set(first.not_after() - life / 3 + Seconds(1));
  // The CA of the trade ends before a second life would: what counts is that the request is made.
  take(certificate.tick());
  EXPECT_EQ(authority.asked, 2);
  EXPECT_FALSE(purchasing->signer()->certificate.public_key() == first.public_key());
  EXPECT_TRUE(purchasing->signer_of(first.fingerprint()));
}

TEST_F(PurchasingCertificateTest, SignsWithTheCaBelowTheRootThatTheNetworkHasPassedTo) {
  certify_merchant();
  take(certificate.tick());
  const auto before = *purchasing->signer();
  const auto& ca = world.trade.ca.certificate;
  const auto made = world.trade.now - std::chrono::hours(1);
  const auto next = sample::make_root(made);
  const auto ca_below_next =
      take(x509::create_data_centre_ca(next, *ca.extensions().name_limits, ca.public_key(), made));
  world.network.trust = std::make_shared<network::AnchorSource>(network::OwnDataCentre{
      std::make_shared<const x509::TrustAnchor>(
          take(x509::TrustAnchor::create(next.certificate, {ca_below_next}, world.trade.now))),
      world.trade.data_centre, ""});
  take(certificate.tick());
  EXPECT_EQ(authority.asked, 1) << "key and certificate stay";
  const auto after = *purchasing->signer();
  EXPECT_EQ(after.certificate, before.certificate);
  EXPECT_EQ(after.chain, std::vector{ca_below_next});
}

TEST_F(PurchasingCertificateTest, AsksForAnotherOnceItsCaKeyWasTakenBack) {
  certify_merchant();
  take(certificate.tick());
  const auto before = *purchasing->signer();
  const auto leaked = world.trade.ca;
  const auto made = world.trade.now - std::chrono::hours(1);
  world.trade.ca = sample::make_ca(world.trade.root, *leaked.certificate.extensions().name_limits, made);
  world.network.trust = std::make_shared<network::AnchorSource>(network::OwnDataCentre{
      std::make_shared<const x509::TrustAnchor>(take(x509::TrustAnchor::create(
          world.trade.root.certificate, {world.trade.ca.certificate}, world.trade.now))),
      world.trade.data_centre, ""});
  take(certificate.tick());
  EXPECT_EQ(authority.asked, 2);
  const auto after = *purchasing->signer();
  EXPECT_FALSE(after.certificate.public_key() == before.certificate.public_key());
  EXPECT_EQ(after.chain, std::vector{world.trade.ca.certificate});
  take(certificate.tick());
  EXPECT_EQ(authority.asked, 2) << "once";
}

TEST_F(PurchasingCertificateTest, PassesTheAuthoritysRefusalOn) {
  certify_merchant();
  authority.error = Error{ErrorCode::kForbidden, "purchasing: refused: no contract"};
  EXPECT_EQ(certificate.tick().error().code, ErrorCode::kForbidden);
  EXPECT_FALSE(purchasing->signer());
}

TEST_F(PurchasingCertificateTest, InstallsNoCertificateOfAnotherNameKeyOrRole) {
  certify_merchant();
  authority.name = world.trade.purchaser.certificate.subject();
  EXPECT_EQ(certificate.obtain().error().code, ErrorCode::kNameNotPermitted);
  authority.name.reset();
  authority.key = world.trade.purchaser.certificate.public_key();
  EXPECT_EQ(certificate.obtain().error().code, ErrorCode::kConflict);
  authority.key.reset();
  authority.role = x509::Role::kPurchaserAgreement;
  EXPECT_EQ(certificate.obtain().error().code, ErrorCode::kWrongRole);
  EXPECT_FALSE(purchasing->signer());
}

}  // namespace
}  // namespace countersign::enterprise
