// SPDX-License-Identifier: Apache-2.0
#include "wallet/incoming_view.h"

#include <gtest/gtest.h>

namespace countersign::wallet {
namespace {

link::Ended told_of_two(const DialogueEnd& first, const DialogueEnd& second) {
  IncomingView view;
  view.sections.resize(2);
  view.sections[0].end = first;
  view.sections[1].end = second;
  view.end = joint_end(view.sections);
  return told_end(view);
}

TEST(ToldEnd, NamesEachOfSeveralThatMayBeBoughtYet) {
  const auto told = told_of_two({DialogueResult::kFailed, "", "expired"},
                                {DialogueResult::kUnknown, "the-order", "not_found"});
  EXPECT_EQ(told.outcome, link::Outcome::kUndecided);
  EXPECT_EQ(told.code, ErrorCode::kUnavailable);
  EXPECT_EQ(told.checkouts[0].outcome, link::Outcome::kFailed);
  EXPECT_EQ(told.checkouts[1].outcome, link::Outcome::kUndecided);
}

TEST(ToldEnd, NamesADeclinedPaymentAsItsCheckoutDoes) {
  const auto told = told_of_two({DialogueResult::kConfirmed, "the-order", ""},
                                {DialogueResult::kDeclined, "", "insufficient_funds"});
  EXPECT_EQ(told.outcome, link::Outcome::kPartly);
  EXPECT_EQ(told.code, ErrorCode::kForbidden);
  EXPECT_EQ(told.checkouts[1].code, ErrorCode::kForbidden);
}

TEST(WordsOf, SayNotBoughtOfThatAloneWhichCannotBeBoughtAnyMore) {
  struct Row {
    DialogueResult result;
    bool is_bought, is_not_bought;
  };
  for (const auto& [result, is_bought, is_not_bought] :
       {Row{DialogueResult::kConfirmed, true, false}, Row{DialogueResult::kIdentified, false, false},
        Row{DialogueResult::kRefused, false, true}, Row{DialogueResult::kDeclined, false, true},
        Row{DialogueResult::kUnknown, false, false}, Row{DialogueResult::kCancelled, false, true},
        Row{DialogueResult::kFailed, false, true}, Row{DialogueResult::kPartly, false, false},
        Row{DialogueResult::kLeftOut, false, true}}) {
    const auto words = words_of({result, "the-order", "why"});
    EXPECT_EQ(words.starts_with("Confirmed: order the-order"), is_bought) << words;
    EXPECT_EQ(words.starts_with("not bought"), is_not_bought) << words;
  }
}

}  // namespace
}  // namespace countersign::wallet
