// SPDX-License-Identifier: Apache-2.0
// Random acts of several merchants on several accounts, held against a model of their own after every step:
// the ledger answers as the model says, balances, and has made or lost no money.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <iterator>
#include <map>
#include <random>

#include "cardcompany/ledger/ledger.h"
#include "cardcompany/testing/sample_company.h"

namespace countersign::cardcompany {
namespace {

constexpr std::string_view kNumbers[] = {"4000002760003184", "4111111111111111", "4242424242424242"};
constexpr std::string_view kShops[] = {kShop, kOtherShop};
constexpr std::int64_t kLimit = 50'000;

// One authorization as the model knows it.
struct Modelled {
  std::string id, reference;
  std::size_t shop = 0, number = 0;
  std::int64_t amount = 0;
  enum class State { kOpen, kCaptured, kVoided, kExpired, kReversed } state = State::kOpen;
  TimePoint frees;
  std::int64_t captured = 0, refunded = 0;
  std::string capture;                                     // id
  std::map<std::string, std::int64_t> refunds_that_stand;  // by id
};
using State = Modelled::State;

class RandomActs : public CompanyTest, public testing::WithParamInterface<unsigned> {
 protected:
  void SetUp() override {
    for (const auto number : kNumbers)
      ids.push_back(take(accounts->add({card(number), {kLimit, "KRW"}}, clock.now())));
  }

  std::size_t below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
  }
  std::int64_t amount() { return std::uniform_int_distribution<std::int64_t>(1, 9'000)(random); }
  std::string next(std::string_view what) { return std::string(what) + std::to_string(++references); }
  Modelled* any() { return modelled.empty() ? nullptr : &modelled[below(modelled.size())]; }
  std::int64_t used(std::size_t number) const {
    std::int64_t sum = 0;
    for (const Modelled& each : modelled)
      if (each.number == number)
        sum += (each.state == State::kOpen ? each.amount : 0) + each.captured - each.refunded;
    return sum;
  }

  void authorize() {
    Modelled wanted;
    wanted.reference = next("r");
    wanted.shop = below(2);
    wanted.number = below(3);
    wanted.amount = amount();
    Question asked = question(wanted.reference, wanted.amount, card(kNumbers[wanted.number]));
    asked.expires = clock.now() + Seconds{static_cast<std::int64_t>(below(5'000)) + 1};
    wanted.frees = *asked.expires + Seconds{24 * 3600};
    const bool fits = used(wanted.number) + wanted.amount <= kLimit;
    const auto decided = decide(asked, kShops[wanted.shop]);
    ASSERT_EQ(decided.state == Authorization::State::kApproved, fits) << decided.code;
    ASSERT_EQ(decide(asked, kShops[wanted.shop]).id, decided.id);
    wanted.id = decided.id;
    wanted.frees = whole_seconds(wanted.frees);
    if (fits) modelled.push_back(wanted);
  }

  void capture_some(Modelled& each) {
    const auto sum = amount();
    const auto asked = order(next("c"), each.id, sum, kShops[each.shop]);
    const bool fits =
        sum <= each.amount &&
        (each.state == State::kOpen || (each.state == State::kExpired && used(each.number) + sum <= kLimit));
    const auto made = capture(asked);
    ASSERT_EQ(made.has_value(), fits) << (made ? "" : made.error().detail);
    if (!fits) return;
    ASSERT_EQ(take(capture(asked)).id, made.value().id);
    each.state = State::kCaptured;
    each.captured = sum;
    each.capture = made.value().id;
  }

  void refund_some(Modelled& each) {
    const auto sum = amount() / 2 + 1;
    const auto asked = order(next("f"), each.id, sum, kShops[each.shop]);
    const bool fits = each.state == State::kCaptured && each.refunded + sum <= each.captured;
    const auto made = refund(asked);
    ASSERT_EQ(made.has_value(), fits) << (made ? "" : made.error().detail);
    if (!fits) return;
    ASSERT_EQ(take(refund(asked)).id, made.value().id);
    each.refunded += sum;
    each.refunds_that_stand[made.value().id] = sum;
  }

  void reverse_some(Modelled& each) {
    if (!each.refunds_that_stand.empty()) {
      const auto [undone, sum] = *each.refunds_that_stand.begin();
      ASSERT_FALSE(reverse(each.capture, next("v")));
      take(reverse(undone, next("v")));
      ASSERT_FALSE(reverse(undone, next("v")));
      each.refunded -= sum;
      each.refunds_that_stand.erase(undone);
      owed_again[each.number] += sum;
    } else if (each.state == State::kCaptured) {
      const auto reference = next("v");
      ASSERT_EQ(take(reverse(each.capture, reference)).id, take(reverse(each.capture, reference)).id);
      each.state = State::kReversed;
      each.captured = 0;
    }
  }

  void release(Modelled& each) {
    ASSERT_EQ(desk.release(kShops[each.shop], each.reference).has_value(), each.state != State::kCaptured);
    if (each.state == State::kOpen || each.state == State::kExpired) each.state = State::kVoided;
  }

  void let_time_pass() {
    clock.advance(Seconds{static_cast<std::int64_t>(below(12 * 3600))});
    take(desk.free_expired());
    for (Modelled& each : modelled)
      if (each.state == State::kOpen && each.frees <= clock.now()) each.state = State::kExpired;
  }

  void act() {
    Modelled* const each = any();
    switch (each == nullptr ? 0 : below(10)) {
      case 0:
      case 1:
      case 2:
        return authorize();
      case 3:
      case 4:
        return capture_some(*each);
      case 5:
      case 6:
        return refund_some(*each);
      case 7:
        return reverse_some(*each);
      case 8:
        return release(*each);
      default:
        return let_time_pass();
    }
  }

  void compare() {
    expect_balance();
    const auto report = reconciled();
    for (const Account& known : take(accounts->list("", 10))) {
      const auto number = static_cast<std::size_t>(std::ranges::find(ids, known.id) - ids.begin());
      ASSERT_EQ(known.held + known.owed, used(number));
      ASSERT_LE(known.held + known.owed, kLimit + owed_again[number]);
    }
    for (const auto& total : report.merchants) {
      std::int64_t due = 0;
      for (const Modelled& each : modelled)
        if (kShops[each.shop] == total.merchant) due += each.captured - each.refunded;
      ASSERT_EQ(total.due, due);
    }
  }

  std::mt19937 random{GetParam()};
  std::vector<std::string> ids;
  std::vector<Modelled> modelled;
  std::array<std::int64_t, std::size(kNumbers)> owed_again{};  // by reversed refunds, which ask no limit
  int references = 0;
};

TEST_P(RandomActs, LeaveTheLedgerBalancedAfterEveryStep) {
  const int steps = std::getenv("COUNTERSIGN_FULL") == nullptr ? 150 : 1'500;
  for (int step = 0; step < steps; ++step) {
    act();
    compare();
    ASSERT_FALSE(HasFailure()) << "step " << step << " of seed " << GetParam();
    clock.advance(Seconds{7});
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomActs, testing::Values(1U, 2U, 3U, 4U, 5U, 6U));

}  // namespace
}  // namespace countersign::cardcompany
