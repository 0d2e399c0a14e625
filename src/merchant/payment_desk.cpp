// SPDX-License-Identifier: Apache-2.0
#include "merchant/payment_desk.h"

#include <algorithm>

#include "base/log.h"
#include "crypto/digest.h"

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
constexpr int kMostUnanswered = 3;

// What the attempts so far decide; nothing while another may be made.
std::optional<PaymentVerdict> verdict_of(const std::vector<PaymentAttempt>& attempts) {
  const auto declined =
      static_cast<int>(std::ranges::count(attempts, State::kDeclined, &PaymentAttempt::state));
  for (const PaymentAttempt& attempt : attempts)
    if (attempt.state == State::kApproved) return PaymentVerdict{true, "", 0};
  if (declined < kMostDeclined) return std::nullopt;
  return PaymentVerdict{false, attempts.back().code, 0};
}

// The merchant's reference of an attempt: the order's id, with a number from the second on.
std::string reference_of(const PaymentAttempt& attempt, const std::string& order) {
  return attempt.number == 1 ? order : order + "." + std::to_string(attempt.number);
}

}  // namespace

Result<std::vector<PaymentAttempt>> PaymentDesk::attempts(std::string_view checkout) const {
  std::vector<PaymentAttempt> found;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(found, attempts_of(reader, checkout));
    return ok();
  }));
  return found;
}

Result<PaymentVerdict> PaymentDesk::authorize(const StoredOrder& order,
                                              const documents::PaymentData& payment) {
  if (check_ == nullptr) return fail(ErrorCode::kUnsupported, "payment: this gateway takes none");
  TRY(auto earlier, attempts(order.checkout));
  if (auto decided = verdict_of(earlier)) return std::move(*decided);
  TRY(const auto attempt, begin(earlier, order, documents::method_of(payment)));
  if (!attempt) return PaymentVerdict{false, std::string(kTooManyDeclined), 0};
  TRY(const auto asked, ask(*attempt, order, payment));
  if (asked.state == State::kApproved) return PaymentVerdict{true, "", 0};
  const auto declined = std::ranges::count(earlier, State::kDeclined, &PaymentAttempt::state) + 1;
  return PaymentVerdict{false, asked.code, kMostDeclined - static_cast<int>(declined)};
}

// An attempt without an answer is asked about again; else another begins. Nothing where the purchaser had too
// many declined. Counted in the transaction that writes the attempt down: what is asked at the same time for
// other checkouts is counted, too.
Result<std::optional<PaymentAttempt>> PaymentDesk::begin(const std::vector<PaymentAttempt>& earlier,
                                                         const StoredOrder& order,
                                                         documents::PaymentMethod method) {
  const bool is_repeat = !earlier.empty() && earlier.back().state == State::kAsked;
  if (!is_repeat && earlier.size() >= kMostAttempts)
    return fail(ErrorCode::kRateLimited, "payment: too many attempts");
  TRY(const auto purchaser, x509::Certificate::from_der(order.purchaser));
  const auto number = static_cast<std::int64_t>(earlier.size()) + (is_repeat ? 0 : 1);
  PaymentAttempt attempt{order.checkout, purchaser.subject().text(), number, method, State::kAsked, "", ""};
  const TimePoint now = context_.clock.now();
  bool is_refused = false;
  TRY(context_.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(const auto refused, count_refused(transaction, attempt, {now - kHour, now - kLongestQuestion}));
    is_refused = refused >= kMostDeclinedInAnHour;
    if (is_refused) return ok();
    return is_repeat ? repeat_attempt(transaction, attempt, now) : insert_attempt(transaction, attempt, now);
  }));
  if (!is_refused) return std::optional(std::move(attempt));
  log_event(LogLevel::kWarning, "payment_not_asked", {{"order", order.id}, {"code", kTooManyDeclined}});
  return std::nullopt;
}

Result<PaymentAttempt> PaymentDesk::ask(PaymentAttempt attempt, const StoredOrder& order,
                                        const documents::PaymentData& payment) {
  TRY(const auto document, documents::parse_order(order.document));
  const auto review = check_->authorize(
      {reference_of(attempt, order.id), crypto::sha256(order.document), document.total, payment});
  if (!review) {
    log_error("payment_not_checked", review.error(), {{"order", order.id}});
    // Another payment than the one whose answer was lost: that one is given up.
    if (review.error().code == ErrorCode::kConflict) {
      attempt.state = State::kAbandoned;
      TRY(conclude(attempt));
    }
    return fail(review.error());
  }
  attempt.state = review.value().approved ? State::kApproved : State::kDeclined;
  attempt.authorization = review.value().authorization;
  attempt.code = review.value().code;
  TRY(conclude(attempt));
  log_event(LogLevel::kInfo, "payment_checked",
            {{"order", order.id}, {"state", attempt_state_name(attempt.state)}, {"code", attempt.code}});
  return attempt;
}

Result<void> PaymentDesk::conclude(const PaymentAttempt& attempt) {
  return context_.database.write(
      [&](storage::Transaction& transaction) { return conclude_attempt(transaction, attempt); });
}

Result<void> PaymentDesk::give_up(PaymentAttempt attempt) {
  std::optional<StoredOrder> order;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(order, find_order_of(reader, attempt.checkout));
    return ok();
  }));
  if (!order) return fail(ErrorCode::kInternal, "payments: without an order");
  TRY(check_->release(reference_of(attempt, order->id)));
  attempt.state = State::kReleased;
  return conclude(attempt);
}

Result<int> PaymentDesk::release_unused() {
  if (check_ == nullptr) return 0;
  const TimePoint now = context_.clock.now();
  std::vector<PaymentAttempt> unused;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(unused, unused_attempts(reader, {now - kLongestQuestion, now - kBetweenReleases}, kBatch));
    return ok();
  }));
  int released = 0;
  int unanswered = 0;  // in a row
  for (const PaymentAttempt& attempt : unused) {
    const auto given_up = give_up(attempt);
    if (given_up) {
      ++released;
      unanswered = 0;
      continue;
    }
    log_error("payment_not_released", given_up.error(),
              {{"checkout", attempt.checkout}, {"attempt", std::to_string(attempt.number)}});
    TRY(context_.database.write(
        [&](storage::Transaction& transaction) { return postpone_release(transaction, attempt, now); }));
    // The company is away: who was not reached now comes first the next time.
    unanswered = given_up.error().code == ErrorCode::kUnavailable ? unanswered + 1 : 0;
    if (unanswered == kMostUnanswered) break;
  }
  return released;
}

}  // namespace countersign::merchant
