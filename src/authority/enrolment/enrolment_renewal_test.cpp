// SPDX-License-Identifier: Apache-2.0
// Renewal at the merchant's customer renewal (K5), for customers with and without a certificate.
#include "authority/enrolment/enrolment_fixture.h"

namespace countersign::authority {
namespace {

class MerchantRenewsCustomer : public EnrolmentTest {
 protected:
  documents::Consent renewal_of(std::string email, std::string renews = "") {
    auto consent = consent_of(std::move(email));
    consent.kind = documents::ConsentKind::kRenewal;
    consent.renews = std::move(renews);
    return consent;
  }
  Wallet wallet = enrol(consent_of()).first;
  std::string serial = wallet.signing.certificate.serial().hex();
};

TEST_F(MerchantRenewsCustomer, KeepsTheSubjectAndReplacesTheOldPairOnCompletion) {
  const auto consent = renewal_of("kim@example.kr", serial);
  const auto ticket = take(apply(consent));
  const auto renewed = fetch_and_open(ticket);
  EXPECT_EQ(renewed.signing.certificate.subject(), wallet.signing.certificate.subject());
  EXPECT_EQ(authority.state_of(wallet.signing.certificate.serial()), CertificateState::kActive)
      << "until the new keys are in place";
  take(complete(ticket.id, acceptance_of(ticket.id, take(documents::write_consent(consent)), renewed),
                renewed.signing));
  EXPECT_EQ(authority.state_of(wallet.signing.certificate.serial()), CertificateState::kRevoked);
  EXPECT_EQ(authority.state_of(wallet.agreement.certificate.serial()), CertificateState::kRevoked);
  EXPECT_EQ(authority.state_of(renewed.signing.certificate.serial()), CertificateState::kActive);
}

TEST_F(MerchantRenewsCustomer, FindsTheCertificateByTheRecordedAddress) {
  const auto renewed = enrol(renewal_of("kim@example.kr")).first;
  EXPECT_EQ(renewed.signing.certificate.subject(), wallet.signing.certificate.subject());
}

TEST_F(MerchantRenewsCustomer, EnrolsACustomerWithoutACertificate) {
  const auto fresh = enrol(renewal_of("lee@example.kr")).first;
  EXPECT_NE(fresh.signing.certificate.subject(), wallet.signing.certificate.subject());
}

TEST_F(MerchantRenewsCustomer, RefusesAnAddressThatIsNotTheRecordedOne) {
  EXPECT_EQ(apply(renewal_of("thief@example.kr", serial)).error().code, ErrorCode::kForbidden);
}

TEST_F(MerchantRenewsCustomer, RefusesToRenewHeldRevokedAndUnknownCertificates) {
  EXPECT_EQ(apply(renewal_of("kim@example.kr", x509::SerialNumber::random().hex())).error().code,
            ErrorCode::kNotFound);
  authority.change_state(wallet.signing.certificate.serial(), CertificateState::kOnHold);
  EXPECT_EQ(apply(renewal_of("kim@example.kr", serial)).error().code, ErrorCode::kCertificateOnHold);
  authority.change_state(wallet.signing.certificate.serial(), CertificateState::kRevoked);
  EXPECT_EQ(apply(renewal_of("kim@example.kr", serial)).error().code, ErrorCode::kCertificateRevoked);
}

TEST_F(MerchantRenewsCustomer, RefusesToRenewAMerchantsCertificate) {
  EXPECT_EQ(apply(renewal_of("kim@example.kr", merchant.certificate.serial().hex())).error().code,
            ErrorCode::kWrongRole);
}

TEST_F(MerchantRenewsCustomer, AnUnclaimedRenewalLeavesTheOldPairUsable) {
  const auto ticket = take(apply(renewal_of("kim@example.kr", serial)));
  authority.clock.advance(std::chrono::hours(8 * 24));
  take(enrolments->sweep());
  EXPECT_EQ(state_of(ticket.id), EnrolmentState::kExpired);
  EXPECT_EQ(authority.state_of(wallet.signing.certificate.serial()), CertificateState::kActive);
}

}  // namespace
}  // namespace countersign::authority
