// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "authority/issuing/merchant_applications.h"
#include "authority/testing/test_authority.h"
#include "documents/json.h"

namespace countersign::authority {
namespace {

constexpr const char* kOrigin = "https://127.0.0.1:8443";

// A merchant whose key is made by the authority, after its certificate was issued.
class KeyDeliveryTest : public ::testing::Test {
 protected:
  KeyDeliveryTest() { issue(); }
  void issue() {
    const boost::json::object form{{"type", "merchant-application"},
                                   {"version", 1},
                                   {"name", "Shop"},
                                   {"pkcs10", nullptr},
                                   {"keyByAuthority", true},
                                   {"email", "shop@example.kr"},
                                   {"contact", "Kim"},
                                   {"telephone", "+82 2 000 0000"},
                                   {"origins", boost::json::array{kOrigin}}};
    receipt = take(applications->apply(as_bytes(documents::write_json(form))));
    authority.origins.shown[std::string(kOrigin) + "/.well-known/countersign/" + receipt.challenge_token] =
        receipt.challenge_answer;
    const auto application = take(applications->prove_control(receipt.id, receipt.secret));
    serial = take(applications->certificate_of(application)).serial();
    mail = application.mail;
  }
  Result<Bytes> fetch() { return applications->fetch_key_file(receipt.id, receipt.secret); }
  CertificateState state() { return authority.state_of(*serial); }
  ApplicationState application_state() { return take(applications->find(receipt.id, receipt.secret)).state; }
  mail::OutboxEntry::State mail_state() { return take(authority.outbox->find(mail))->state; }

  TestAuthority authority;
  std::unique_ptr<MerchantApplications> applications = take(MerchantApplications::open(
      {*authority.context,
       *authority.outbox,
       authority.secrets("contacts"),
       authority.secrets("merchant-key-files"),
       authority.origins,
       {.approval = ApprovalPolicy::kAutomatic, .mail_from = "authority@example.kr", .mail_from_name = ""}}));
  ApplicationReceipt receipt;
  std::optional<x509::SerialNumber> serial;
  std::string mail;
};

TEST_F(KeyDeliveryTest, HoldsTheCertificateUntilTheFileIsFetched) {
  EXPECT_EQ(state(), CertificateState::kOnHold);
  take(fetch());
  EXPECT_EQ(state(), CertificateState::kActive);
  EXPECT_EQ(authority.acts(),
            (std::vector<std::string>{"apply", "approve", "issue", "resume", "fetch_key_file"}));
}

TEST_F(KeyDeliveryTest, RevokesAndForgetsWhatNobodyFetchedInTime) {
  authority.mailbox.is_down = true;
  authority.clock.advance(std::chrono::days(7) + Seconds(1));
  take(applications->sweep());
  EXPECT_EQ(state(), CertificateState::kRevoked);
  EXPECT_EQ(application_state(), ApplicationState::kExpired);
  EXPECT_EQ(fetch().error().code, ErrorCode::kExpired);
  EXPECT_EQ(mail_state(), mail::OutboxEntry::State::kCancelled);
  for (const char* folder : {"merchant-key-files", "mail", "contacts"})
    EXPECT_TRUE(take(authority.secrets(folder).names()).empty()) << folder;
}

TEST_F(KeyDeliveryTest, GivesTheNameFreeWhenNobodyFetched) {
  authority.clock.advance(std::chrono::days(7) + Seconds(1));
  take(applications->sweep());
  issue();
  EXPECT_EQ(state(), CertificateState::kOnHold);
}

TEST_F(KeyDeliveryTest, RefusesTheFetchWhenItsTimeIsOverBeforeAnySweep) {
  authority.clock.advance(std::chrono::days(7) + Seconds(1));
  EXPECT_EQ(fetch().error().code, ErrorCode::kExpired);
  EXPECT_EQ(state(), CertificateState::kOnHold);
}

TEST_F(KeyDeliveryTest, SendsThePasswordAlsoWhenTheFileWasFetchedFirst) {
  take(fetch());
  take(applications->sweep());
  authority.deliver_mails();
  EXPECT_FALSE(authority.mailbox.newest_password().empty());
}

TEST_F(KeyDeliveryTest, ForgetsThePasswordOfAFetchedFileThatCouldNotBeSent) {
  authority.mailbox.is_down = true;
  take(fetch());
  authority.clock.advance(std::chrono::days(7) + Seconds(1));
  take(applications->sweep());
  EXPECT_EQ(mail_state(), mail::OutboxEntry::State::kCancelled);
  EXPECT_TRUE(take(authority.secrets("mail").names()).empty());
  EXPECT_EQ(state(), CertificateState::kActive);
  EXPECT_EQ(application_state(), ApplicationState::kIssued);
  take(applications->sweep());
}

TEST_F(KeyDeliveryTest, KeepsWhatTheOperatorRevokedRevoked) {
  authority.change_state(*serial, CertificateState::kRevoked);
  EXPECT_FALSE(fetch());
  EXPECT_EQ(state(), CertificateState::kRevoked);
  authority.clock.advance(std::chrono::days(7) + Seconds(1));
  take(applications->sweep());
  EXPECT_EQ(application_state(), ApplicationState::kExpired);
}

TEST_F(KeyDeliveryTest, LetsNobodyElseEndTheHold) {
  const auto may_resume = [&] {
    return authority.database->read(
        [&](storage::Reader& reader) { return applications->require_fetched(reader, *serial); });
  };
  EXPECT_EQ(may_resume().error().code, ErrorCode::kConflict);
  take(fetch());
  EXPECT_TRUE(may_resume());
}

}  // namespace
}  // namespace countersign::authority
