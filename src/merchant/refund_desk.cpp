// SPDX-License-Identifier: Apache-2.0
#include "merchant/refund_desk.h"

#include "base/log.h"
#include "crypto/random.h"
#include "documents/order.h"
#include "merchant/away_companies.h"
#include "merchant/capture_store.h"
#include "merchant/checkout_store.h"
#include "merchant/movement_check.h"
#include "merchant/retry_delay.h"
#include "merchant/split_store.h"

namespace countersign::merchant {
namespace {

constexpr RetryDelays kDelays{Seconds(5), Seconds(300)};
constexpr int kBatch = 50;

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
  Refund refund{crypto::random_uuid_v7(now), "", request.amount, Refund::State::kAsked, "", "", 0};
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
    return insert_refund(transaction, refund, request.request_key, {now, now + delay_after(0, kDelays)});
  }));
  if (refund.state != Refund::State::kAsked) return refund;
  return ask(*captured, refund);
}

// Whatever fails here or on the way, nobody knows what the company did.
Result<Refund> RefundDesk::ask(const Captured& captured, const Refund& refund) {
  auto decided = decide(captured, refund);
  if (decided) {
    log_event(LogLevel::kInfo, "payment_refunded",
              {{"order", refund.order_id},
               {"state", refund_state_name(decided.value().state)},
               {"code", decided.value().code}});
    return decided;
  }
  log_error("refund_unanswered", decided.error(), {{"order", refund.order_id}, {"refund", refund.id}});
  TRY(postpone(refund, decided.error().detail));
  return fail(ErrorCode::kUnavailable, "refund: " + decided.error().detail);
}

Result<Refund> RefundDesk::decide(const Captured& captured, Refund refund) {
  TRY(auto* const company, companies_.access_to(captured.company));
  const Amount amount{refund.amount, captured.total.currency};
  TRY(const auto answer, company->refund({refund.id, captured.authorization, amount}));
  if (const auto* refusal = std::get_if<CompanyRefusal>(&answer)) {
    if (!is_about_the_movement(refusal->problem.code)) return fail(refusal->problem, "card company");
    refund.state = Refund::State::kRefused;
    refund.code = error_name(refusal->problem.code);
  } else {
    const auto& movement = std::get<documents::MovementAnswer>(answer);
    TRY(check_movement(movement, {"refund", refund.id, captured.authorization, amount}));
    refund.state = Refund::State::kRefunded;
    refund.movement = movement.id;
  }
  TRY(context_.database.write(
      [&](storage::Transaction& transaction) { return conclude_refund(transaction, refund); }));
  return refund;
}

Result<void> RefundDesk::postpone(const Refund& refund, std::string_view reason) {
  const TimePoint next = context_.clock.now() + delay_after(refund.attempts, kDelays);
  return context_.database.write(
      [&](storage::Transaction& transaction) { return postpone_refund(transaction, refund, reason, next); });
}

Result<RefundDesk::Captured> RefundDesk::captured_of(const Refund& refund) const {
  std::optional<Captured> captured;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto order, find_order(reader, refund.order_id));
    if (!order) return fail(ErrorCode::kInternal, "refunds: without an order");
    TRY(captured, require_captured(reader, order->checkout));
    return ok();
  }));
  return std::move(*captured);
}

Result<int> RefundDesk::resume_asked() {
  std::vector<Refund> due;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(due, due_refunds(reader, context_.clock.now(), kBatch));
    return ok();
  }));
  int answered = 0;
  AwayCompanies away;
  for (const Refund& refund : due) {
    const auto captured = captured_of(refund);
    if (!captured) {
      log_error("refund_unanswered", captured.error(), {{"order", refund.order_id}, {"refund", refund.id}});
      TRY(postpone(refund, captured.error().detail));
      continue;
    }
    const std::string company = captured.value().company.text();
    if (away.is_away(company)) continue;
    if (ask(captured.value(), refund)) {
      ++answered;
      away.note_answer(company);
    } else {
      away.note_error(company, ErrorCode::kUnavailable);
    }
  }
  return answered;
}

}  // namespace countersign::merchant
