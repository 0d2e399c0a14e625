// SPDX-License-Identifier: Apache-2.0
// Whose an account is in split payments.
#include "cardcompany/testing/sample_company.h"

namespace countersign::cardcompany {
namespace {

constexpr std::string_view kPurchaser = "UID=p-1,OU=purchasers,OU=seoul-1,OU=kr,O=Countersign Demo";
constexpr std::string_view kOtherPurchaser = "UID=p-2,OU=purchasers,OU=seoul-1,OU=kr,O=Countersign Demo";

class AccountBindingTest : public CompanyTest {
 protected:
  Question split_question(std::string reference, std::string_view purchaser) {
    auto asked = question(reference);
    asked.split = SplitQuestion{std::string(purchaser), reference};
    return asked;
  }
};

TEST_F(AccountBindingTest, BindsNoAccountByItself) {
  EXPECT_EQ(account().purchaser, "");
}

TEST_F(AccountBindingTest, BindsAnAccountToOnePurchaserAndNoOther) {
  ASSERT_TRUE(accounts->bind(id, kPurchaser));
  ASSERT_TRUE(accounts->bind(id, kPurchaser));
  EXPECT_EQ(accounts->bind(id, kOtherPurchaser).error().code, ErrorCode::kConflict);
  EXPECT_EQ(account().purchaser, kPurchaser);
  ASSERT_TRUE(accounts->unbind(id));
  ASSERT_TRUE(accounts->unbind(id));
  EXPECT_EQ(account().purchaser, "");
  ASSERT_TRUE(accounts->bind(id, kOtherPurchaser));
  EXPECT_EQ(account().purchaser, kOtherPurchaser);
}

TEST_F(AccountBindingTest, BindsSeveralCardsToOnePurchaser) {
  const auto other = take(accounts->add({card(kOtherNumber), {100'000, "KRW"}}, clock.now()));
  ASSERT_TRUE(accounts->bind(id, kPurchaser));
  ASSERT_TRUE(accounts->bind(other, kPurchaser));
  for (const auto& each : take(accounts->list("", 10))) EXPECT_EQ(each.purchaser, kPurchaser);
}

TEST_F(AccountBindingTest, SaysWhatToGiveInPlaceOfWhatIsNoPurchaser) {
  for (const std::string_view text :
       {std::string_view("p-1"), std::string_view(""), kShop,
        std::string_view("CN=p-1,OU=purchasers,OU=seoul-1,OU=kr,O=Countersign Demo"),
        std::string_view("O=Countersign Demo,OU=kr,OU=seoul-1,OU=purchasers,UID=p-1")}) {
    const auto bound = accounts->bind(id, text);
    ASSERT_FALSE(bound) << text;
    EXPECT_EQ(bound.error().code, ErrorCode::kMalformed) << text;
    EXPECT_NE(bound.error().detail.find("UID=…,OU=purchasers"), std::string::npos);
  }
  EXPECT_EQ(accounts->bind("nothing", kPurchaser).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(accounts->unbind("nothing").error().code, ErrorCode::kNotFound);
}

TEST_F(AccountBindingTest, PaysASplitPaymentOfItsPurchaserAlone) {
  EXPECT_EQ(decide(split_question("unbound", kPurchaser)).code, "unknown_account");
  EXPECT_EQ(decide(split_question("unbound, of nobody", "")).code, "unknown_account");
  ASSERT_TRUE(accounts->bind(id, kPurchaser));
  EXPECT_EQ(decide(split_question("another's", kOtherPurchaser)).code, "unknown_account");
  EXPECT_EQ(decide(split_question("own", kPurchaser)).state, Authorization::State::kApproved);
  EXPECT_EQ(account().held, 30'000);
}

TEST_F(AccountBindingTest, ChangesNothingForPaymentsThatAreNotSplit) {
  ASSERT_TRUE(accounts->bind(id, kPurchaser));
  EXPECT_EQ(decide(question("plain")).state, Authorization::State::kApproved);
}

}  // namespace
}  // namespace countersign::cardcompany
