// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/ledger/journal.h"

#include "cardcompany/testing/sample_company.h"

namespace countersign::cardcompany {
namespace {

using Kind = LedgerAccount::Kind;

class JournalTest : public CompanyTest {
 protected:
  Result<std::int64_t> append(std::vector<Posting> postings) {
    return write([&](storage::Transaction& transaction) {
      return append_entry(transaction, {Entry::Kind::kHold, "a-1", "", postings}, clock.now());
    });
  }
  static std::vector<Posting> held(std::int64_t amount, std::string currency = "KRW") {
    return {{{Kind::kHeld, "x", currency}, amount}, {{Kind::kCommitments, "", currency}, -amount}};
  }
  std::vector<std::int64_t> altered() {
    std::vector<std::int64_t> numbers;
    take(database->read([&](storage::Reader& reader) -> Result<void> {
      TRY(numbers, verify_journal(reader, 20));
      return ok();
    }));
    return numbers;
  }
};

TEST_F(JournalTest, NumbersEntriesFromOneWithoutGap) {
  EXPECT_EQ(append(held(5)).value(), 1);
  EXPECT_EQ(append(held(7)).value(), 2);
  EXPECT_TRUE(altered().empty());
}

TEST_F(JournalTest, TakesNoPostingsThatDoNotSumToZero) {
  EXPECT_EQ(append({{{Kind::kHeld, "x", "KRW"}, 5}, {{Kind::kCommitments, "", "KRW"}, -4}}).error().code,
            ErrorCode::kInternal);
  EXPECT_EQ(append({}).error().code, ErrorCode::kInternal);
}

TEST_F(JournalTest, SetsNoCurrencyOffAgainstAnother) {
  EXPECT_EQ(append({{{Kind::kHeld, "x", "KRW"}, 5}, {{Kind::kCommitments, "", "USD"}, -5}}).error().code,
            ErrorCode::kInternal);
}

TEST_F(JournalTest, LetsNoBalanceOverflow) {
  ASSERT_TRUE(append(held(kLargestInteger)));
  EXPECT_EQ(append(held(1)).error().code, ErrorCode::kAmountMismatch);
  EXPECT_EQ(append({{{Kind::kHeld, "x", "KRW"}, INT64_MAX}, {{Kind::kCommitments, "", "KRW"}, -INT64_MAX}})
                .error()
                .code,
            ErrorCode::kAmountMismatch);
  EXPECT_TRUE(append(held(1, "USD"))) << "another currency is another balance";
}

struct Forgery {
  std::string name, sql;
  std::vector<std::int64_t> found;
};
class JournalForgery : public JournalTest, public testing::WithParamInterface<Forgery> {};

TEST_P(JournalForgery, IsFound) {
  for (int i = 1; i <= 4; ++i) ASSERT_TRUE(append(held(i)));
  execute(GetParam().sql);
  EXPECT_EQ(altered(), GetParam().found);
}

INSTANTIATE_TEST_SUITE_P(
    Each, JournalForgery,
    testing::Values(Forgery{"Amounts", "UPDATE postings SET amount = amount * 2 WHERE entry = 2", {2}},
                    Forgery{"Time", "UPDATE journal SET made = made + 1 WHERE number = 1", {1}},
                    Forgery{"Kind", "UPDATE journal SET kind = 'release' WHERE number = 3", {3}},
                    Forgery{
                        "Authorization", "UPDATE journal SET authorization_id = 'a-2' WHERE number = 4", {4}},
                    Forgery{"Removal", "DELETE FROM postings WHERE entry = 2", {2, 3}}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace countersign::cardcompany
