// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <filesystem>

#include "cardcompany/authorization_desk.h"
#include "cardcompany/ledger/ledger.h"
#include "cardcompany/ledger/reconciliation.h"
#include "crypto/random.h"
#include "sample/manual_clock.h"
#include "sample/take.h"

// A card company in a file of its own, with one card, for tests.
namespace countersign::cardcompany {

inline constexpr std::string_view kNumber = "4000002760003184";
inline constexpr std::string_view kOtherNumber = "4111111111111111";
inline constexpr std::string_view kShop = "CN=Hanok Books,OU=merchants,OU=seoul-1,OU=kr,O=Countersign Demo";
inline constexpr std::string_view kOtherShop =
    "CN=Namsan Tea,OU=merchants,OU=seoul-1,OU=kr,O=Countersign Demo";

inline documents::PaymentData card(std::string_view number = kNumber, std::string holder = "Kim Minji",
                                   std::string expiry = "2029-08") {
  return documents::CardData{crypto::SecretBytes::copy_of(as_bytes(number)), std::move(expiry),
                             std::move(holder)};
}

// A question about an order that is made of its reference.
inline Question question(std::string reference, std::int64_t amount = 30'000,
                         documents::PaymentData means = card(), std::string currency = "KRW") {
  Sha256Digest order{};
  std::ranges::copy(as_bytes(reference).first(std::min(reference.size(), order.size())), order.begin());
  return {std::move(reference), order, {amount, std::move(currency)}, std::move(means), std::nullopt};
}

class CompanyTest : public testing::Test {
 protected:
  ~CompanyTest() override {
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + suffix);
  }
  void SetUp() override { id = take(accounts->add({card(), {100'000, "KRW"}}, clock.now())); }

  Authorization decide(const Question& asked, std::string_view merchant = kShop) {
    return take(desk.decide(merchant, asked));
  }
  // The id of an approval.
  std::string approve(const Question& asked, std::string_view merchant = kShop) {
    const auto decided = decide(asked, merchant);
    EXPECT_EQ(decided.state, Authorization::State::kApproved) << decided.code;
    return decided.id;
  }
  // What `work` answers, in a transaction of its own.
  template <typename Work>
  auto write(const Work& work) -> decltype(work(std::declval<storage::Transaction&>())) {
    std::optional<decltype(work(std::declval<storage::Transaction&>()))> answer;
    const auto written = database->write([&](storage::Transaction& transaction) -> Result<void> {
      answer = work(transaction);
      if (!*answer) return fail(answer->error());
      return ok();
    });
    if (!written) return fail(written.error());
    return std::move(*answer);
  }
  static MovementOrder order(std::string reference, const std::string& authorization, std::int64_t amount,
                             std::string_view merchant = kShop, std::string currency = "KRW") {
    return {std::string(merchant), std::move(reference), authorization, {amount, std::move(currency)}};
  }
  Result<Movement> capture(const MovementOrder& asked) {
    return write([&](storage::Transaction& t) { return desk.capture(t, asked, clock.now()); });
  }
  Result<Movement> refund(const MovementOrder& asked) {
    return write([&](storage::Transaction& t) { return desk.refund(t, asked, clock.now()); });
  }
  Result<Movement> reverse(const std::string& movement, std::string_view reference) {
    return write([&](storage::Transaction& t) { return desk.reverse(t, movement, reference, clock.now()); });
  }
  Account account() { return take(accounts->list("", 10)).front(); }
  Reconciliation reconciled() {
    Reconciliation report;
    const auto read = database->read([&](storage::Reader& reader) -> Result<void> {
      TRY(report, reconcile(reader, clock.now()));
      return ok();
    });
    take(read);
    return report;
  }
  void expect_balance() {
    for (const auto& difference : reconciled().differences)
      ADD_FAILURE() << difference.rule << ": " << difference.object;
  }
  void execute(std::string_view sql) {
    take(database->write([&](storage::Transaction& transaction) -> Result<void> {
      TRY(transaction.execute(sql, {}));
      return ok();
    }));
  }

  std::filesystem::path file = std::filesystem::path(testing::TempDir()) / (crypto::random_token(12) + ".db");
  ManualClock clock;
  std::unique_ptr<storage::Database> database = take(storage::open_sqlite(file));
  std::unique_ptr<AccountStore> accounts =
      take(AccountStore::open(*database, crypto::SecretBytes(Bytes(32, 1))));
  std::unique_ptr<Ledger> ledger = take(Ledger::open(*database, *accounts));
  AuthorizationDesk desk{{*database, *accounts, *ledger, clock}, Rules{}};
  std::string id;
};

}  // namespace countersign::cardcompany
