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
  TRY(const auto attempt, begin(earlier, order.checkout, documents::method_of(payment)));
  TRY(const auto asked, ask(attempt, order, payment));
  if (asked.state == State::kApproved) return PaymentVerdict{true, "", 0};
  const auto declined = std::ranges::count(earlier, State::kDeclined, &PaymentAttempt::state) + 1;
  return PaymentVerdict{false, asked.code, kMostDeclined - static_cast<int>(declined)};
}

// An attempt without an answer is asked about again; else another begins.
Result<PaymentAttempt> PaymentDesk::begin(const std::vector<PaymentAttempt>& earlier,
                                          std::string_view checkout, documents::PaymentMethod method) {
  if (!earlier.empty() && earlier.back().state == State::kAsked) return earlier.back();
  if (earlier.size() >= kMostAttempts) return fail(ErrorCode::kRateLimited, "payment: too many attempts");
  const auto number = static_cast<std::int64_t>(earlier.size()) + 1;
  PaymentAttempt attempt{std::string(checkout), number, method, State::kAsked, "", ""};
  TRY(context_.database.write([&](storage::Transaction& transaction) {
    return insert_attempt(transaction, attempt, context_.clock.now());
  }));
  return attempt;
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
