// SPDX-License-Identifier: Apache-2.0
#include "authority/directory/directory.h"

#include <gtest/gtest.h>

#include "authority/testing/test_network.h"
#include "sample/issuers.h"

namespace countersign::authority {
namespace {

class DirectoryTest : public ::testing::Test {
 protected:
  void add(const x509::Certificate& certificate, const NewEntry& entry = {}) {
    take(database->write(
        [&](storage::Transaction& t) { return directory.add(t, certificate, entry, clock.now()); }));
  }
  Result<void> change(const x509::Certificate& certificate, CertificateState state,
                      x509::RevocationReason reason = x509::RevocationReason::kUnspecified) {
    return database->write([&](storage::Transaction& t) {
      return directory.change_state(t, certificate.serial(), state, reason, clock.now());
    });
  }
  std::optional<Directory::QuickStatus> status(const x509::SerialNumber& serial) {
    std::optional<Directory::QuickStatus> found;
    take(database->read([&](storage::Reader& r) -> Result<void> {
      TRY(found, directory.quick_status(r, serial));
      return ok();
    }));
    return found;
  }
  std::int64_t version() {
    std::int64_t found = 0;
    take(database->read([&](storage::Reader& r) -> Result<void> {
      TRY(found, directory.version(r));
      return ok();
    }));
    return found;
  }
  // For the merchant's key, under another name.
  x509::Certificate certificate_for(const x509::Signer& holder, const std::string& name) const {
    return sample::certify(network.ca, x509::Role::kMerchant,
                           name_of("CN=" + name + ",OU=merchants," + network.data_centre.text()),
                           holder.key.public_key(), clock.now(),
                           {.names = holder.certificate.alternative_names()});
  }

  TemporaryFolder folder;
  ManualClock clock;
  TestNetwork network{clock.now()};
  std::unique_ptr<storage::Database> database = take(storage::open_sqlite(folder.path() / "store.db"));
  Directory directory = take(Directory::open(*database, crypto::SecretBytes(Bytes(32, 7))));
  x509::Certificate merchant = network.issue_merchant("Shop", clock.now()).certificate;
};

TEST_F(DirectoryTest, RefusesAKeyThatIsCertifiedUnderAnotherName) {
  const auto signer = network.issue_merchant("First", clock.now());
  add(signer.certificate);
  const auto issue_again = [&](const char* name) { return certificate_for(signer, name); };
  const auto refused = database->write(
      [&](storage::Transaction& t) { return directory.add(t, issue_again("Second"), {}, clock.now()); });
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  add(issue_again("First"));
}

TEST_F(DirectoryTest, FindsACertificateBySerialFingerprintAndSubject) {
  add(merchant, {CertificateState::kActive, "", "enrolment-1"});
  take(database->read([&](storage::Reader& r) -> Result<void> {
    TRY(const auto by_serial, directory.find_by_serial(r, merchant.serial()));
    TRY(const auto by_fingerprint, directory.find_by_fingerprint(r, merchant.fingerprint()));
    TRY(const auto by_subject, directory.find_by_subject(r, merchant.subject()));
    TRY(const auto by_enrolment, directory.find_by_enrolment(r, "enrolment-1"));
    EXPECT_EQ(by_serial->certificate, merchant);
    EXPECT_EQ(by_serial->status_version, 1);
    EXPECT_EQ(by_fingerprint->certificate, merchant);
    EXPECT_EQ(by_subject.size(), 1U);
    EXPECT_EQ(by_enrolment.size(), 1U);
    return ok();
  }));
}

TEST_F(DirectoryTest, HoldsAKeyForNobodyBeforeItsPossessionIsShown) {
  const auto owner = network.issue_merchant("Owner", clock.now());
  const auto claimant = certificate_for(owner, "Claimant");
  NewEntry unproven;
  unproven.possession = KeyPossession::kAwaited;
  take(database->write(
      [&](storage::Transaction& t) { return directory.add(t, claimant, unproven, clock.now()); }));
  add(owner.certificate);
  const auto claim = [&](const x509::Certificate& certificate) {
    return database->write([&](storage::Transaction& t) { return directory.claim_key(t, certificate); });
  };
  EXPECT_EQ(claim(claimant).error().code, ErrorCode::kConflict);
  take(claim(owner.certificate));
}

TEST_F(DirectoryTest, KnowsNothingOfASerialItNeverIssued) {
  EXPECT_FALSE(status(merchant.serial()));
  EXPECT_EQ(ocsp_status(status(merchant.serial())).kind, x509::StatusKind::kUnknown);
  EXPECT_EQ(change(merchant, CertificateState::kRevoked).error().code, ErrorCode::kNotFound);
}

TEST_F(DirectoryTest, RefusesTheSameCertificateTwice) {
  add(merchant);
  const auto again =
      database->write([&](storage::Transaction& t) { return directory.add(t, merchant, {}, clock.now()); });
  EXPECT_EQ(again.error().code, ErrorCode::kConflict);
}

TEST_F(DirectoryTest, HoldsAndReleases) {
  add(merchant);
  EXPECT_EQ(ocsp_status(status(merchant.serial())).kind, x509::StatusKind::kGood);
  clock.advance(Seconds(60));
  take(change(merchant, CertificateState::kOnHold));
  const auto held = ocsp_status(status(merchant.serial()));
  EXPECT_EQ(held.kind, x509::StatusKind::kRevoked);
  EXPECT_EQ(held.reason, x509::RevocationReason::kCertificateHold);
  EXPECT_EQ(held.revoked_at, clock.now());
  take(change(merchant, CertificateState::kActive));
  EXPECT_EQ(ocsp_status(status(merchant.serial())).kind, x509::StatusKind::kGood);
  EXPECT_EQ(status(merchant.serial())->status_version, 3);
}

TEST_F(DirectoryTest, RevokesForGood) {
  add(merchant);
  take(change(merchant, CertificateState::kRevoked, x509::RevocationReason::kKeyCompromise));
  EXPECT_EQ(change(merchant, CertificateState::kActive).error().code, ErrorCode::kConflict);
  EXPECT_EQ(change(merchant, CertificateState::kOnHold).error().code, ErrorCode::kConflict);
  EXPECT_EQ(status(merchant.serial())->reason, x509::RevocationReason::kKeyCompromise);
}

TEST_F(DirectoryTest, ChangingToTheSameStateHasNoEffect) {
  add(merchant);
  const auto before = version();
  take(change(merchant, CertificateState::kActive));
  EXPECT_EQ(status(merchant.serial())->status_version, 1);
  EXPECT_EQ(version(), before);
}

TEST_F(DirectoryTest, ItsVersionGrowsWithEachChangeOfStateAndWithEntriesOnHold) {
  const auto before = version();
  add(merchant);
  EXPECT_EQ(version(), before);
  take(change(merchant, CertificateState::kOnHold));
  EXPECT_EQ(version(), before + 1);
  add(network.issue_purchaser("p-1", clock.now()).certificate, {CertificateState::kOnHold, "", ""});
  EXPECT_EQ(version(), before + 2);
}

TEST_F(DirectoryTest, ListsHeldAndRevokedForTheCrlUntilTheyExpire) {
  const auto purchaser = network.issue_purchaser("p-1", clock.now()).certificate;
  add(merchant);
  add(purchaser);
  take(change(purchaser, CertificateState::kRevoked, x509::RevocationReason::kSuperseded));
  take(database->read([&](storage::Reader& r) -> Result<void> {
    TRY(const auto entries, directory.revoked_entries(r, clock.now()));
    EXPECT_EQ(entries.size(), 1U);
    EXPECT_EQ(entries.at(0).serial, purchaser.serial());
    EXPECT_EQ(entries.at(0).reason, x509::RevocationReason::kSuperseded);
    TRY(const auto later, directory.revoked_entries(r, purchaser.not_after() + Seconds(1)));
    EXPECT_TRUE(later.empty());
    return ok();
  }));
}

TEST_F(DirectoryTest, KeepsWhatItKnewWhenOpenedAgain) {
  add(merchant);
  const auto reopened = take(Directory::open(*database, crypto::SecretBytes(Bytes(32, 7))));
  take(database->read([&](storage::Reader& r) -> Result<void> {
    TRY(const auto found, reopened.find_by_serial(r, merchant.serial()));
    EXPECT_TRUE(found.has_value());
    return ok();
  }));
}

TEST(OpenDirectory, RefusesAShortIndexKey) {
  const TemporaryFolder folder;
  const auto database = take(storage::open_sqlite(folder.path() / "store.db"));
  EXPECT_EQ(Directory::open(*database, crypto::SecretBytes(Bytes(16, 1))).error().code,
            ErrorCode::kMalformed);
}

}  // namespace
}  // namespace countersign::authority
