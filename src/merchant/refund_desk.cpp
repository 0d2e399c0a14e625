// SPDX-License-Identifier: Apache-2.0
#include "merchant/refund_desk.h"

#include "base/log.h"
#include "crypto/random.h"
#include "documents/order.h"
#include "merchant/capture_store.h"
#include "merchant/checkout_store.h"
#include "merchant/movement_check.h"
#include "merchant/split_store.h"

namespace countersign::merchant {
namespace {

// Whether the company has decided, and nothing is given back. All else leaves open whether it was.
bool is_refusal(ErrorCode code) {
  return code == ErrorCode::kAmountMismatch || code == ErrorCode::kNotFound || code == ErrorCode::kExpired ||
         code == ErrorCode::kForbidden || code == ErrorCode::kConflict;
}

}  // namespace

Result<RefundDesk::Captured> RefundDesk::require_captured(storage::Reader& reader,
                                                          std::string_view checkout) const {
  TRY(require_checkout(reader, checkout));
  TRY(const auto stored, find_order_of(reader, checkout));
  std::optional<StoredCapture> capture;
  if (stored) {
    TRY(capture, find_capture(reader, stored->id));
  }
  if (!capture || capture->state != StoredCapture::State::kCaptured)
    return fail(ErrorCode::kConflict, "refund: nothing is captured of this checkout");
  TRY(const auto approval, find_standing_approval(reader, checkout));
  TRY(const auto order, documents::parse_order(stored->document));
  if (!approval || !order.card_company)
    return fail(ErrorCode::kInternal, "captures: without an approval or a company");
  return Captured{order.id, order.total, order.card_company->subject, approval->attempt.authorization};
}

Result<Refund> RefundDesk::refund(const RefundRequest& request) {
  if (request.request_key.empty()) return fail(ErrorCode::kMalformed, "Idempotency-Key: missing");
  if (request.amount < 1) return fail(ErrorCode::kMalformed, "refund.amount: 1 at least");
  const TimePoint now = context_.clock.now();
  std::optional<Captured> captured;
  Refund refund{crypto::random_uuid_v7(now), "", request.amount, Refund::State::kAsked, "", ""};
  TRY(context_.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(captured, require_captured(transaction, request.checkout));
    refund.order_id = captured->order_id;
    TRY(auto earlier, find_refund_by_request(transaction, request.request_key));
    if (earlier && (earlier->order_id != refund.order_id || earlier->amount != refund.amount))
      return fail(ErrorCode::kConflict, "Idempotency-Key was used for another request");
    if (earlier) {
      refund = std::move(*earlier);
      return ok();
    }
    TRY(const auto refunded, sum_of_refunds(transaction, refund.order_id));
    if (refund.amount > captured->total.minor_units - refunded)
      return fail(ErrorCode::kAmountMismatch, "refund.amount: more than is left of what was captured");
    return insert_refund(transaction, refund, request.request_key, now);
  }));
  if (refund.state != Refund::State::kAsked) return refund;
  return ask(*captured, std::move(refund));
}

Result<Refund> RefundDesk::ask(const Captured& captured, Refund refund) {
  TRY(auto* const company, companies_.access_to(captured.company));
  const Amount amount{refund.amount, captured.total.currency};
  const auto answer = company->refund({refund.id, captured.authorization, amount});
  if (!answer && !is_refusal(answer.error().code)) return fail(answer.error());
  if (answer) {
    TRY(check_movement(answer.value(), {"refund", refund.id, captured.authorization, amount}));
    refund.state = Refund::State::kRefunded;
    refund.movement = answer.value().id;
  } else {
    refund.state = Refund::State::kRefused;
    refund.code = error_name(answer.error().code);
  }
  TRY(context_.database.write(
      [&](storage::Transaction& transaction) { return conclude_refund(transaction, refund); }));
  log_event(LogLevel::kInfo, "payment_refunded",
            {{"order", refund.order_id}, {"state", refund_state_name(refund.state)}, {"code", refund.code}});
  return refund;
}

}  // namespace countersign::merchant
