// SPDX-License-Identifier: Apache-2.0
#include "mediator/terminal_screen.h"

#include <gtest/gtest.h>

#include <sstream>

namespace countersign::mediator {
namespace {

using link::Outcome;

PurchaseEnd end_of_two(Outcome outcome, Outcome first, Outcome second) {
  PurchaseEnd end = end_of(outcome, ErrorCode::kUnavailable);
  end.checkouts = {{"https://a.example", first, std::nullopt},
                   {"https://b.example", second, ErrorCode::kUnavailable}};
  return end;
}

std::string shown(const PurchaseEnd& end) {
  std::ostringstream out;
  TerminalScreen screen(out, [] {});
  screen.show_end(end);
  return out.str() + std::string(why_not_confirmed(end));
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(TerminalScreen, TakesNoTotalForTheWholeWhereOrdersAreNotShown) {
  const auto looked_at = [](std::size_t not_shown) {
    std::ostringstream out;
    TerminalScreen screen(out, [] {});
    screen.show_review({{"CN=Shop", "https://shop.example", {{"tea", "Tea", 2, 450}}, 900, "KRW"}},
                       not_shown);
    return out.str();
  };
  EXPECT_TRUE(contains(looked_at(2), "3 merchants")) << looked_at(2);
  EXPECT_TRUE(contains(looked_at(2), "of 2 more your terminal shows")) << looked_at(2);
  EXPECT_FALSE(contains(looked_at(0), "merchants") || contains(looked_at(0), "more")) << looked_at(0);
}

TEST(TerminalScreen, WantsOneAnswerThoughTheLookIsShownAgainWithoutWhatWasTakenOut) {
  std::ostringstream out;
  int wanted = 0;
  TerminalScreen screen(out, [&] { ++wanted; });
  const link::ShownOrder order{"CN=Shop", "https://shop.example", {{"tea", "Tea", 2, 450}}, 900, "KRW"};
  screen.show_review({order, order}, 0);
  EXPECT_FALSE(contains(out.str(), "any more")) << out.str();
  screen.show_review({order}, 0);
  EXPECT_TRUE(contains(out.str(), "Not all of it is bought any more")) << out.str();
  EXPECT_EQ(wanted, 1);
}

TEST(TerminalScreen, SaysNotThatNothingCameAboutWhereSomeIsConfirmed) {
  const auto text = shown(end_of_two(Outcome::kPartly, Outcome::kConfirmed, Outcome::kUndecided));
  EXPECT_TRUE(contains(text, "https://a.example: confirmed\n")) << text;
  EXPECT_TRUE(contains(text, "https://b.example: undecided (unavailable)\n")) << text;
  EXPECT_FALSE(contains(text, "did not come about")) << text;
}

TEST(TerminalScreen, SaysNotThatNothingCameAboutWhereSomeMayBeBoughtYet) {
  const auto text = shown(end_of_two(Outcome::kUndecided, Outcome::kFailed, Outcome::kUndecided));
  EXPECT_TRUE(contains(text, "not decided yet")) << text;
  EXPECT_FALSE(contains(text, "did not come about")) << text;
}

TEST(TerminalScreen, SaysThatNothingCameAboutWhereAllFailed) {
  const auto text = shown(end_of_two(Outcome::kFailed, Outcome::kFailed, Outcome::kFailed));
  EXPECT_TRUE(contains(text, "the purchase did not come about")) << text;
}

}  // namespace
}  // namespace countersign::mediator
