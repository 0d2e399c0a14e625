// SPDX-License-Identifier: Apache-2.0
#include "merchant/payment_desk.h"

#include "base/log.h"
#include "crypto/digest.h"

namespace countersign::merchant {
namespace {

using State = PaymentAttempt::State;

// What the attempts so far decide; nothing while another may be made.
std::optional<PaymentVerdict> verdict_of(const std::vector<PaymentAttempt>& attempts) {
  for (const PaymentAttempt& attempt : attempts)
    if (attempt.state == State::kApproved) return PaymentVerdict{true, "", 0};
  if (tries_left_after(attempts) > 0) return std::nullopt;
  return PaymentVerdict{false, attempts.back().code, 0};
}

// The merchant's reference of an attempt: the order's id, with a number from the second on.
std::string reference_of(const PaymentAttempt& attempt, const std::string& order) {
  return attempt.number == 1 ? order : order + "." + std::to_string(attempt.number);
}

}  // namespace

Result<PaymentVerdict> PaymentDesk::authorize(const StoredOrder& order,
                                              const documents::PaymentData& payment) {
  if (check_ == nullptr) return fail(ErrorCode::kUnsupported, "payment: this gateway takes none");
  TRY(auto earlier, attempts_.of(order.checkout));
  if (auto decided = verdict_of(earlier)) return std::move(*decided);
  TRY(const auto attempt, attempts_.begin(earlier, order, documents::method_of(payment)));
  if (!attempt) return PaymentVerdict{false, std::string(kTooManyDeclined), 0};
  TRY(const auto asked, ask(*attempt, order, payment));
  if (asked.state == State::kApproved) return PaymentVerdict{true, "", 0};
  return PaymentVerdict{false, asked.code, tries_left_after(earlier) - 1};
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
      TRY(attempts_.conclude(attempt));
    }
    return fail(review.error());
  }
  attempt.state = review.value().approved ? State::kApproved : State::kDeclined;
  attempt.authorization = review.value().authorization;
  attempt.code = review.value().code;
  TRY(attempts_.conclude(attempt));
  log_event(LogLevel::kInfo, "payment_checked",
            {{"order", order.id}, {"state", attempt_state_name(attempt.state)}, {"code", attempt.code}});
  return attempt;
}

Result<int> PaymentDesk::release_unused() {
  if (check_ == nullptr) return 0;
  return attempts_.release_unused([this](const PaymentAttempt& attempt, const StoredOrder& order) {
    return check_->release(reference_of(attempt, order.id));
  });
}

}  // namespace countersign::merchant
