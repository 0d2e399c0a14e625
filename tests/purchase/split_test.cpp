// SPDX-License-Identifier: Apache-2.0
// Profile set between a real wallet and a real gateway, with a card company that opens, verifies and signs:
// what a mediator sees, and what it gets for changing it.
#include <gmock/gmock.h>

#include "purchase_test_world.h"

namespace countersign {
namespace {

using wallet::DialogueResult;

constexpr std::string_view kSplitNumber = "5312764198340575";
constexpr std::string_view kSplitExpiry = "2047-11";

struct SplitPurchase : PurchaseTest {
  SplitPurchase() {
    takes_set = true;
    gateway.reset();
    gateway = start(*shop.identity);
    client = connect(gateway->port());
    take(card.log_in(secret(kPin)));
    means = take(wallet::HolderData(parties()).add_means(
        {documents::CardData{secret(kSplitNumber), std::string(kSplitExpiry), std::string(kHolder)},
         split_company.subject()}));
    card.log_out();
  }
  std::string means;
};

TEST_F(SplitPurchase, IsBoughtThroughAMediatorThatSeesNeitherHalf) {
  const auto checkout = open_checkout(R"("set","session")");
  const auto pc = pc_for(checkout);
  const auto course = buy(start_of(checkout, "session"), pc, means);
  ASSERT_EQ(course.end.result, DialogueResult::kConfirmed) << course.end.code;
  EXPECT_EQ(split_company.approved.size(), 1U);
  EXPECT_TRUE(company.asked.empty()) << "nothing was paid in a weaker profile, whatever the page's list says";

  const std::string carried = pc->seen();
  EXPECT_GT(carried.size(), 4000U);
  std::string told;
  for (const auto& message : pc->told()) {
    EXPECT_FALSE(std::holds_alternative<link::Review>(message)) << "the order is for the terminal alone";
    told += to_text(take(link::write_control(message)));
  }
  for (const std::string_view canary : {kSplitNumber, kSplitExpiry, kHolder, kName, kGoods}) {
    EXPECT_EQ(carried.find(canary), std::string::npos) << canary;
    EXPECT_EQ(told.find(canary), std::string::npos) << canary;
  }
}

// Whatever the mediator changes, on every connection: an error has a name, and what the company approved is
// confirmed or not known to the holder, never called failed.
TEST_F(SplitPurchase, IsNeverBelievedWhereAnyPartOfItWasAltered) {
  for (const auto way : {TestMediator::Way::kToGateway, TestMediator::Way::kToWallet}) {
    for (int wanted = 0;; ++wanted) {
      SCOPED_TRACE((way == TestMediator::Way::kToGateway ? "to the gateway, part " : "to the wallet, part ") +
                   std::to_string(wanted));
      const auto approved_before = split_company.approved.size();
      std::atomic<bool> is_altered = false;
      const auto checkout = open_checkout(R"("set")");
      std::shared_ptr<RecordingPc> pc;
      pc = pc_for(checkout, [&] {
        return [&, count = 0](TestMediator::Way where, Bytes& part) mutable {
          if (where != way || pc->is_over || count++ != wanted) return;
          part.back() ^= 1;
          is_altered = true;
        };
      });
      const auto course = buy(start_of(checkout, "set"), pc, means);
      const auto approved = split_company.approved.size() - approved_before;
      EXPECT_LE(approved, 1U);
      if (!is_altered) {
        EXPECT_EQ(course.end.result, DialogueResult::kConfirmed);
        EXPECT_GE(wanted, 4);
        break;
      }
      if (course.end.result == DialogueResult::kConfirmed) {
        EXPECT_GT(pc->connections(), 1U) << "what was altered was believed";
        EXPECT_EQ(approved, 1U);
        continue;
      }
      EXPECT_TRUE(course.failed || error_of_name(course.end.code)) << course.end.code;
      EXPECT_TRUE(approved == 0 || course.end.result == DialogueResult::kUnknown);
    }
  }
}

}  // namespace
}  // namespace countersign
