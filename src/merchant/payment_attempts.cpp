// SPDX-License-Identifier: Apache-2.0
#include "merchant/payment_attempts.h"

#include <algorithm>

#include "base/log.h"
#include "merchant/away_companies.h"

namespace countersign::merchant {
namespace {

using State = PaymentAttempt::State;

constexpr int kMostDeclined = 3;
constexpr std::size_t kMostAttempts = 12;  // with those abandoned
// Of one purchaser within an hour: nobody mistypes more, and a card company stops the merchant, and with it
// all other purchasers, at thirty wrong numbers within a minute.
constexpr std::int64_t kMostDeclinedInAnHour = 9;
constexpr Seconds kHour{3600};
constexpr int kBatch = 50;
// After so long no question is under way any more.
constexpr Seconds kLongestQuestion{60};
// Between two tries to release the same payment.
constexpr Seconds kBetweenReleases{10};

}  // namespace

int tries_left_after(const std::vector<PaymentAttempt>& attempts) {
  const auto declined =
      static_cast<int>(std::ranges::count(attempts, State::kDeclined, &PaymentAttempt::state));
  return std::max(kMostDeclined - declined, 0);
}

Result<std::vector<PaymentAttempt>> PaymentAttempts::of(std::string_view checkout) const {
  std::vector<PaymentAttempt> found;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(found, attempts_of(reader, checkout));
    return ok();
  }));
  return found;
}

Result<std::optional<PaymentAttempt>> PaymentAttempts::begin(const std::vector<PaymentAttempt>& earlier,
                                                             const StoredOrder& order,
                                                             std::optional<documents::PaymentMethod> method,
                                                             const Beside& beside) const {
  const bool is_repeat = !earlier.empty() && earlier.back().state == State::kAsked;
  if (!is_repeat && earlier.size() >= kMostAttempts)
    return fail(ErrorCode::kRateLimited, "payment: too many attempts");
  TRY(const auto purchaser, x509::Certificate::from_der(order.purchaser));
  const auto number = static_cast<std::int64_t>(earlier.size()) + (is_repeat ? 0 : 1);
  PaymentAttempt attempt{order.checkout, purchaser.subject().text(), number, method, State::kAsked, "", ""};
  const TimePoint now = context_.clock.now();
  bool is_refused = false;
  TRY(context_.database.write([&](storage::Transaction& transaction) -> Result<void> {
    // What was asked once is asked again: the company may have approved it.
    if (is_repeat) return repeat_attempt(transaction, attempt, now);
    TRY(const auto refused, count_refused(transaction, attempt, {now - kHour, now - kLongestQuestion}));
    is_refused = refused >= kMostDeclinedInAnHour;
    if (is_refused) {
      attempt.state = State::kDeclined;
      attempt.code = kTooManyDeclined;
    }
    TRY(insert_attempt(transaction, attempt, now));
    if (!beside) return ok();
    return beside(transaction, attempt);
  }));
  if (!is_refused) return std::optional(std::move(attempt));
  log_event(LogLevel::kWarning, "payment_not_asked", {{"order", order.id}, {"code", kTooManyDeclined}});
  return std::nullopt;
}

Result<void> PaymentAttempts::repeat(const PaymentAttempt& attempt) const {
  return context_.database.write([&](storage::Transaction& transaction) {
    return repeat_attempt(transaction, attempt, context_.clock.now());
  });
}

Result<void> PaymentAttempts::conclude(const PaymentAttempt& attempt, const Beside& beside) const {
  return context_.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(const auto changed, conclude_attempt(transaction, attempt));
    if (changed != 1) return fail(ErrorCode::kGone, "payment: was given up; pay anew");
    if (!beside) return ok();
    return beside(transaction, attempt);
  });
}

Result<StoredOrder> PaymentAttempts::order_of(const PaymentAttempt& attempt) const {
  std::optional<StoredOrder> order;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(order, find_order_of(reader, attempt.checkout));
    return ok();
  }));
  if (!order) return fail(ErrorCode::kInternal, "payments: without an order");
  return std::move(*order);
}

Result<void> PaymentAttempts::give_up(const PaymentAttempt& attempt, const StoredOrder& order,
                                      const Release& release) const {
  TRY(release(attempt, order));
  return context_.database.write(
      [&](storage::Transaction& transaction) { return set_attempt_released(transaction, attempt); });
}

Result<int> PaymentAttempts::release_unused(const Release& release) const {
  const TimePoint now = context_.clock.now();
  std::vector<PaymentAttempt> unused;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(unused, unused_attempts(reader, kind_, {now - kLongestQuestion, now - kBetweenReleases}, kBatch));
    return ok();
  }));
  int released = 0;
  AwayCompanies away;
  for (const PaymentAttempt& attempt : unused) {
    const auto order = order_of(attempt);
    const auto company = order ? company_of(order.value()) : Result<std::string>(fail(order.error()));
    // Who was not reached now comes first the next time.
    if (company && away.is_away(company.value())) continue;
    const auto given_up =
        company ? give_up(attempt, order.value(), release) : Result<void>(fail(company.error()));
    if (given_up) {
      ++released;
      away.note_answer(company.value());
      continue;
    }
    log_error("payment_not_released", given_up.error(),
              {{"checkout", attempt.checkout}, {"attempt", std::to_string(attempt.number)}});
    TRY(context_.database.write(
        [&](storage::Transaction& transaction) { return postpone_release(transaction, attempt, now); }));
    if (company) away.note_error(company.value(), given_up.error().code);
  }
  return released;
}

}  // namespace countersign::merchant
