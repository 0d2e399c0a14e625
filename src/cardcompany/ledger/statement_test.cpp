// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/ledger/statement.h"

#include "cardcompany/testing/sample_company.h"

namespace countersign::cardcompany {
namespace {

class StatementTest : public CompanyTest {
 protected:
  std::vector<Statement> statements(LedgerAccount::Kind kind, std::string_view owner, TimePoint from,
                                    TimePoint to) {
    std::vector<Statement> made;
    take(database->read([&](storage::Reader& reader) -> Result<void> {
      TRY(made, make_statements(reader, kind, owner, from, to));
      return ok();
    }));
    return made;
  }
  void buy_and_return() {
    const auto authorization = approve(question("r-1"));
    take(capture(order("c-1", authorization, 20'000)));
    clock.advance(Seconds{100});
    take(refund(order("f-1", authorization, 5'000)));
    clock.advance(Seconds{100});
  }
  const TimePoint begin = clock.now();
};

TEST_F(StatementTest, OfAHolderSaysWhatIsOwed) {
  buy_and_return();
  const auto all = statements(LedgerAccount::Kind::kHolder, id, begin, clock.now()).at(0);
  EXPECT_EQ(all.opening, 0);
  ASSERT_EQ(all.lines.size(), 2U);
  EXPECT_EQ(all.lines[0].change, 20'000);
  EXPECT_EQ(all.lines[1].change, -5'000);
  EXPECT_EQ(all.lines[1].balance, 15'000);
  EXPECT_EQ(all.lines[1].movement.kind, Movement::Kind::kRefund);
  EXPECT_EQ(all.closing, 15'000);
}

TEST_F(StatementTest, OpensWithWhatWasBeforeAndEndsBeforeItsEnd) {
  buy_and_return();
  const auto later =
      statements(LedgerAccount::Kind::kHolder, id, begin + Seconds{100}, begin + Seconds{101}).at(0);
  EXPECT_EQ(later.opening, 20'000);
  EXPECT_EQ(later.closing, 15'000);
  const auto earlier = statements(LedgerAccount::Kind::kHolder, id, begin, begin + Seconds{100}).at(0);
  EXPECT_EQ(earlier.closing, later.opening);
}

TEST_F(StatementTest, OfAMerchantSaysWhatIsDueInEachCurrency) {
  take(accounts->add({card(kOtherNumber), {5'000, "USD"}}, clock.now()));
  buy_and_return();
  const auto dollars = approve(question("r-2", 700, card(kOtherNumber), "USD"));
  take(capture(order("c-2", dollars, 700, kShop, "USD")));
  const auto both = statements(LedgerAccount::Kind::kMerchant, kShop, begin, clock.now() + Seconds{1});
  ASSERT_EQ(both.size(), 2U);
  EXPECT_EQ(both[0].closing, 15'000);
  EXPECT_EQ(both[1].currency, "USD");
  EXPECT_EQ(both[1].closing, 700);
}

TEST_F(StatementTest, HasNoLineForWhatIsOnlyHeld) {
  approve(question("r-1"));
  EXPECT_TRUE(statements(LedgerAccount::Kind::kHolder, id, begin, clock.now() + Seconds{1}).empty());
}

}  // namespace
}  // namespace countersign::cardcompany
