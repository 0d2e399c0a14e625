// SPDX-License-Identifier: Apache-2.0
#include "authority/enrolment/erasure.h"

#include "authority/enrolment/address_changes.h"
#include "authority/enrolment/enrolment_fixture.h"

namespace countersign::authority {
namespace {

class ErasureTest : public EnrolmentTest {
 protected:
  int found_by(const std::string& email) {
    std::size_t count = 0;
    take(authority.database->read([&](storage::Reader& reader) -> Result<void> {
      DirectoryQuery query;
      query.email = email;
      TRY(const auto page, authority.directory->search(reader, query));
      count = page.entries.size();
      return ok();
    }));
    return static_cast<int>(count);
  }
  AddressChanges changes = take(AddressChanges::open(
      {*authority.context, *authority.outbox, holders, {"authority@example.kr", "Authority"}}));
  Erasure erasure{{*authority.context, *authority.outbox, holders, *enrolments}};
};

TEST_F(ErasureTest, LeavesCertificatesVerifiableAndNothingPersonal) {
  const auto wallet = enrol(consent_of()).first;
  authority.deliver_mails();
  EXPECT_EQ(take(erasure.erase_address("kim@example.kr", "operator:test")), 1);
  EXPECT_EQ(found_by("kim@example.kr"), 0);
  EXPECT_TRUE(take(authority.secrets("holders").names()).empty()) << "what backups still hold says nothing";
  EXPECT_EQ(authority.state_of(wallet.signing.certificate.serial()), CertificateState::kRevoked);
  take(x509::verify_path(wallet.signing.certificate, *authority.network.anchor, x509::Role::kPurchaser,
                         authority.clock.now()));
  take(authority.database->read([&](storage::Reader& reader) -> Result<void> {
    TRY(authority.audit->verify(reader));
    return ok();
  }));
}

TEST_F(ErasureTest, LeavesOtherHoldersAlone) {
  enrol(consent_of());
  const auto other = enrol(consent_of("lee@example.kr")).first;
  take(erasure.erase_address("kim@example.kr", "operator:test"));
  EXPECT_EQ(found_by("lee@example.kr"), 2);
  EXPECT_EQ(authority.state_of(other.signing.certificate.serial()), CertificateState::kActive);
}

TEST_F(ErasureTest, EndsAnOpenEnrolment) {
  const auto ticket = take(apply(consent_of()));
  take(erasure.erase_address("kim@example.kr", "operator:test"));
  EXPECT_EQ(enrolments->fetch_key_file(ticket.id, ticket.token).error().code, ErrorCode::kNotFound);
  authority.deliver_mails();
  EXPECT_TRUE(authority.mailbox.mails.empty());
  EXPECT_TRUE(take(authority.secrets("key-files").names()).empty());
}

TEST_F(ErasureTest, CancelsEveryMailOfTheHolderThatStillWaits) {
  authority.mailbox.is_down = true;
  const auto consent = consent_of();
  const auto ticket = take(apply(consent));
  take(apply(consent_of("lee@example.kr")));
  take(authority.database->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(const auto all, holders.find_by_address(transaction, "kim@example.kr"));
    return changes.request(transaction, all.front(), "kim@elsewhere.kr");
  }));
  authority.deliver_mails();
  EXPECT_EQ(take(authority.secrets("mail").names()).size(), 4U);
  take(erasure.erase_address("kim@EXAMPLE.kr", "operator:test"));
  EXPECT_EQ(take(authority.secrets("mail").names()).size(), 1U) << "their keys are gone";
  authority.mailbox.is_down = false;
  authority.clock.advance(std::chrono::hours(2));
  authority.deliver_mails();
  ASSERT_EQ(authority.mailbox.mails.size(), 1U);
  EXPECT_EQ(authority.mailbox.mails.front().to, "lee@example.kr");
}

TEST_F(ErasureTest, LeavesTheMailsOfAnotherHolderUnderTheSameAddress) {
  authority.mailbox.is_down = true;
  take(apply(consent_of()));
  take(apply(consent_of()));
  std::string one;
  take(authority.database->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto all, holders.find_by_address(reader, "kim@example.kr"));
    one = all.front().uid;
    return ok();
  }));
  take(erasure.erase_holder(one, "operator:test"));
  authority.mailbox.is_down = false;
  authority.deliver_mails();
  EXPECT_EQ(authority.mailbox.mails.size(), 1U);
}

TEST_F(ErasureTest, LeavesTheMailOfAMerchantUnderTheSameAddress) {
  authority.mailbox.is_down = true;
  take(apply(consent_of()));
  mail::Message letter;
  letter.from = "authority@example.kr";
  letter.to = "kim@example.kr";
  letter.subject = "The password of your shop's key file";
  letter.text = "It waits.";
  take(authority.database->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(authority.outbox->add(transaction, letter, ""));
    return ok();
  }));
  take(erasure.erase_address("kim@example.kr", "operator:test"));
  authority.mailbox.is_down = false;
  authority.deliver_mails();
  ASSERT_EQ(authority.mailbox.mails.size(), 1U);
  EXPECT_NE(authority.mailbox.mails.front().text.find("It waits."), std::string::npos);
}

TEST_F(ErasureTest, MayBeRepeated) {
  enrol(consent_of());
  take(erasure.erase_address("kim@example.kr", "operator:test"));
  EXPECT_EQ(take(erasure.erase_address("kim@example.kr", "operator:test")), 0);
}

TEST_F(ErasureTest, ErasesWhoNeverCompletedAfterTheRetention) {
  take(apply(consent_of()));
  authority.clock.advance(std::chrono::hours(8 * 24));
  take(enrolments->sweep());
  take(erasure.sweep());
  EXPECT_EQ(found_by("kim@example.kr"), 2);
  authority.clock.advance(std::chrono::hours(30 * 24));
  take(erasure.sweep());
  EXPECT_EQ(found_by("kim@example.kr"), 0);
  EXPECT_TRUE(take(authority.secrets("holders").names()).empty());
}

}  // namespace
}  // namespace countersign::authority
