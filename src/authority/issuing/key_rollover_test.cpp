// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/key_rollover.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "authority/directory/status_journal.h"
#include "authority/issuing/issue_certificate.h"
#include "authority/issuing/network_root.h"
#include "authority/testing/test_authority.h"
#include "x509/pkcs10.h"

namespace countersign::authority {
namespace {

using Reason = KeyRollover::Reason;

// A data centre with its keys and certificates in files; each `reload` is a restart of the authority.
class KeyRolloverTest : public ::testing::Test {
 protected:
  KeyRolloverTest() {
    plan.keys.passphrase_file = folder.path() / "passphrase";
    take(storage::write_file(plan.keys.passphrase_file, as_bytes("correct horse\n"),
                             storage::FileMode::kPrivate));
    take(create_data_centre(root, plan, load_token, clock.now()));
    reload();
  }

  x509::Issuer make_root() {
    const auto passphrase = crypto::SecretBytes::copy_of(as_bytes("root passphrase"));
    take(create_root(folder.path() / "root", "Countersign Demo", passphrase, clock.now()));
    return take(load_root(folder.path() / "root", passphrase));
  }
  std::string place(const char* name) { return (folder.path() / "keys" / name).string(); }
  Result<AuthorityKeys> load() {
    return load_authority_keys(plan.keys, plan.certificates, load_token, clock.now());
  }
  void reload() {
    keys = std::make_unique<AuthorityKeys>(take(load()));
    context =
        std::make_unique<AuthorityContext>(AuthorityContext{*database, directory, audit, *keys, urls, clock});
  }
  KeyRollover rollover() { return KeyRollover({*context, plan, shelf, "operator:test"}); }

  x509::Certificate certify(const crypto::PublicKey& key) {
    return take(x509::create_data_centre_ca(root, plan.limits, key, clock.now() - kBackdating));
  }
  x509::Certificate request_next_ca() {
    return certify(take(x509::verify_pkcs10(take(rollover().request_ca("")))).key);
  }
  x509::Certificate roll_over_ca() {
    const auto next = request_next_ca();
    take(rollover().take_ca(next, {keys->ca.certificate, next}));
    return next;
  }
  x509::Certificate issue_operator() {
    x509::Certificate issued = keys->ca.certificate;
    take(database->write([&](storage::Transaction& transaction) -> Result<void> {
      TRY(const auto group, keys->data_centre.child("OU", "operators"));
      TRY(auto subject, group.child("CN", "Kim " + std::to_string(++operators)));
      TRY(issued,
          issue_into_directory(*context, transaction,
                               {.role = x509::Role::kOperator,
                                .subject = std::move(subject),
                                .key = crypto::PrivateKey::generate(crypto::KeyKind::kP256).public_key(),
                                .alternative_names = {},
                                .key_origin = {},
                                .registered_by = {},
                                .entry = {},
                                .actor = "operator:test"}));
      return ok();
    }));
    return issued;
  }
  static const ServiceKind& kind(std::string_view name) {
    return *std::ranges::find(service_kinds(), name, &ServiceKind::name);
  }
  std::string id_of(const x509::Certificate& certificate) { return key_id(certificate.public_key()); }

  TemporaryFolder folder;
  ManualClock clock;
  x509::Issuer root = make_root();
  std::map<std::string, crypto::PrivateKey> token;
  LoadTokenKey load_token = [this](std::string_view uri) -> Result<crypto::PrivateKey> {
    const auto found = token.find(std::string(uri));
    if (found == token.end()) return fail(ErrorCode::kNotFound, "no such key in the token");
    return found->second;
  };
  DataCentrePlan plan{
      {name_of("OU=seoul-1,OU=kr,O=Countersign Demo"), {"localhost"}, {"localhost"}, {"127.0.0.0/8"}},
      {{"localhost"}, {"127.0.0.1"}, {}},
      "http://127.0.0.1:9080/ocsp",
      "http://127.0.0.1:9080/crl.crl",
      {{},
       place("ca.key"),
       place("ocsp.key"),
       place("confirmation.key"),
       place("tls.key"),
       place("time-stamp.key")},
      folder.path() / "certificates"};
  KeyShelf shelf{plan.certificates, crypto::SecretBytes::copy_of(as_bytes("correct horse")), load_token};
  std::unique_ptr<storage::Database> database = take(storage::open_sqlite(folder.path() / "store.db"));
  Directory directory = take(Directory::open(*database, crypto::SecretBytes(Bytes(32, 7))));
  AuditLog audit = take(AuditLog::open(*database));
  PublicUrls urls{"https://127.0.0.1:9443", "http://127.0.0.1:9080"};
  std::unique_ptr<AuthorityKeys> keys;
  std::unique_ptr<AuthorityContext> context;
  int operators = 0;
};

TEST_F(KeyRolloverTest, GivesEachServiceANewKeyAndKeepsTheOldCertificate) {
  for (const ServiceKind& each : service_kinds()) {
    const auto before = take(read_certificate(plan.certificates / (std::string(each.name) + ".pem")));
    const auto made = take(rollover().roll_over_service(each, ""));
    ASSERT_EQ(made.size(), 1U) << each.name;
    EXPECT_FALSE(made[0].public_key() == before.public_key()) << each.name;
    EXPECT_EQ(made[0].subject(), before.subject()) << each.name;
    reload();
    EXPECT_EQ(take(read_certificate(plan.certificates / (std::string(each.name) + ".pem"))), made[0]);
    EXPECT_EQ(
        take(read_certificate(plan.certificates / (std::string(each.name) + "-" + id_of(before) + ".pem"))),
        before);
    EXPECT_TRUE(take(find_key(shelf, each.name, plan.keys.*each.place, before.public_key())))
        << each.name << ": a server that runs may still need it";
  }
  EXPECT_TRUE(keys->tls.key.public_key() == keys->tls.certificate.public_key());
}

TEST_F(KeyRolloverTest, LeavesTheOldStateWhenItIsInterruptedBeforeTheCertificate) {
  const auto before = take(read_certificate(plan.certificates / "tls.pem"));
  take(rollover().roll_over_service(kind("tls"), ""));
  take(
      storage::write_file(plan.certificates / "tls.pem", as_bytes(before.pem()), storage::FileMode::kPublic));
  reload();
  EXPECT_EQ(keys->tls.certificate, before);
  take(rollover().roll_over_service(kind("tls"), ""));
  reload();
  EXPECT_NE(keys->tls.certificate, before) << "it is repeated";
}

TEST_F(KeyRolloverTest, MakesTheFirstKeyOfAServiceThatWasMissing) {
  std::filesystem::remove(plan.certificates / "time-stamp.pem");
  reload();
  ASSERT_FALSE(keys->time_stamp);
  const auto made = take(rollover().roll_over_service(kind("time-stamp"), ""));
  reload();
  ASSERT_TRUE(keys->time_stamp);
  EXPECT_EQ(std::vector{keys->time_stamp->certificate}, made);
  EXPECT_EQ(rollover().destroy_key(id_of(made[0])).error().code, ErrorCode::kConflict) << "it is at work";
}

TEST_F(KeyRolloverTest, MakesNoKeyThatHasNoPlace) {
  plan.keys.time_stamp.clear();
  EXPECT_EQ(rollover().roll_over_service(kind("time-stamp"), "").error().code, ErrorCode::kNotFound);
}

TEST_F(KeyRolloverTest, DestroysAnOldTimeStampKey) {
  const auto before = keys->time_stamp->certificate;
  take(rollover().roll_over_service(kind("time-stamp"), ""));
  reload();
  EXPECT_EQ(take(rollover().destroy_key(id_of(before))), std::filesystem::path(plan.keys.time_stamp));
  EXPECT_FALSE(std::filesystem::exists(plan.keys.time_stamp));
}

TEST_F(KeyRolloverTest, TakesANewKeyOfAToken) {
  const std::string uri = "pkcs11:token=authority;object=tls-2";
  token.emplace(uri, crypto::PrivateKey::generate(crypto::KeyKind::kP256));
  take(rollover().roll_over_service(kind("tls"), uri));
  reload();
  EXPECT_TRUE(keys->tls.key.public_key() == token.at(uri).public_key());
  EXPECT_EQ(rollover().roll_over_service(kind("tls"), uri).error().code, ErrorCode::kConflict)
      << "the key is in use already";
}

TEST_F(KeyRolloverTest, RefusesAUriThatIsNoTokensAndNoneWhereTheFirstKeyIsInAToken) {
  EXPECT_EQ(rollover().roll_over_service(kind("tls"), "/tmp/key").error().code, ErrorCode::kMalformed);
  EXPECT_EQ(rollover().roll_over_service(kind("tls"), "pkcs11:a\nb").error().code, ErrorCode::kMalformed);
  plan.keys.tls = "pkcs11:token=authority;object=tls";
  EXPECT_EQ(rollover().roll_over_service(kind("tls"), "").error().code, ErrorCode::kMalformed);
}

TEST_F(KeyRolloverTest, IssuesUnderTheNewCaKeyAndKnowsWhatTheOldOneIssued) {
  const auto old = issue_operator();
  const auto old_ca = keys->ca.certificate;
  const auto next = roll_over_ca();
  reload();
  EXPECT_EQ(keys->ca.certificate, next);
  ASSERT_EQ(keys->earlier.size(), 1U);
  EXPECT_EQ(keys->earlier[0].certificate, old_ca);
  EXPECT_TRUE(keys->earlier[0].key && keys->earlier[0].ocsp);
  EXPECT_TRUE(x509::verify_path(old, *keys->anchor, x509::Role::kOperator, clock.now()));
  const auto fresh = issue_operator();
  EXPECT_EQ(keys->anchor->issuer_of(fresh)->public_key(), next.public_key());
  EXPECT_TRUE(x509::verify_path(fresh, *keys->anchor, x509::Role::kOperator, clock.now()));
  EXPECT_EQ(authorities_of(*keys), (std::vector{next, old_ca, root.certificate}));
}

TEST_F(KeyRolloverTest, LeavesTlsAndConfirmationUnderTheCaKeyThatOthersKnowUntilTheyAreRenewed) {
  const auto old_ca = keys->ca.certificate;
  const auto tls = keys->tls.certificate;
  const auto next = roll_over_ca();
  reload();
  EXPECT_EQ(keys->tls.certificate, tls);
  EXPECT_EQ(keys->tls.chain, (std::vector{old_ca, root.certificate}));
  EXPECT_EQ(keys->confirmation.chain, std::vector{old_ca});
  take(renew_service_certificates(*context, plan, clock.now() + std::chrono::days(2000), "operator:test"));
  reload();
  EXPECT_EQ(keys->tls.chain, (std::vector{next, root.certificate}));
  EXPECT_EQ(keys->confirmation.chain, std::vector{next});
}

TEST_F(KeyRolloverTest, HasAResponderCertifiedByEachCaKeyAlsoAfterItsOwnRolloverAndRenewal) {
  const auto old_ca = keys->ca.certificate;
  roll_over_ca();
  reload();
  const auto expect_both = [&](const crypto::PublicKey& key) {
    ASSERT_TRUE(keys->earlier[0].ocsp);
    EXPECT_EQ(keys->anchor->issuer_of(keys->earlier[0].ocsp->certificate)->public_key(), old_ca.public_key());
    EXPECT_EQ(keys->anchor->issuer_of(keys->ocsp.certificate)->public_key(), keys->ca.key.public_key());
    EXPECT_TRUE(keys->ocsp.certificate.public_key() == key);
    EXPECT_TRUE(keys->earlier[0].ocsp->certificate.public_key() == key);
  };
  expect_both(keys->ocsp.key.public_key());
  const auto made = take(rollover().roll_over_service(kind("ocsp"), ""));
  ASSERT_EQ(made.size(), 2U);
  reload();
  expect_both(made[0].public_key());
  clock.advance(std::chrono::days(350));
  const auto renewed =
      take(renew_service_certificates(*context, plan, clock.now() + std::chrono::days(30), "operator:test"));
  EXPECT_EQ(renewed.size(), 2U);
  clock.advance(std::chrono::days(20));
  reload();
  expect_both(made[0].public_key());
}

TEST_F(KeyRolloverTest, NamesAListForEachCaKeyAndTheOldestHasTheNameOfBefore) {
  EXPECT_EQ(crl_path(*keys, keys->ca.certificate), "/crl.crl");
  const auto old_ca = keys->ca.certificate;
  const auto next = roll_over_ca();
  reload();
  EXPECT_EQ(crl_path(*keys, old_ca), "/crl.crl");
  const std::string path = "/crl-" + id_of(next) + ".crl";
  EXPECT_EQ(crl_path(*keys, next), path);
  EXPECT_EQ(issue_operator().extensions().crl_url, "http://127.0.0.1:9080" + path);
  EXPECT_EQ(keys->ocsp.certificate.extensions().crl_url, "http://127.0.0.1:9080" + path);
  EXPECT_EQ(keys->earlier[0].ocsp->certificate.extensions().crl_url, "http://127.0.0.1:9080/crl.crl");
}

// A new root certifies the CAs in whatever order: `not_before` no longer says which key was the first.
TEST_F(KeyRolloverTest, LeavesTheListOfBeforeToTheFirstKeyThoughItsCertificateIsTheNewest) {
  const auto first = keys->ca.certificate;
  const auto second = roll_over_ca();
  reload();
  clock.advance(std::chrono::hours(2));
  const auto third = roll_over_ca();
  clock.advance(std::chrono::hours(2));
  const auto anew = certify(first.public_key());
  take(storage::write_file(earlier_ca_file(plan.certificates, first), as_bytes(anew.pem()),
                           storage::FileMode::kPublic));
  reload();
  ASSERT_EQ(keys->earlier.size(), 2U);
  ASSERT_EQ(keys->earlier[0].certificate, second);
  EXPECT_EQ(crl_path(*keys, anew), "/crl.crl");
  EXPECT_EQ(crl_path(*keys, second), "/crl-" + id_of(second) + ".crl");
  EXPECT_EQ(crl_path(*keys, third), "/crl-" + id_of(third) + ".crl");
}

TEST_F(KeyRolloverTest, GivesTheListOfBeforeToNoOtherKeyWhenTheFirstIsRetired) {
  const auto first = keys->ca.certificate;
  const auto second = roll_over_ca();
  reload();
  take(renew_service_certificates(*context, plan, clock.now() + std::chrono::days(2000), "operator:test"));
  reload();
  take(rollover().retire_ca(id_of(first), Reason::kLeaked));
  reload();
  EXPECT_EQ(crl_path(*keys, second), "/crl-" + id_of(second) + ".crl");
}

TEST_F(KeyRolloverTest, RefusesAFileThatDoesNotSayWhoseTheListOfBeforeIs) {
  roll_over_ca();
  take(storage::write_file(bare_crl_key_file(plan.certificates), as_bytes("the first\n"),
                           storage::FileMode::kPublic));
  EXPECT_EQ(load().error().code, ErrorCode::kMalformed);
}

TEST_F(KeyRolloverTest, IsFinishedByTheSameCommandAfterAnInterruption) {
  const auto ocsp_before = keys->ocsp.certificate;
  const auto next = roll_over_ca();
  take(storage::write_file(plan.certificates / "ocsp.pem", as_bytes(ocsp_before.pem()),
                           storage::FileMode::kPublic));
  reload();
  EXPECT_EQ(keys->ca.certificate, next) << "it works in between";
  take(rollover().take_ca(next, {}));
  reload();
  EXPECT_EQ(keys->anchor->issuer_of(keys->ocsp.certificate)->public_key(), next.public_key());
  EXPECT_EQ(rollover().take_ca(next, {}).error().code, ErrorCode::kConflict) << "in use already";
}

TEST_F(KeyRolloverTest, LeavesTheOldCaWhenItIsInterruptedBeforeTheNewOnesCertificate) {
  const auto old_ca = keys->ca.certificate;
  const auto ocsp_before = keys->ocsp.certificate;
  const auto next = roll_over_ca();
  for (const auto& [name, certificate] : {std::pair{"ca.pem", &old_ca}, std::pair{"ocsp.pem", &ocsp_before}})
    take(storage::write_file(plan.certificates / name, as_bytes(certificate->pem()),
                             storage::FileMode::kPublic));
  reload();
  EXPECT_EQ(keys->ca.certificate, old_ca);
  EXPECT_TRUE(keys->earlier.empty());
  take(rollover().take_ca(next, {old_ca, next}));
  reload();
  EXPECT_EQ(keys->ca.certificate, next);
}

TEST_F(KeyRolloverTest, RefusesACaThatTheMapDoesNotNameBesideThePresentOne) {
  const auto next = request_next_ca();
  EXPECT_EQ(rollover().take_ca(next, {}).error().code, ErrorCode::kConflict);
  EXPECT_EQ(rollover().take_ca(next, {keys->ca.certificate}).error().code, ErrorCode::kConflict);
  EXPECT_EQ(rollover().take_ca(next, {next}).error().code, ErrorCode::kConflict);
}

TEST_F(KeyRolloverTest, RefusesACaOfAnotherRoot) {
  const auto passphrase = crypto::SecretBytes::copy_of(as_bytes("x"));
  take(create_root(folder.path() / "other", "Countersign Demo", passphrase, clock.now()));
  const auto other = take(load_root(folder.path() / "other", passphrase));
  const auto key = take(x509::verify_pkcs10(take(rollover().request_ca("")))).key;
  const auto next = take(x509::create_data_centre_ca(other, plan.limits, key, clock.now() - kBackdating));
  EXPECT_FALSE(rollover().take_ca(next, {keys->ca.certificate, next}));
  EXPECT_EQ(take(load()).ca.certificate, keys->ca.certificate);
}

TEST_F(KeyRolloverTest, RefusesTheCaOfAnotherDataCentre) {
  auto limits = plan.limits;
  limits.subtree = name_of("OU=osaka-1,OU=jp,O=Countersign Demo");
  const auto key = take(x509::verify_pkcs10(take(rollover().request_ca("")))).key;
  const auto next = take(x509::create_data_centre_ca(root, limits, key, clock.now() - kBackdating));
  EXPECT_EQ(rollover().take_ca(next, {keys->ca.certificate, next}).error().code,
            ErrorCode::kNameNotPermitted);
}

TEST_F(KeyRolloverTest, RefusesACaWhosePrivateKeyIsNotHere) {
  const auto next = certify(crypto::PrivateKey::generate(crypto::KeyKind::kP256).public_key());
  EXPECT_EQ(rollover().take_ca(next, {keys->ca.certificate, next}).error().code, ErrorCode::kNotFound);
}

TEST_F(KeyRolloverTest, RefusesACaKeyOfBeforeAndMoreThanTwoEarlierOnes) {
  const auto first = keys->ca.certificate;
  roll_over_ca();
  reload();
  EXPECT_EQ(rollover().take_ca(first, {keys->ca.certificate, first}).error().code, ErrorCode::kConflict);
  roll_over_ca();
  reload();
  EXPECT_EQ(keys->earlier.size(), 2U);
  const auto fourth = request_next_ca();
  EXPECT_EQ(rollover().take_ca(fourth, {keys->ca.certificate, fourth}).error().code, ErrorCode::kConflict);
}

TEST_F(KeyRolloverTest, RetiresACaKeyOnceNothingOfItIsInForce) {
  const auto old = issue_operator();
  const auto old_ca = keys->ca.certificate;
  const auto old_id = id_of(old_ca);
  roll_over_ca();
  reload();
  EXPECT_EQ(rollover().retire_ca(id_of(keys->ca.certificate), Reason::kLeaked).error().code,
            ErrorCode::kNotFound)
      << "the present one";
  EXPECT_EQ(rollover().retire_ca(old_id, Reason::kLeaked).error().code, ErrorCode::kConflict)
      << "TLS and confirmation work under it";
  take(renew_service_certificates(*context, plan, clock.now() + std::chrono::days(2000), "operator:test"));
  reload();
  EXPECT_EQ(rollover().retire_ca(old_id, Reason::kAllHasEnded).error().code, ErrorCode::kConflict)
      << "an operator's certificate of it is in force";
  take(rollover().retire_ca(old_id, Reason::kLeaked));
  reload();
  EXPECT_TRUE(keys->earlier.empty());
  EXPECT_EQ(rollover().take_ca(old_ca, {keys->ca.certificate, old_ca}).error().code, ErrorCode::kConflict)
      << "it does not come back";
  EXPECT_EQ(x509::verify_path(old, *keys->anchor, x509::Role::kOperator, clock.now()).error().code,
            ErrorCode::kCertificateUnknown);
}

TEST_F(KeyRolloverTest, BeginsAnotherEpochOfTheStatusFeedWhenItRetiresACaKey) {
  const auto epoch = [this] {
    documents::StatusFeedPosition position;
    take(database->read([&](storage::Reader& reader) -> Result<void> {
      TRY(position, newest_status_position(reader));
      return ok();
    }));
    return position.epoch;
  };
  const auto before = epoch();
  const auto old_id = id_of(keys->ca.certificate);
  roll_over_ca();
  reload();
  EXPECT_FALSE(rollover().retire_ca(old_id, Reason::kLeaked)) << "TLS and confirmation work under it";
  take(renew_service_certificates(*context, plan, clock.now() + std::chrono::days(2000), "operator:test"));
  reload();
  EXPECT_EQ(epoch(), before);
  take(rollover().retire_ca(old_id, Reason::kLeaked));
  EXPECT_NE(epoch(), before) << "others would go on by what they know of its certificates";
}

TEST_F(KeyRolloverTest, DestroysAKeyThatIsAtWorkNoMoreAndNoOther) {
  const auto old_tls = id_of(keys->tls.certificate);
  const auto old_ca = id_of(keys->ca.certificate);
  EXPECT_EQ(rollover().destroy_key(old_tls).error().code, ErrorCode::kConflict);
  take(rollover().roll_over_service(kind("tls"), ""));
  roll_over_ca();
  reload();
  EXPECT_EQ(take(rollover().destroy_key(old_tls)), std::filesystem::path(plan.keys.tls));
  EXPECT_FALSE(std::filesystem::exists(plan.keys.tls));
  EXPECT_EQ(rollover().destroy_key(old_ca).error().code, ErrorCode::kConflict) << "it signs revocation lists";
  EXPECT_EQ(rollover().destroy_key(old_tls).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(rollover().destroy_key("../tls").error().code, ErrorCode::kMalformed);
  reload();
}

TEST_F(KeyRolloverTest, WorksOnWhereAnEarlierCaKeyIsGone) {
  roll_over_ca();
  std::filesystem::remove(plan.keys.ca);
  reload();
  ASSERT_EQ(keys->earlier.size(), 1U);
  EXPECT_FALSE(keys->earlier[0].key);
  EXPECT_TRUE(keys->earlier[0].ocsp) << "its responder's certificate stays";
}

TEST_F(KeyRolloverTest, ForgetsAnEarlierCaThatHasEnded) {
  const auto old_ca = keys->ca.certificate;
  clock.advance(std::chrono::days(3000));
  take(renew_service_certificates(*context, plan, clock.now() + std::chrono::days(2000), "operator:test"));
  reload();
  roll_over_ca();
  clock.advance(std::chrono::days(200));
  reload();
  EXPECT_EQ(keys->earlier.size(), 1U);
  take(renew_service_certificates(*context, plan, clock.now() + std::chrono::days(5000), "operator:test"));
  for (int year = 0; year < 2; ++year) {
    clock.advance(std::chrono::days(300));
    reload();
    take(renew_service_certificates(*context, plan, clock.now() + std::chrono::days(5000), "operator:test"));
  }
  ASSERT_GT(clock.now(), old_ca.not_after());
  reload();
  EXPECT_TRUE(keys->earlier.empty());
}

TEST_F(KeyRolloverTest, RefusesAnEarlierCaOfAnotherDataCentreAndAResponderOfAnotherKey) {
  roll_over_ca();
  reload();
  const auto& earlier = keys->earlier[0].certificate;
  take(storage::write_file(responder_file(plan.certificates, earlier), as_bytes(keys->ocsp.certificate.pem()),
                           storage::FileMode::kPublic));
  EXPECT_EQ(load().error().code, ErrorCode::kConflict);
  auto limits = plan.limits;
  limits.subtree = name_of("OU=osaka-1,OU=jp,O=Countersign Demo");
  const auto stranger = take(x509::create_data_centre_ca(
      root, limits, crypto::PrivateKey::generate(crypto::KeyKind::kP256).public_key(),
      clock.now() - kBackdating));
  take(storage::write_file(earlier_ca_file(plan.certificates, stranger), as_bytes(stranger.pem()),
                           storage::FileMode::kPublic));
  EXPECT_EQ(load().error().code, ErrorCode::kNameNotPermitted);
}

TEST_F(KeyRolloverTest, RecordsEachActInTheAuditLog) {
  take(rollover().roll_over_service(kind("confirmation"), ""));
  roll_over_ca();
  std::vector<std::string> acts;
  take(database->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto records, audit.page(reader, 0, 500));
    for (const auto& record : records) acts.push_back(record.entry.act);
    return ok();
  }));
  EXPECT_EQ(acts, (std::vector<std::string>{"issue", "roll_over_key", "request_ca", "issue", "take_ca"}));
}

}  // namespace
}  // namespace countersign::authority
