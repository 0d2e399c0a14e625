// SPDX-License-Identifier: Apache-2.0
#include "merchant/registration_desk.h"

#include <gtest/gtest.h>

#include "merchant/testing.h"

namespace countersign::merchant {
namespace {

using Conduct = FakeAuthority::Conduct;
using x509::code_of;

struct RegistrationDeskTest : testing::Test {
  TestShop shop;
  RegistrationDesk desk{shop.context(), shop.authority};

  RegistrationRequest request() const {
    return {.kind = documents::ConsentKind::kEnrolment,
            .email = "minji@example.com",
            .locale = "ko",
            .consent = RegistrationRequest::Answer::kAccepted,
            .text_version = std::string(kConsentTextVersion),
            .given = shop.clock.now(),
            .request_key = ""};
  }
  documents::Consent consent_asked(std::size_t number) const {
    const auto document =
        take(x509::verify_signed_document(shop.authority.consents_asked.at(number), *shop.view.anchor(),
                                          x509::Role::kMerchant, shop.clock.now()));
    return take(documents::parse_consent(document.cms.content));
  }
};

TEST_F(RegistrationDeskTest, AppliesWithTheConsentSignedByTheMerchant) {
  const auto registration = take(desk.apply(request()));
  const auto consent = consent_asked(0);
  EXPECT_EQ(consent.id, registration.id);
  EXPECT_EQ(consent.email, "minji@example.com");
  EXPECT_EQ(consent.text, take(desk.text(Language::kKorean)));
  EXPECT_NE(consent.text.find("Hanok Books"), std::string::npos);
  EXPECT_EQ(consent.merchant, documents::reference_to(shop.identity->signer()->certificate));
  EXPECT_EQ(registration.link,
            "countersign:enrol?authority=https%3A%2F%2F127.0.0.1%3A9443&id=" + registration.enrolment +
                "&token=token&root=" + hex_encode(shop.network.root.fingerprint()));
}

TEST_F(RegistrationDeskTest, AsksNobodyWithoutConsent) {
  auto without = request();
  without.consent = RegistrationRequest::Answer::kNotGiven;
  EXPECT_EQ(code_of(desk.apply(without)), ErrorCode::kConsentMissing);
  auto to_other_words = request();
  to_other_words.text_version = "2025-01";
  EXPECT_EQ(code_of(desk.apply(to_other_words)), ErrorCode::kConsentMissing);
  EXPECT_TRUE(shop.authority.consents_asked.empty());
}

TEST_F(RegistrationDeskTest, RefusesAConsentThatWasNotGivenToday) {
  auto stale = request();
  stale.given -= std::chrono::hours(25);
  EXPECT_EQ(code_of(desk.apply(stale)), ErrorCode::kExpired);
  auto early = request();
  early.given += std::chrono::minutes(6);
  EXPECT_EQ(code_of(desk.apply(early)), ErrorCode::kNotYetValid);
}

TEST_F(RegistrationDeskTest, RefusesWhatIsNoMailAddressOrLocale) {
  for (const std::string address :
       {"", "minji", "minji@", "a b@example.com", "a@example.com\r\nBcc: b@c.d"}) {
    auto wrong = request();
    wrong.email = address;
    EXPECT_EQ(code_of(desk.apply(wrong)), ErrorCode::kMalformed) << address;
  }
  auto wrong = request();
  wrong.locale = "fr";
  EXPECT_EQ(code_of(desk.apply(wrong)), ErrorCode::kUnsupported);
  EXPECT_TRUE(shop.authority.consents_asked.empty());
}

TEST_F(RegistrationDeskTest, KeepsTheConsentAndContinuesWithItAfterSilence) {
  auto repeated = request();
  repeated.request_key = "form:1";
  shop.authority.conduct = Conduct::kSilent;
  EXPECT_EQ(code_of(desk.apply(repeated)), ErrorCode::kUnavailable);
  shop.authority.conduct = Conduct::kHonest;
  shop.reopen();
  RegistrationDesk restarted{shop.context(), shop.authority};
  take(restarted.apply(repeated));
  EXPECT_EQ(shop.authority.consents_asked.at(0), shop.authority.consents_asked.at(1));
  repeated.email = "other@example.com";
  EXPECT_EQ(code_of(restarted.apply(repeated)), ErrorCode::kConflict);
}

TEST_F(RegistrationDeskTest, RefusesAnEnrolmentIntoAnotherNetwork) {
  shop.authority.conduct = Conduct::kNamesAnotherRoot;
  EXPECT_EQ(code_of(desk.apply(request())), ErrorCode::kConflict);
}

TEST_F(RegistrationDeskTest, AppliesForRenewalsAsSuch) {
  auto renewal = request();
  renewal.kind = documents::ConsentKind::kRenewal;
  take(desk.apply(renewal));
  EXPECT_EQ(consent_asked(0).kind, documents::ConsentKind::kRenewal);
}

TEST_F(RegistrationDeskTest, FollowsAndRestartsAnEnrolment) {
  const auto registration = take(desk.apply(request()));
  EXPECT_EQ(take(desk.progress(registration.id)).state, "awaiting_fetch");
  EXPECT_NE(take(desk.restart(registration.id)).link.find("token=fresh-token"), std::string::npos);
  EXPECT_EQ(code_of(desk.progress("nothing")), ErrorCode::kNotFound);
  EXPECT_EQ(code_of(desk.restart("nothing")), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace countersign::merchant
