// SPDX-License-Identifier: Apache-2.0
// Enrolment of an agreement key that cannot sign: possession is shown by opening what is sealed to it.
#include "authority/enrolment/wallet_keys.h"

#include "authority/enrolment/enrolment_fixture.h"
#include "x509/cms_envelope.h"
#include "x509/pkcs10.h"

namespace countersign::authority {
namespace {

crypto::PrivateKey new_key(crypto::KeyKind kind = crypto::KeyKind::kP256) {
  return crypto::PrivateKey::generate(kind);
}

class AgreementKeyTest : public EnrolmentTest {
 protected:
  Bytes joint_request(const crypto::PublicKey& agreement_key) {
    return take(x509::make_joint_pkcs10(name_of("UID=wallet"), signing, agreement_key));
  }
  Bytes own_request(const crypto::PrivateKey& key) {
    return take(x509::make_pkcs10(name_of("UID=wallet"), {}, key));
  }
  Result<IssuedPair> request(Bytes signing_request, Bytes agreement_request = {}) {
    return enrolments->certify_wallet_keys(
        ticket.id, {ticket.token, code, std::move(signing_request), std::move(agreement_request)});
  }
  Result<documents::AgreementCertificate> unseal(const IssuedPair& issued, const crypto::PrivateKey& key) {
    TRY(const auto document,
        x509::open_sealed_to_key(key.public_key(), x509::agreement_by(key), issued.sealed_agreement));
    return documents::parse_agreement_certificate(document);
  }
  // The acceptance of a wallet that was issued these and read `document` in the envelope.
  documents::ConsentAcceptance acceptance_for(const IssuedPair& issued,
                                              const documents::AgreementCertificate& document) {
    return {ticket.id,
            crypto::sha256(take(documents::write_consent(consent))),
            issued.pair.signing.fingerprint(),
            crypto::sha256(document.certificate),
            authority.clock.now(),
            document.proof};
  }
  Result<CompletedEnrolment> complete_with(const IssuedPair& issued,
                                           const documents::ConsentAcceptance& acceptance) {
    return complete(ticket.id, acceptance,
                    {issued.pair.signing, signing, {authority.network.ca.certificate}});
  }
  void expect_on_hold(const IssuedPair& issued) {
    EXPECT_EQ(authority.state_of(issued.pair.signing.serial()), CertificateState::kOnHold);
    EXPECT_EQ(authority.state_of(issued.pair.agreement.serial()), CertificateState::kOnHold);
  }

  documents::Consent consent = consent_of();
  EnrolmentTicket ticket = take(apply(consent));
  std::string code = (authority.deliver_mails(), authority.mailbox.newest_password());
  crypto::PrivateKey signing = new_key();
  crypto::PrivateKey agreement = new_key();
};

TEST_F(AgreementKeyTest, IsCertifiedOnceItOpenedItsCertificate) {
  const auto issued = take(request(joint_request(agreement.public_key())));
  expect_on_hold(issued);
  const auto document = take(unseal(issued, agreement));
  EXPECT_EQ(document.enrolment, ticket.id);
  EXPECT_EQ(document.certificate, issued.pair.agreement.der());
  EXPECT_TRUE(issued.pair.agreement.public_key() == agreement.public_key());
  EXPECT_EQ(issued.pair.agreement.role(), x509::Role::kPurchaserAgreement);
  take(complete_with(issued, acceptance_for(issued, document)));
  EXPECT_EQ(authority.state_of(issued.pair.agreement.serial()), CertificateState::kActive);
  EXPECT_EQ(state_of(ticket.id), EnrolmentState::kActive);
}

TEST_F(AgreementKeyTest, GetsTheSameCertificateAndProofWhenAskedAgain) {
  const auto first = take(request(joint_request(agreement.public_key())));
  const auto again = take(request(joint_request(agreement.public_key())));
  EXPECT_EQ(again.pair.agreement, first.pair.agreement);
  EXPECT_NE(again.sealed_agreement, first.sealed_agreement);
  const auto acceptance = acceptance_for(first, take(unseal(again, agreement)));
  EXPECT_EQ(acceptance.agreement_proof, take(unseal(first, agreement)).proof);
  const auto done = take(complete_with(first, acceptance));
  EXPECT_EQ(take(complete_with(first, acceptance)).suspension_code, done.suspension_code);
}

TEST_F(AgreementKeyTest, IsNotCertifiedWithoutTheProof) {
  const auto issued = take(request(joint_request(agreement.public_key())));
  auto acceptance = acceptance_for(issued, take(unseal(issued, agreement)));
  acceptance.agreement_proof.reset();
  EXPECT_EQ(complete_with(issued, acceptance).error().code, ErrorCode::kForbidden)
      << "who knows the certificate has not opened anything";
  expect_on_hold(issued);
}

TEST_F(AgreementKeyTest, IsNotCertifiedWithAnotherProof) {
  const auto issued = take(request(joint_request(agreement.public_key())));
  auto acceptance = acceptance_for(issued, take(unseal(issued, agreement)));
  (*acceptance.agreement_proof)[31] ^= 1U;
  EXPECT_EQ(complete_with(issued, acceptance).error().code, ErrorCode::kForbidden);
  acceptance.agreement_proof = issued.pair.agreement.fingerprint();
  EXPECT_EQ(complete_with(issued, acceptance).error().code, ErrorCode::kForbidden);
  expect_on_hold(issued);
}

TEST_F(AgreementKeyTest, IsNotCertifiedWithTheProofOfAnotherCertificate) {
  const auto issued = take(request(joint_request(agreement.public_key())));
  const auto former = take(unseal(issued, agreement));
  const auto second = take(enrolments->restart(ticket.id, merchant.certificate));
  authority.deliver_mails();
  ticket.token = second.token;
  code = authority.mailbox.newest_password();
  const auto next = take(request(joint_request(agreement.public_key())));
  auto acceptance = acceptance_for(next, take(unseal(next, agreement)));
  acceptance.agreement_proof = former.proof;
  EXPECT_EQ(complete_with(next, acceptance).error().code, ErrorCode::kForbidden);
}

TEST_F(AgreementKeyTest, TakesNoProofUnasked) {
  const auto issued = take(request(own_request(signing), own_request(agreement)));
  auto acceptance = acceptance_for(issued, {ticket.id, issued.pair.agreement.der(), Sha256Digest{1}});
  EXPECT_EQ(complete_with(issued, acceptance).error().code, ErrorCode::kForbidden);
  acceptance.agreement_proof.reset();
  take(complete_with(issued, acceptance));
}

TEST_F(AgreementKeyTest, OpensForNobodyElse) {
  const auto issued = take(request(joint_request(agreement.public_key())));
  const auto other = new_key();
  EXPECT_FALSE(unseal(issued, other));
  EXPECT_FALSE(
      x509::open_sealed_to_key(agreement.public_key(), x509::agreement_by(other), issued.sealed_agreement));
}

// On the way somebody puts a key of their own in the place of the holder's.
TEST_F(AgreementKeyTest, IsNotSwappedInARequestThatTheSigningKeyMade) {
  auto altered = joint_request(agreement.public_key());
  const auto own = agreement.public_key().spki();
  const auto theirs = new_key().public_key().spki();
  const auto place = std::search(altered.begin(), altered.end(), own.begin(), own.end());
  ASSERT_NE(place, altered.end());
  std::copy(theirs.begin(), theirs.end(), place);
  EXPECT_EQ(request(altered).error().code, ErrorCode::kSignatureInvalid);
  EXPECT_EQ(state_of(ticket.id), EnrolmentState::kAwaitingFetch);
}

TEST_F(AgreementKeyTest, IsNotSwappedInARepeatedRequest) {
  const auto issued = take(request(joint_request(agreement.public_key())));
  EXPECT_EQ(request(joint_request(new_key().public_key())).error().code, ErrorCode::kConflict);
  EXPECT_EQ(request(own_request(signing), own_request(new_key())).error().code, ErrorCode::kConflict);
  expect_on_hold(issued);
}

TEST_F(AgreementKeyTest, KeepsToTheKindOfProofThatItBeganWith) {
  take(request(joint_request(agreement.public_key())));
  EXPECT_EQ(request(own_request(signing), own_request(agreement)).error().code, ErrorCode::kConflict);
}

TEST_F(AgreementKeyTest, IsNamedExactlyOnceAndApartFromTheSigningKey) {
  EXPECT_EQ(request(own_request(signing)).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(request(joint_request(agreement.public_key()), own_request(agreement)).error().code,
            ErrorCode::kMalformed);
  EXPECT_EQ(request(joint_request(signing.public_key())).error().code, ErrorCode::kConflict);
  const auto ed25519 = new_key(crypto::KeyKind::kEd25519).public_key();
  EXPECT_EQ(request(joint_request(ed25519)).error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(state_of(ticket.id), EnrolmentState::kAwaitingFetch);
}

TEST_F(AgreementKeyTest, NeedsTheCodeOfTheMailLikeAnyOther) {
  code = "0000-0000-0000-0000-0000-0000-0000";
  EXPECT_EQ(request(joint_request(agreement.public_key())).error().code, ErrorCode::kWrongPassword);
}

// Whoever names a stranger's key gets a certificate that they cannot open, and keeps nobody from theirs.
TEST_F(AgreementKeyTest, OfAStrangerIsNeitherCertifiedNorTakenFromThem) {
  const auto issued = take(request(joint_request(agreement.public_key())));
  const auto other_consent = consent_of("lee@example.kr");
  const auto other_ticket = take(apply(other_consent));
  authority.deliver_mails();
  const Enrolments::WalletKeys keys{other_ticket.token, authority.mailbox.newest_password(),
                                    own_request(new_key()), own_request(agreement)};
  EXPECT_TRUE(enrolments->certify_wallet_keys(other_ticket.id, keys).has_value());
  const auto late = complete_with(issued, acceptance_for(issued, take(unseal(issued, agreement))));
  EXPECT_EQ(late.error().code, ErrorCode::kConflict) << "by now the key has another name";
  expect_on_hold(issued);
}

TEST_F(AgreementKeyTest, ThatIsCertifiedUnderAnotherNameIsRefusedAtOnce) {
  const auto other = enrol(consent_of("lee@example.kr")).first;
  EXPECT_EQ(request(joint_request(other.agreement.certificate.public_key())).error().code,
            ErrorCode::kConflict);
}

TEST_F(AgreementKeyTest, IsNotProvenByAnotherHoldersAcceptance) {
  const auto other = enrol(consent_of("lee@example.kr")).first;
  const auto issued = take(request(joint_request(agreement.public_key())));
  const auto acceptance = acceptance_for(issued, take(unseal(issued, agreement)));
  EXPECT_EQ(complete(ticket.id, acceptance, other.signing).error().code, ErrorCode::kForbidden);
  expect_on_hold(issued);
}

TEST_F(AgreementKeyTest, UnprovenIsRevokedWhenItsTimeIsOver) {
  const auto issued = take(request(joint_request(agreement.public_key())));
  authority.clock.advance(std::chrono::hours(7 * 24 + 1));
  take(enrolments->sweep());
  EXPECT_EQ(authority.state_of(issued.pair.agreement.serial()), CertificateState::kRevoked);
}

}  // namespace
}  // namespace countersign::authority
