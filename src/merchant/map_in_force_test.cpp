// SPDX-License-Identifier: Apache-2.0
// What the network map says at the moment at which a gateway gets an answer.
#include <gtest/gtest.h>

#include "merchant/applicant.h"
#include "merchant/checkout_desk.h"
#include "merchant/confirmation_desk.h"
#include "merchant/registration_desk.h"
#include "merchant/shop/shop_carts.h"
#include "merchant/testing.h"
#include "sample/root_rollover.h"

namespace countersign::merchant {
namespace {

using x509::code_of;

struct MapInForceTest : testing::Test {
  MapInForceTest() { take(shop.view.trust->take(other.signed_map(1))); }

  CheckoutDesk checkouts() {
    return {shop.context(),
            shop.tokens,
            shop.authority,
            {.public_url = std::string(kTestOrigin), .origins = {std::string(kTestOrigin)}}};
  }
  ConfirmationDesk desk() { return {shop.context(), shop.authority}; }
  Result<CheckedAnswer> submit() {
    const auto signed_order = take(x509::sign_cms(purchaser, order, {.signing_time = shop.clock.now()}));
    return desk().accept(checkout, signed_order);
  }
  CheckoutState state() { return take(checkouts().view(checkout)).checkout.state; }
  // The next map: of the merchant's own data centre it says something else.
  Bytes changed_map(const std::function<void(documents::MappedDataCentre&)>& change) const {
    auto map = other.map(2);
    for (auto& each : map.data_centres)
      if (each.name == shop.view.data_centre) change(each);
    return other.sign(map);
  }
  // It comes while the authority decides.
  void publish_meanwhile(Bytes signed_map) {
    shop.authority.alter_confirmation = [this, signed_map = std::move(signed_map)](auto&) {
      take(shop.view.trust->take(signed_map));
    };
  }
  x509::Certificate another_ca() const {
    return sample::make_ca({shop.network.root, shop.network.root_key},
                           *shop.network.ca.extensions().name_limits, shop.network.now)
        .certificate;
  }

  TestShop shop;
  sample::SecondDataCentre other{
      {shop.network.root, shop.network.root_key}, shop.network.ca, shop.network.now};
  sample::RootRollover rollover{other};
  x509::Signer purchaser = shop.issue_purchaser("first");
  std::string checkout = take(checkouts().open({{{"tea", "Tea", 1, 12'000}}, "KRW", "", "cart", ""})).id;
  Bytes order = take(checkouts().take(checkout, purchaser.certificate.der()));
};

TEST_F(MapInForceTest, BelievesNoConfirmationBelowACaThatTheMapNamesNoMore) {
  publish_meanwhile(changed_map([&](auto& own) { own.ca_certificates = {another_ca()}; }));
  EXPECT_EQ(code_of(submit()), ErrorCode::kCertificateUnknown);
  EXPECT_NE(state(), CheckoutState::kConfirmed);
  EXPECT_TRUE(shop.view.trust->wants_newer());
}

TEST_F(MapInForceTest, BelievesNoRefusalBelowACaThatTheMapNamesNoMore) {
  shop.authority.conduct = FakeAuthority::Conduct::kRefuses;
  const auto answer = take(shop.authority.confirm(
      take(
          x509::sign_cms(*shop.identity->signer(),
                         take(x509::sign_cms(purchaser, order, {.signing_time = shop.clock.now()})),
                         {.content_type = x509::ContentType::kSignedData, .signing_time = shop.clock.now()})),
      {}));
  const auto asked = to_bytes(shop.authority.confirmations_asked.back());
  EXPECT_TRUE(check_answer(answer, {"", asked, {}}, shop.view, shop.clock.now()));
  take(shop.view.trust->take(changed_map([&](auto& own) { own.ca_certificates = {another_ca()}; })));
  EXPECT_EQ(code_of(check_answer(answer, {"", asked, {}}, shop.view, shop.clock.now())),
            ErrorCode::kCertificateUnknown);
}

TEST_F(MapInForceTest, BelievesNoConfirmationOfADataCentreThatHasRetired) {
  publish_meanwhile(changed_map([&](auto& own) { own.retired = whole_seconds(shop.clock.now()); }));
  EXPECT_EQ(code_of(submit()), ErrorCode::kExpired);
  EXPECT_NE(state(), CheckoutState::kConfirmed);
}

TEST_F(MapInForceTest, BelievesWhatWasConfirmedBeforeTheDataCentreRetired) {
  publish_meanwhile(
      changed_map([&](auto& own) { own.retired = whole_seconds(shop.clock.now()) + Seconds(1); }));
  take(submit());
  EXPECT_EQ(state(), CheckoutState::kConfirmed);
}

// The root of the network is followed by another: what each of the two has taken until now.
enum class Taken { kAnnouncement, kNextRoot };
struct Progress {
  const char* name;
  Taken gateway;
  bool authority_is_below_next;
};
struct GatewayRollover : MapInForceTest, testing::WithParamInterface<Progress> {
  GatewayRollover() {
    take(shop.view.trust->take(rollover.announcing(2)));
    if (GetParam().gateway == Taken::kNextRoot) take(shop.view.trust->take(rollover.taking_over(3)));
    if (GetParam().authority_is_below_next) shop.authority.chained_ca = rollover.first_ca;
  }
};

TEST_P(GatewayRollover, ConfirmsAPurchase) {
  take(submit());
  EXPECT_EQ(state(), CheckoutState::kConfirmed);
}

TEST_P(GatewayRollover, IsSeenByThePurchaseThatBeganBeforeIt) {
  publish_meanwhile(rollover.taking_over(4));
  take(submit());
  EXPECT_EQ(state(), CheckoutState::kConfirmed);
}

INSTANTIATE_TEST_SUITE_P(Moments, GatewayRollover,
                         testing::Values(Progress{"Announced", Taken::kAnnouncement, false},
                                         Progress{"TheAuthorityWasFaster", Taken::kAnnouncement, true},
                                         Progress{"TheGatewayWasFaster", Taken::kNextRoot, false},
                                         Progress{"Done", Taken::kNextRoot, true}),
                         [](const auto& row) { return row.param.name; });

TEST_F(MapInForceTest, BelievesNoChainOfARootThatWasNotAnnounced) {
  shop.authority.chained_ca = rollover.first_ca;
  EXPECT_EQ(code_of(submit()), ErrorCode::kCertificateUnknown);
}

TEST_F(MapInForceTest, BelievesNothingThatThePassedRootCertifiesBesidesTheCasOfTheMap) {
  take(shop.view.trust->take(rollover.announcing(2)));
  take(shop.view.trust->take(rollover.taking_over(3)));
  const x509::TestNetwork thief{
      .now = shop.network.now, .root_key = shop.network.root_key, .root = shop.network.root};
  const auto key = x509::new_key();
  const x509::Signer forged{thief.issue(x509::Role::kConfirmationSigner, key.public_key()), key, {thief.ca}};
  const auto judged =
      shop.view.trust->expect_confirms(forged.certificate, shop.view.data_centre,
                                       network::AnchorSource::Answer::kConfirmation, shop.clock.now());
  EXPECT_EQ(code_of(judged), ErrorCode::kCertificateUnknown);
}

TEST_F(MapInForceTest, PutsTheCaBelowTheNewRootBesideItsOwnCertificate) {
  Applicant applicant{
      shop.folder.path() / "identity", {}, *shop.identity, shop.authority, shop.view, shop.clock};
  const auto before = *shop.identity->signer();
  take(applicant.follow_ca());
  EXPECT_EQ(shop.identity->signer()->chain, before.chain);
  take(shop.view.trust->take(rollover.announcing(2)));
  take(shop.view.trust->take(rollover.taking_over(3)));
  take(applicant.follow_ca());
  for (const auto& each :
       {*shop.identity->signer(), *take(Identity::open(shop.folder.path() / "identity",
                                                       crypto::SecretBytes::copy_of(as_bytes("passphrase"))))
                                       ->signer()}) {
    EXPECT_EQ(each.certificate, before.certificate);
    EXPECT_EQ(each.key.public_key(), before.key.public_key());
    EXPECT_EQ(each.chain, std::vector{rollover.first_ca});
  }
  EXPECT_EQ(code_of(shop.identity->use_ca(another_ca())), ErrorCode::kConflict);
}

TEST_F(MapInForceTest, EnrolsUnderTheRootThatTheNetworkHasOrPassesTo) {
  RegistrationDesk registrations{shop.context(), shop.authority};
  const auto enrol_under = [&](const x509::Certificate& root) {
    shop.authority.enrols_under = root;
    return registrations.apply({.kind = documents::ConsentKind::kEnrolment,
                                .email = "minji@example.com",
                                .locale = "ko",
                                .consent = RegistrationRequest::Answer::kAccepted,
                                .text_version = std::string(kConsentTextVersion),
                                .given = shop.clock.now(),
                                .request_key = ""});
  };
  EXPECT_TRUE(enrol_under(shop.network.root));
  EXPECT_EQ(code_of(enrol_under(rollover.next.certificate)), ErrorCode::kConflict);
  take(shop.view.trust->take(rollover.announcing(2)));
  EXPECT_TRUE(enrol_under(shop.network.root));
  EXPECT_TRUE(enrol_under(rollover.next.certificate));
  take(shop.view.trust->take(rollover.taking_over(3)));
  EXPECT_TRUE(enrol_under(rollover.next.certificate));
  EXPECT_EQ(code_of(enrol_under(shop.network.root)), ErrorCode::kConflict) << "nobody passes on from there";
}

// The shop shows a cart of several sellers as confirmed by what their gateways hand on.
struct CartInForceTest : MapInForceTest {
  CartInForceTest() {
    take(ShopOrders::migrate(*shop.database));
    take(submit());
    const auto view = take(checkouts().view(checkout));
    const auto parsed = take(documents::parse_order(order));
    confirmed.seller = "tea";
    confirmed.link = {std::string(kTestOrigin), checkout, "token"};
    confirmed.lines = parsed.lines;
    confirmed.total = parsed.total;
    confirmed.expires = parsed.expires;
    take(carts.remember("session", {"cart", shop.clock.now(), {confirmed}}));
    confirmed.state = CheckoutState::kConfirmed;
    confirmed.confirmation = view.answer->answer.document;
  }
  CheckoutState kept() { return take(carts.find("session", "cart")).orders.front().state; }

  ShopCarts carts{shop.context()};
  CartOrder confirmed;
};

TEST_F(CartInForceTest, KeepsWhatMayBeConfirmed) {
  take(carts.keep("cart", confirmed));
  EXPECT_EQ(kept(), CheckoutState::kConfirmed);
}

TEST_F(CartInForceTest, KeepsWhatWasConfirmedUnderTheRootBefore) {
  take(shop.view.trust->take(rollover.announcing(2)));
  take(shop.view.trust->take(rollover.taking_over(3)));
  take(carts.keep("cart", confirmed));
  EXPECT_EQ(kept(), CheckoutState::kConfirmed);
}

TEST_F(CartInForceTest, KeepsNothingBelowACaThatTheMapNamesNoMore) {
  take(shop.view.trust->take(changed_map([&](auto& own) { own.ca_certificates = {another_ca()}; })));
  EXPECT_EQ(code_of(carts.keep("cart", confirmed)), ErrorCode::kCertificateUnknown);
  EXPECT_EQ(kept(), CheckoutState::kOpen);
}

TEST_F(CartInForceTest, KeepsNothingThatWasConfirmedAfterTheDataCentreRetired) {
  take(shop.view.trust->take(changed_map([&](auto& own) { own.retired = whole_seconds(shop.clock.now()); })));
  EXPECT_EQ(code_of(carts.keep("cart", confirmed)), ErrorCode::kExpired);
  EXPECT_EQ(kept(), CheckoutState::kOpen);
}

}  // namespace
}  // namespace countersign::merchant
