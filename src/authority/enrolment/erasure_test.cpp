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
