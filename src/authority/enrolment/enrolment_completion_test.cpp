// SPDX-License-Identifier: Apache-2.0
#include "authority/enrolment/enrolment_fixture.h"

namespace countersign::authority {
namespace {

class CompletionTest : public EnrolmentTest {
 protected:
  documents::Consent consent = consent_of();
  EnrolmentTicket ticket = take(apply(consent));
  Wallet wallet = fetch_and_open(ticket);
  documents::ConsentAcceptance acceptance =
      acceptance_of(ticket.id, take(documents::write_consent(consent)), wallet);
};

TEST_F(CompletionTest, GivesTheSameSuspensionCodeWhenRepeated) {
  const auto first = take(complete(ticket.id, acceptance, wallet.signing));
  const auto again = take(complete(ticket.id, acceptance, wallet.signing));
  EXPECT_EQ(first.suspension_code, again.suspension_code);
  EXPECT_EQ(first.suspension_code.size(), 19U);
}

TEST_F(CompletionTest, MakesFileAndPasswordUnrecoverable) {
  take(complete(ticket.id, acceptance, wallet.signing));
  authority.deliver_mails();
  EXPECT_TRUE(take(authority.secrets("key-files").names()).empty());
  EXPECT_TRUE(take(authority.secrets("mail").names()).empty());
}

TEST_F(CompletionTest, RefusesAnotherKey) {
  const auto other = enrol(consent_of("lee@example.kr")).first;
  EXPECT_EQ(complete(ticket.id, acceptance, other.signing).error().code, ErrorCode::kForbidden);
  EXPECT_EQ(authority.state_of(wallet.signing.certificate.serial()), CertificateState::kOnHold);
}

TEST_F(CompletionTest, RefusesTheAgreementKeyAsSigner) {
  EXPECT_FALSE(complete(ticket.id, acceptance, wallet.agreement).has_value());
}

TEST_F(CompletionTest, RefusesAnotherEnrolmentsId) {
  acceptance.enrolment = crypto::random_uuid_v7(authority.clock.now());
  EXPECT_EQ(complete(ticket.id, acceptance, wallet.signing).error().code, ErrorCode::kForbidden);
}

TEST_F(CompletionTest, RefusesAnotherConsent) {
  acceptance.consent[0] ^= 1U;
  EXPECT_EQ(complete(ticket.id, acceptance, wallet.signing).error().code, ErrorCode::kForbidden);
}

TEST_F(CompletionTest, RefusesOtherCertificates) {
  auto wrong = acceptance;
  wrong.signing_certificate[0] ^= 1U;
  EXPECT_EQ(complete(ticket.id, wrong, wallet.signing).error().code, ErrorCode::kForbidden);
  wrong = acceptance;
  wrong.agreement_certificate[0] ^= 1U;
  EXPECT_EQ(complete(ticket.id, wrong, wallet.signing).error().code, ErrorCode::kForbidden);
}

TEST_F(CompletionTest, RefusesAnOldAcceptance) {
  authority.clock.advance(Seconds(301));
  EXPECT_EQ(complete(ticket.id, acceptance, wallet.signing).error().code, ErrorCode::kClockSkew);
}

TEST_F(CompletionTest, RefusesAnExpiredEnrolmentEvenBeforeItIsSwept) {
  authority.clock.advance(std::chrono::hours(7 * 24 + 1));
  acceptance.accepted = authority.clock.now();
  EXPECT_EQ(complete(ticket.id, acceptance, wallet.signing).error().code, ErrorCode::kExpired);
}

TEST_F(CompletionTest, AnObjectionRevokesForGood) {
  const auto code = authority.mailbox.newest_code("kim@example.kr");
  EXPECT_EQ(take(enrolments->objection_locale(ticket.id, code)), "en");
  EXPECT_EQ(state_of(ticket.id), EnrolmentState::kAwaitingCompletion)
      << "looking at the page changes nothing";
  take(enrolments->object(ticket.id, code));
  take(enrolments->object(ticket.id, code));
  EXPECT_EQ(state_of(ticket.id), EnrolmentState::kObjected);
  EXPECT_EQ(authority.state_of(wallet.signing.certificate.serial()), CertificateState::kRevoked);
  EXPECT_EQ(complete(ticket.id, acceptance, wallet.signing).error().code, ErrorCode::kCertificateRevoked);
}

TEST_F(CompletionTest, AnObjectionWithAWrongCodeDoesNothing) {
  EXPECT_EQ(enrolments->object(ticket.id, crypto::random_token(16)).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(state_of(ticket.id), EnrolmentState::kAwaitingCompletion);
}

TEST_F(CompletionTest, TheCodeSuspendsBothCertificatesAtOnce) {
  const auto code = take(complete(ticket.id, acceptance, wallet.signing)).suspension_code;
  take(suspensions.suspend_by_code(wallet.agreement.certificate.serial().hex(), code, "127.0.0.1"));
  EXPECT_EQ(authority.state_of(wallet.signing.certificate.serial()), CertificateState::kOnHold);
  EXPECT_EQ(authority.state_of(wallet.agreement.certificate.serial()), CertificateState::kOnHold);
}

TEST_F(CompletionTest, AnOperatorResumesWhatWasSuspendedButNotWhatWasNeverActivated) {
  const auto resume = [&] {
    return authority.database->write([&](storage::Transaction& transaction) {
      return suspensions.resume(transaction, wallet.signing.certificate.serial(), "operator:test",
                                "found again");
    });
  };
  EXPECT_EQ(resume().error().code, ErrorCode::kConflict);
  const auto code = take(complete(ticket.id, acceptance, wallet.signing)).suspension_code;
  take(suspensions.suspend_by_code(wallet.signing.certificate.serial().hex(), code, "127.0.0.1"));
  take(resume());
  EXPECT_EQ(authority.state_of(wallet.signing.certificate.serial()), CertificateState::kActive);
}

TEST_F(CompletionTest, AnOperatorIsToldToRevokeWhatWasNeverActivatedRatherThanSuspendIt) {
  const auto suspend = [&] {
    return authority.database->write([&](storage::Transaction& transaction) {
      return suspensions.suspend(transaction, wallet.signing.certificate.serial(), "operator:test", "");
    });
  };
  const auto refused = suspend();
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_NE(refused.error().detail.find("revoke it instead"), std::string::npos);
  take(complete(ticket.id, acceptance, wallet.signing));
  take(suspend());
  EXPECT_EQ(authority.state_of(wallet.signing.certificate.serial()), CertificateState::kOnHold);
}

TEST_F(CompletionTest, DoesNotEndAHoldThatCameAfterTheFirst) {
  for (const auto state : {CertificateState::kActive, CertificateState::kOnHold})
    authority.change_state(wallet.agreement.certificate.serial(), state);
  EXPECT_EQ(complete(ticket.id, acceptance, wallet.signing).error().code, ErrorCode::kCertificateOnHold);
  EXPECT_EQ(authority.state_of(wallet.signing.certificate.serial()), CertificateState::kOnHold);
}

TEST_F(CompletionTest, AHoldersSuspensionEndsWhatWasNeverActivated) {
  take(authority.database->write([&](storage::Transaction& transaction) {
    return suspensions.suspend_holder(transaction, wallet.signing.certificate.serial(), "holder");
  }));
  EXPECT_EQ(complete(ticket.id, acceptance, wallet.signing).error().code, ErrorCode::kCertificateRevoked);
  EXPECT_EQ(authority.state_of(wallet.signing.certificate.serial()), CertificateState::kRevoked);
  take(enrolments->sweep());
}

TEST_F(CompletionTest, AFloodOfWrongSuspensionCodesKeepsNobodyFromSuspending) {
  const auto code = take(complete(ticket.id, acceptance, wallet.signing)).suspension_code;
  const auto serial = wallet.signing.certificate.serial().hex();
  const auto guess = [&] { return suspensions.suspend_by_code(serial, "0000-0000-0000-0000", "10.0.0.1"); };
  for (int i = 0; i < 30; ++i) EXPECT_EQ(guess().error().code, ErrorCode::kNotFound);
  EXPECT_EQ(guess().error().code, ErrorCode::kRateLimited);
  EXPECT_TRUE(suspensions.suspend_by_code(serial, code, "10.0.0.1").has_value());
  EXPECT_EQ(authority.state_of(wallet.signing.certificate.serial()), CertificateState::kOnHold);
}

TEST_F(CompletionTest, WrongObjectionCodesKeepNobodyFromObjecting) {
  const auto code = authority.mailbox.newest_code("kim@example.kr");
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(enrolments->object(ticket.id, crypto::random_token(16)).error().code, ErrorCode::kNotFound);
  }
  EXPECT_TRUE(enrolments->object(ticket.id, code).has_value());
}

TEST_F(CompletionTest, AnUnknownSerialIsAnsweredLikeAWrongCode) {
  const auto serial = x509::SerialNumber::random().hex();
  EXPECT_EQ(suspensions.suspend_by_code(serial, "0000-0000-0000-0000", "10.0.0.1").error().code,
            ErrorCode::kNotFound);
}

}  // namespace
}  // namespace countersign::authority
