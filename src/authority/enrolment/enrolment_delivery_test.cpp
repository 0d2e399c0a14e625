// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "authority/directory/status_record.h"
#include "authority/enrolment/enrolment_fixture.h"
#include "x509/pkcs10.h"

namespace countersign::authority {
namespace {

class WalletKeysTest : public EnrolmentTest {
 protected:
  Bytes request_for(const crypto::PrivateKey& key) {
    return take(x509::make_pkcs10(name_of("UID=wallet"), {}, key));
  }
  Enrolments::WalletKeys keys_for(const EnrolmentTicket& ticket) {
    authority.deliver_mails();
    return {ticket.token, authority.mailbox.newest_password(), request_for(signing), request_for(agreement)};
  }
  // What the next start does with the status record.
  void catch_up() {
    const auto lines = take(StatusRecord::read(authority.folder.path() / "status-changes")).value();
    take(authority.database->write([&](storage::Transaction& transaction) -> Result<void> {
      TRY(apply_statuses(transaction, lines));
      return ok();
    }));
  }
  crypto::PrivateKey signing = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  crypto::PrivateKey agreement = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
};

TEST_F(EnrolmentTest, GivesTheKeyFileOutOnce) {
  const auto ticket = take(apply(consent_of()));
  take(enrolments->fetch_key_file(ticket.id, ticket.token));
  EXPECT_EQ(enrolments->fetch_key_file(ticket.id, ticket.token).error().code, ErrorCode::kGone);
}

TEST_F(EnrolmentTest, GivesNothingForAWrongToken) {
  const auto ticket = take(apply(consent_of()));
  EXPECT_EQ(enrolments->fetch_key_file(ticket.id, crypto::random_token()).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(enrolments->fetch_key_file(ticket.id, "").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(enrolments->consent(ticket.id, "x").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(enrolments->fetch_key_file("unknown", ticket.token).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(state_of(ticket.id), EnrolmentState::kAwaitingFetch);
}

TEST_F(EnrolmentTest, RestartMakesFreshKeysAndRevokesTheOldOnes) {
  const auto consent = consent_of();
  const auto first = take(apply(consent));
  const auto lost = fetch_and_open(first);
  const auto second = take(enrolments->restart(first.id, merchant.certificate));
  EXPECT_EQ(second.id, first.id);
  EXPECT_NE(second.token, first.token);
  EXPECT_EQ(authority.state_of(lost.signing.certificate.serial()), CertificateState::kRevoked);
  EXPECT_EQ(enrolments->fetch_key_file(first.id, first.token).error().code, ErrorCode::kNotFound);

  const auto found = fetch_and_open(second);
  const auto content = take(documents::write_consent(consent));
  EXPECT_EQ(complete(first.id, acceptance_of(first.id, content, lost), lost.signing).error().code,
            ErrorCode::kForbidden);
  take(complete(first.id, acceptance_of(first.id, content, found), found.signing));
  EXPECT_EQ(authority.state_of(found.signing.certificate.serial()), CertificateState::kActive);
}

TEST_F(EnrolmentTest, RestartWithoutTheMailForgetsThatMail) {
  const auto ticket = take(apply(consent_of()));
  take(enrolments->restart(ticket.id, merchant.certificate));
  authority.deliver_mails();
  EXPECT_EQ(authority.mailbox.mails.size(), 1U);
  EXPECT_EQ(take(authority.secrets("key-files").names()).size(), 1U);
}

TEST_F(EnrolmentTest, RefusesToRestartWhatIsComplete) {
  const auto consent = consent_of();
  enrol(consent);
  const auto id = take(apply(consent)).id;
  EXPECT_EQ(enrolments->restart(id, merchant.certificate).error().code, ErrorCode::kGone);
}

TEST_F(EnrolmentTest, ExpiresAndRevokesWhatNobodyClaims) {
  const auto ticket = take(apply(consent_of()));
  authority.clock.advance(std::chrono::hours(7 * 24 + 1));
  EXPECT_EQ(enrolments->fetch_key_file(ticket.id, ticket.token).error().code, ErrorCode::kExpired);
  take(enrolments->sweep());
  EXPECT_EQ(state_of(ticket.id), EnrolmentState::kExpired);
  for (const auto& serial : take(enrolments->view(ticket.id, merchant.certificate)).serials) {
    EXPECT_EQ(authority.state_of(take(x509::SerialNumber::from_hex(serial))), CertificateState::kRevoked);
  }
  EXPECT_TRUE(take(authority.secrets("key-files").names()).empty());
  EXPECT_TRUE(take(authority.secrets("mail").names()).empty());
}

TEST_F(WalletKeysTest, CertifiesKeysThatTheWalletMade) {
  const auto consent = consent_of();
  const auto ticket = take(apply(consent));
  const auto issued = take(enrolments->certify_wallet_keys(ticket.id, keys_for(ticket)));
  EXPECT_TRUE(issued.sealed_agreement.empty()) << "each key has signed its request";
  const auto& pair = issued.pair;
  EXPECT_EQ(pair.signing.key_origin(), x509::KeyOrigin::kHolder);
  EXPECT_TRUE(pair.signing.public_key() == signing.public_key());
  EXPECT_EQ(enrolments->fetch_key_file(ticket.id, ticket.token).error().code, ErrorCode::kGone);
  EXPECT_TRUE(take(authority.secrets("key-files").names()).empty());

  const Wallet wallet{{pair.signing, signing, {authority.network.ca.certificate}},
                      {pair.agreement, agreement, {authority.network.ca.certificate}},
                      authority.network.root.certificate};
  take(complete(ticket.id, acceptance_of(ticket.id, take(documents::write_consent(consent)), wallet),
                wallet.signing));
  EXPECT_EQ(authority.state_of(pair.agreement.serial()), CertificateState::kActive);
}

TEST_F(WalletKeysTest, AnswersTheSameRequestsWithTheSameCertificates) {
  const auto ticket = take(apply(consent_of()));
  const auto keys = keys_for(ticket);
  const auto first = take(enrolments->certify_wallet_keys(ticket.id, keys));
  const auto again = take(enrolments->certify_wallet_keys(ticket.id, keys));
  EXPECT_EQ(again.pair.signing, first.pair.signing);
  EXPECT_EQ(again.pair.agreement, first.pair.agreement);
}

TEST_F(WalletKeysTest, TakesTheCodeInAnyCaseAndSpacing) {
  const auto ticket = take(apply(consent_of()));
  auto keys = keys_for(ticket);
  std::transform(keys.code.begin(), keys.code.end(), keys.code.begin(), [](char c) {
    if (c == '-') return ' ';
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  EXPECT_TRUE(enrolments->certify_wallet_keys(ticket.id, keys).has_value());
}

TEST_F(WalletKeysTest, RefusesAWrongCodeAndSoonAllCodes) {
  const auto ticket = take(apply(consent_of()));
  auto keys = keys_for(ticket);
  const auto right = keys.code;
  keys.code = "0000-0000-0000-0000-0000-0000-0000";
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(enrolments->certify_wallet_keys(ticket.id, keys).error().code, ErrorCode::kWrongPassword);
  }
  keys.code = right;
  EXPECT_EQ(enrolments->certify_wallet_keys(ticket.id, keys).error().code, ErrorCode::kRateLimited);
}

TEST_F(WalletKeysTest, RefusesOneKeyForBothUses) {
  const auto ticket = take(apply(consent_of()));
  auto keys = keys_for(ticket);
  keys.agreement = keys.signing;
  EXPECT_EQ(enrolments->certify_wallet_keys(ticket.id, keys).error().code, ErrorCode::kConflict);
}

TEST_F(WalletKeysTest, RefusesKeysThatAreCertifiedUnderAnotherName) {
  const auto first = take(apply(consent_of()));
  take(enrolments->certify_wallet_keys(first.id, keys_for(first)));
  const auto second = take(apply(consent_of("lee@example.kr")));
  EXPECT_EQ(enrolments->certify_wallet_keys(second.id, keys_for(second)).error().code, ErrorCode::kConflict);
  catch_up();
  for (const auto& serial : take(enrolments->view(second.id, merchant.certificate)).serials) {
    EXPECT_EQ(authority.state_of(take(x509::SerialNumber::from_hex(serial))), CertificateState::kOnHold);
  }
  EXPECT_TRUE(enrolments->fetch_key_file(second.id, second.token).has_value()) << "nothing is lost by it";
}

TEST_F(WalletKeysTest, RefusesARequestWithoutProofOfPossession) {
  const auto ticket = take(apply(consent_of()));
  auto keys = keys_for(ticket);
  keys.signing.back() ^= 1U;
  const auto refused = enrolments->certify_wallet_keys(ticket.id, keys);
  EXPECT_FALSE(refused.has_value());
}

TEST_F(WalletKeysTest, RefusesOtherKeysAfterTheFileWasFetched) {
  const auto ticket = take(apply(consent_of()));
  const auto keys = keys_for(ticket);
  take(enrolments->fetch_key_file(ticket.id, ticket.token));
  EXPECT_EQ(enrolments->certify_wallet_keys(ticket.id, keys).error().code, ErrorCode::kConflict);
}

}  // namespace
}  // namespace countersign::authority
