// SPDX-License-Identifier: Apache-2.0
#include "authority/enrolment/enrolments.h"

#include "authority/enrolment/enrolment_fixture.h"

namespace countersign::authority {
namespace {

TEST_F(EnrolmentTest, GoesFromConsentToActiveCertificates) {
  const auto consent = consent_of();
  const auto consent_cms = signed_consent(consent);
  const auto ticket = take(enrolments->apply(consent_cms, merchant.certificate));
  EXPECT_EQ(state_of(ticket.id), EnrolmentState::kAwaitingFetch);
  const auto wallet = fetch_and_open(ticket);
  EXPECT_EQ(wallet.root, authority.network.root.certificate);
  EXPECT_EQ(authority.state_of(wallet.signing.certificate.serial()), CertificateState::kOnHold);
  EXPECT_EQ(wallet.signing.certificate.registered_by(), merchant.certificate.subject().text());
  EXPECT_EQ(wallet.signing.certificate.key_origin(), x509::KeyOrigin::kAuthority);
  EXPECT_TRUE(equal(take(enrolments->consent(ticket.id, ticket.token)), consent_cms));

  const auto acceptance = acceptance_of(ticket.id, take(documents::write_consent(consent)), wallet);
  take(complete(ticket.id, acceptance, wallet.signing));
  EXPECT_EQ(state_of(ticket.id), EnrolmentState::kActive);
  EXPECT_EQ(authority.state_of(wallet.signing.certificate.serial()), CertificateState::kActive);
  EXPECT_EQ(authority.state_of(wallet.agreement.certificate.serial()), CertificateState::kActive);
}

TEST_F(EnrolmentTest, TellsTheHolderOfWhatWasIssued) {
  const auto wallet = enrol(consent_of()).first;
  authority.deliver_mails();
  ASSERT_EQ(authority.mailbox.mails.size(), 2U);
  EXPECT_EQ(authority.mailbox.mails.back().to, "kim@example.kr");
  EXPECT_NE(authority.mailbox.mails.back().text.find(wallet.signing.certificate.serial().hex()),
            std::string::npos);
}

TEST_F(EnrolmentTest, SendsThePasswordByMailAndNeverFileOrToken) {
  const auto ticket = take(apply(consent_of()));
  authority.deliver_mails();
  ASSERT_EQ(authority.mailbox.mails.size(), 1U);
  const auto& mail = authority.mailbox.mails.front();
  EXPECT_EQ(authority.mailbox.newest_password().size(), 34U);
  EXPECT_EQ(mail.text.find(ticket.token), std::string::npos);
  const auto file = take(enrolments->fetch_key_file(ticket.id, ticket.token));
  EXPECT_EQ(mail.text.find(base64_encode(file).substr(0, 40)), std::string::npos);
  EXPECT_EQ(as_text(file).find(authority.mailbox.newest_password()), std::string_view::npos);
}

TEST_F(EnrolmentTest, LeavesNoPasswordNoFileAndNoAddressOnDisk) {
  const auto ticket = take(apply(consent_of()));
  EXPECT_FALSE(authority.is_anywhere_on_disk("kim@example.kr"));
  authority.deliver_mails();
  const auto file = take(enrolments->fetch_key_file(ticket.id, ticket.token));
  EXPECT_FALSE(authority.is_anywhere_on_disk(authority.mailbox.newest_password()));
  EXPECT_FALSE(authority.is_anywhere_on_disk(as_text(file).substr(100, 32)));
  EXPECT_TRUE(take(authority.secrets("key-files").names()).empty());
}

TEST_F(EnrolmentTest, SealsFileAndPasswordUnderKeysInDifferentFolders) {
  take(apply(consent_of()));
  EXPECT_EQ(take(authority.secrets("key-files").names()).size(), 1U);
  EXPECT_EQ(take(authority.secrets("mail").names()).size(), 1U);
}

TEST_F(EnrolmentTest, AnswersTheSameConsentWithTheSameEnrolmentAndToken) {
  const auto consent = consent_of();
  const auto cms = signed_consent(consent);
  const auto first = take(enrolments->apply(cms, merchant.certificate));
  const auto again = take(enrolments->apply(cms, merchant.certificate));
  EXPECT_EQ(again.id, first.id);
  EXPECT_EQ(again.token, first.token);
  EXPECT_TRUE(again.is_repeat);
  authority.deliver_mails();
  EXPECT_EQ(authority.mailbox.mails.size(), 1U);
}

TEST_F(EnrolmentTest, AReplayedConsentMakesNothingNewAfterCompletion) {
  const auto consent = consent_of();
  enrol(consent);
  authority.clock.advance(std::chrono::hours(48));
  const auto again = take(apply(consent));
  EXPECT_TRUE(again.is_repeat);
  EXPECT_EQ(again.token, "");
}

TEST_F(EnrolmentTest, RefusesAnApplicationWithoutConsent) {
  EXPECT_EQ(enrolments->apply({}, merchant.certificate).error().code, ErrorCode::kConsentMissing);
}

TEST_F(EnrolmentTest, RefusesTheConsentOfAnotherMerchant) {
  const auto other = authority.network.issue_merchant("Other", authority.clock.now());
  authority.enter(other.certificate);
  EXPECT_EQ(enrolments->apply(signed_consent(consent_of()), other.certificate).error().code,
            ErrorCode::kForbidden);
}

TEST_F(EnrolmentTest, RefusesAConsentThatNamesAnotherMerchant) {
  const auto other = authority.network.issue_merchant("Other", authority.clock.now());
  auto consent = consent_of();
  consent.merchant = documents::reference_to(other.certificate);
  EXPECT_EQ(apply(consent).error().code, ErrorCode::kForbidden);
}

TEST_F(EnrolmentTest, RefusesAConsentIdUsedForAnotherAddress) {
  auto consent = consent_of();
  take(apply(consent));
  consent.email = "thief@example.kr";
  EXPECT_EQ(apply(consent).error().code, ErrorCode::kConflict);
}

TEST_F(EnrolmentTest, RefusesAConsentSignedInAnotherRole) {
  const auto purchaser = authority.network.issue_purchaser("p-1", authority.clock.now());
  const auto cms = sign(purchaser, take(documents::write_consent(consent_of())));
  EXPECT_EQ(enrolments->apply(cms, merchant.certificate).error().code, ErrorCode::kWrongRole);
}

TEST_F(EnrolmentTest, RefusesAConsentAlteredAfterItWasSigned) {
  auto cms = signed_consent(consent_of());
  const auto at = as_text(cms).find("kim@example.kr");
  ASSERT_NE(at, std::string_view::npos);
  cms[at] = 'j';
  EXPECT_EQ(enrolments->apply(cms, merchant.certificate).error().code, ErrorCode::kSignatureInvalid);
}

TEST_F(EnrolmentTest, RefusesAConsentGivenTooLongAgoOrInTheFuture) {
  auto consent = consent_of();
  consent.given -= std::chrono::hours(25);
  EXPECT_EQ(apply(consent).error().code, ErrorCode::kExpired);
  consent.given += std::chrono::hours(50);
  EXPECT_EQ(apply(consent).error().code, ErrorCode::kClockSkew);
}

TEST_F(EnrolmentTest, RefusesAHeldMerchant) {
  authority.change_state(merchant.certificate.serial(), CertificateState::kOnHold);
  EXPECT_EQ(apply(consent_of()).error().code, ErrorCode::kCertificateOnHold);
}

TEST_F(EnrolmentTest, RefusesARevokedMerchant) {
  authority.change_state(merchant.certificate.serial(), CertificateState::kRevoked);
  EXPECT_EQ(apply(consent_of()).error().code, ErrorCode::kCertificateRevoked);
}

TEST_F(EnrolmentTest, RefusesAFloodOfMailsToOneAddress) {
  for (int i = 0; i < 10; ++i) take(apply(consent_of()));
  EXPECT_EQ(apply(consent_of()).error().code, ErrorCode::kRateLimited);
  EXPECT_TRUE(apply(consent_of("lee@example.kr")).has_value());
}

TEST_F(EnrolmentTest, OneMerchantsUseOfAnAddressRefusesNoOther) {
  const auto other = authority.network.issue_merchant("Other", authority.clock.now());
  authority.enter(other.certificate);
  const auto apply_as_other = [&] {
    auto consent = consent_of();
    consent.merchant = documents::reference_to(other.certificate);
    return enrolments->apply(sign(other, take(documents::write_consent(consent))), other.certificate);
  };
  for (int i = 0; i < 10; ++i) take(apply(consent_of()));
  EXPECT_EQ(apply(consent_of()).error().code, ErrorCode::kRateLimited);
  EXPECT_TRUE(apply_as_other().has_value());
}

TEST_F(EnrolmentTest, AllMerchantsTogetherDoNotFloodAnAddress) {
  Result<EnrolmentTicket> last = fail(ErrorCode::kInternal, "not asked");
  for (int merchants = 0; merchants < 6; ++merchants) {
    merchant = authority.network.issue_merchant("Shop " + std::to_string(merchants), authority.clock.now());
    authority.enter(merchant.certificate);
    for (int i = 0; i < 9; ++i) last = apply(consent_of());
  }
  EXPECT_EQ(last.error().code, ErrorCode::kRateLimited);
  EXPECT_TRUE(apply(consent_of("lee@example.kr")).has_value());
}

TEST_F(EnrolmentTest, ARefusedApplicationUsesUpNothing) {
  auto consent = consent_of();
  take(apply(consent));
  consent.text += " And more.";
  for (int i = 0; i < 20; ++i) EXPECT_EQ(apply(consent).error().code, ErrorCode::kConflict);
  EXPECT_TRUE(apply(consent_of()).has_value());
}

TEST_F(EnrolmentTest, AnAddressIsFreeAgainTheNextDay) {
  for (int i = 0; i < 10; ++i) take(apply(consent_of()));
  authority.clock.advance(std::chrono::hours(24));
  EXPECT_TRUE(apply(consent_of()).has_value());
}

TEST_F(EnrolmentTest, StoresTheEnrolmentWhileTheMailServerIsDown) {
  authority.mailbox.is_down = true;
  const auto ticket = take(apply(consent_of()));
  authority.deliver_mails();
  EXPECT_EQ(take(enrolments->view(ticket.id, merchant.certificate)).mail_state, "waiting");
  authority.mailbox.is_down = false;
  authority.clock.advance(std::chrono::hours(1));
  authority.deliver_mails();
  EXPECT_EQ(take(enrolments->view(ticket.id, merchant.certificate)).mail_state, "sent");
  EXPECT_EQ(authority.mailbox.newest_password().size(), 34U);
}

TEST_F(EnrolmentTest, ShowsAnEnrolmentToItsMerchantOnly) {
  const auto ticket = take(apply(consent_of()));
  const auto other = authority.network.issue_merchant("Other", authority.clock.now());
  EXPECT_EQ(enrolments->view(ticket.id, other.certificate).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(enrolments->restart(ticket.id, other.certificate).error().code, ErrorCode::kNotFound);
}

TEST_F(EnrolmentTest, RecordsEachActInTheAuditLog) {
  enrol(consent_of());
  const std::vector<std::string> expected{
      "issue", "issue", "enrol", "fetch_key_file", "resume", "resume", "complete_enrolment"};
  EXPECT_EQ(authority.acts(), expected);
}

}  // namespace
}  // namespace countersign::authority
