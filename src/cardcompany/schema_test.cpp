// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/schema.h"

#include "cardcompany/testing/sample_company.h"

namespace countersign::cardcompany {
namespace {

// A store of before there was a ledger: one account, an approval of 30,000, a decline and a release.
class EarlierStore : public testing::Test {
 protected:
  void SetUp() override {
    take(database->migrate("cardcompany", card_company_migrations().first(3)));
    execute(
        "INSERT INTO accounts (id, method, number_digest, number_sealed, last_digits, holder, bank, expiry, "
        "currency, most, held, opened) VALUES ('acc', 'card', x'01', x'02', '3184', 'Kim Minji', '', "
        "'2029-08', 'KRW', 100000, 30000, 1795000000)");
    add("approved", "'acc'", "approved", "");
    add("declined", "NULL", "declined", "unknown_account");
    add("released", "'acc'", "released", "");
  }
  ~EarlierStore() override {
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + suffix);
  }
  void execute(const std::string& sql) {
    take(database->write([&](storage::Transaction& transaction) -> Result<void> {
      TRY(transaction.execute(sql, {}));
      return ok();
    }));
  }
  void add(const std::string& reference, const std::string& account, const std::string& state,
           const std::string& code) {
    execute(
        "INSERT INTO authorizations (id, merchant, reference, question_digest, order_digest, account, "
        "amount, currency, state, code, decided) VALUES ('id-" +
        reference + "', 'CN=Shop', '" + reference + "', x'03', x'04', " + account + ", 30000, 'KRW', '" +
        state + "', '" + code + "', 1795000000)");
  }

  std::filesystem::path file = std::filesystem::path(testing::TempDir()) / (crypto::random_token(12) + ".db");
  ManualClock clock;
  std::unique_ptr<storage::Database> database = take(storage::open_sqlite(file));
};

TEST_F(EarlierStore, KeepsItsApprovalsAsHoldsOfTheLedger) {
  for (int time = 0; time < 2; ++time) {  // opened again, they are entered once
    const auto accounts = take(AccountStore::open(*database, crypto::SecretBytes(Bytes(32, 1))));
    const auto ledger = take(Ledger::open(*database, *accounts));
    EXPECT_EQ(take(accounts->list("", 10)).at(0).held, 30'000);
  }
  const auto accounts = take(AccountStore::open(*database, crypto::SecretBytes(Bytes(32, 1))));
  const auto ledger = take(Ledger::open(*database, *accounts));
  AuthorizationDesk desk({*database, *accounts, *ledger, clock}, {});
  take(database->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(desk.capture(transaction, {"CN=Shop", "c-1", "id-approved", {20'000, "KRW"}}, clock.now()));
    TRY(const auto report, reconcile(transaction, clock.now()));
    EXPECT_TRUE(report.differences.empty());
    EXPECT_EQ(report.entries, 3);
    return ok();
  }));
  EXPECT_EQ(take(accounts->list("", 10)).at(0).owed, 20'000);
}

TEST_F(EarlierStore, ReleasesWhatWasApprovedBefore) {
  const auto accounts = take(AccountStore::open(*database, crypto::SecretBytes(Bytes(32, 1))));
  const auto ledger = take(Ledger::open(*database, *accounts));
  AuthorizationDesk desk({*database, *accounts, *ledger, clock}, {});
  ASSERT_TRUE(desk.release("CN=Shop", "approved"));
  EXPECT_EQ(take(accounts->list("", 10)).at(0).held, 0);
}

}  // namespace
}  // namespace countersign::cardcompany
