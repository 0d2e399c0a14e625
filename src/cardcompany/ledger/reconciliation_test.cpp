// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/ledger/reconciliation.h"

#include <algorithm>

#include "cardcompany/testing/sample_company.h"

namespace countersign::cardcompany {
namespace {

// Books in which everything happened once.
class ReconciliationTest : public CompanyTest {
 protected:
  void SetUp() override {
    CompanyTest::SetUp();
    execute("UPDATE accounts SET most = 1000000");
    approve(question("open"));
    approve(question("voided"));
    take(desk.release(kShop, "voided"));
    const auto captured = approve(question("captured"));
    take(capture(order("c-1", captured, 20'000)));
    take(refund(order("f-1", captured, 5'000)));
    const auto wrong = take(refund(order("f-2", captured, 1'000)));
    take(reverse(wrong.id, "v-1"));
    const auto reversed = approve(question("reversed"));
    take(reverse(take(capture(order("c-2", reversed, 30'000))).id, "v-2"));
  }
};

TEST_F(ReconciliationTest, FindsNothingInBooksThatAreRight) {
  const auto report = reconciled();
  EXPECT_TRUE(report.differences.empty());
  EXPECT_EQ(report.open_holds, 1);
  ASSERT_EQ(report.trial_balances.size(), 1U);
  EXPECT_EQ(report.trial_balances[0].held, 30'000);
  EXPECT_EQ(report.trial_balances[0].committed, 30'000);
  EXPECT_EQ(report.trial_balances[0].owed, 15'000);
  EXPECT_EQ(report.trial_balances[0].due, 15'000);
  ASSERT_EQ(report.merchants.size(), 1U);
  EXPECT_EQ(report.merchants[0].authorized, 120'000);
  EXPECT_EQ(report.merchants[0].captured, 20'000);
  EXPECT_EQ(report.merchants[0].refunded, 5'000);
}

struct Damage {
  std::string rule;
  std::vector<std::string> sql;
};
const std::vector<Damage> kDamages = {
    {"every entry sums to zero in each currency",
     {"UPDATE postings SET amount = amount + 1 WHERE entry = 1 AND line = 1"}},
    {"every entry has postings", {"DELETE FROM postings WHERE entry = 1"}},
    {"balances are the sums of their postings",
     {"UPDATE ledger_accounts SET balance = balance + 1 WHERE kind = 'held'"}},
    {"all balances of a currency sum to zero",
     {"UPDATE ledger_accounts SET balance = balance - 1 WHERE kind = 'merchant'"}},
    {"what is held is committed",
     {"UPDATE ledger_accounts SET balance = balance - 1 WHERE kind = 'commitments'"}},
    {"holds are in the currency of their account",
     {"UPDATE holds SET currency = 'USD' WHERE state = 'open'"}},
    {"what is held is the sum of open holds", {"UPDATE holds SET amount = amount + 1 WHERE state = 'open'"}},
    {"what a holder owes was captured and not refunded",
     {"UPDATE holds SET captured = captured + 1 WHERE state = 'captured'"}},
    {"what is due to a merchant was captured and not refunded",
     {"UPDATE holds SET refunded = refunded + 1 WHERE state = 'captured'"}},
    {"a merchant's account has its holds", {"UPDATE holds SET merchant = 'CN=Nobody'"}},
    {"every approved authorization is held or captured",
     {"UPDATE authorizations SET state = 'approved' WHERE reference = 'voided'"}},
    {"nothing is held or captured without an approved authorization",
     {"UPDATE authorizations SET state = 'released' WHERE reference = 'open'"}},
    {"what was decided over a split payment was signed",
     {"UPDATE authorizations SET split_transaction = 't-1' WHERE reference = 'open'"}},
    {"of a split payment's transaction one approval counts",
     {"DROP INDEX one_approval_each", "UPDATE authorizations SET split_transaction = 't-1'"}},
    {"a hold is entered once, and freed once when it ends",
     {"UPDATE holds SET state = 'voided' WHERE state = 'open'"}},
    {"entries of holds are of their amount",
     {"UPDATE holds SET amount = amount + 1 WHERE state = 'captured'"}},
    {"every entry belongs to a hold", {"UPDATE journal SET authorization_id = 'nothing' WHERE number = 1"}},
    {"captured is at most what was authorized, refunded at most what was captured",
     {"UPDATE holds SET captured = 1 WHERE state = 'voided'"}},
    {"captured is what was captured and not reversed",
     {"UPDATE holds SET captured = captured - 1 WHERE state = 'captured'"}},
    {"refunded is what was refunded and not reversed",
     {"UPDATE holds SET refunded = refunded - 1 WHERE state = 'captured'"}},
    {"an authorization is captured once",
     {"DROP INDEX one_capture_each", "UPDATE movements SET kind = 'capture' WHERE reference = 'f-1'"}},
    {"a movement is that of its entry", {"UPDATE movements SET amount = amount + 1 WHERE reference = 'f-1'"}},
    {"every entry of money has its movement",
     {"UPDATE journal SET movement = 'nothing' WHERE kind = 'capture'"}},
    {"a reversal is of the movement that it names",
     {"UPDATE movements SET amount = amount + 1 WHERE reverses IS NOT NULL"}},
    {"entries are as they were written, without gap",
     {"UPDATE journal SET made = made + 1 WHERE number = 2"}},
};

class DamagedBooks : public ReconciliationTest, public testing::WithParamInterface<Damage> {};

TEST_P(DamagedBooks, AreFoundUnderTheRuleThatTheyOffend) {
  for (const std::string& sql : GetParam().sql) execute(sql);
  const auto differences = reconciled().differences;
  EXPECT_NE(std::ranges::find(differences, GetParam().rule, &Difference::rule), differences.end())
      << differences.size();
}

INSTANTIATE_TEST_SUITE_P(Each, DamagedBooks, testing::ValuesIn(kDamages), [](const auto& row) {
  std::string name = row.param.rule;
  std::erase_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; });
  return name;
});

TEST(Reconciliation, HasADamageForEveryRule) {
  for (const auto rule : reconciliation_rules())
    EXPECT_NE(std::ranges::find(kDamages, rule, &Damage::rule), kDamages.end()) << rule;
  EXPECT_EQ(kDamages.size(), reconciliation_rules().size());
}

}  // namespace
}  // namespace countersign::cardcompany
