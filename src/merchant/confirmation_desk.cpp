// SPDX-License-Identifier: Apache-2.0
#include "merchant/confirmation_desk.h"

#include "base/log.h"
#include "documents/order.h"
#include "merchant/capture_store.h"
#include "merchant/order_composer.h"
#include "merchant/receipt_store.h"
#include "merchant/retry_delay.h"
#include "merchant/review_check.h"
#include "merchant/split_store.h"
#include "merchant/webhook_store.h"
#include "x509/cms.h"

namespace countersign::merchant {
namespace {

// A countersigned order is asked about by whoever stored it; the others wait this long before they ask, too.
constexpr RetryDelays kDelays{Seconds(1), Seconds(300)};
constexpr int kBatch = 50;
// Witnesses are asked at once, and answer within seconds.
constexpr Seconds kUntilWitnessed{5};

// Whether an order of this checkout may be countersigned at `now`.
Result<void> require_signable(const Checkout& checkout, TimePoint now) {
  if (checkout.state == CheckoutState::kCancelled)
    return fail(ErrorCode::kCancelled, "checkout was cancelled");
  if (checkout.state == CheckoutState::kExpired || checkout.expires <= now)
    return fail(ErrorCode::kExpired, "checkout expired before the order was signed");
  return ok();
}

// Of an order whose payment is split nothing is countersigned but the very signature whose payment the card
// company approved.
Result<void> require_approval(storage::Reader& reader, std::string_view checkout, BytesView signed_order) {
  TRY(const auto approved, find_standing_approval(reader, checkout));
  if (!approved) return fail(ErrorCode::kForbidden, "payment: not approved by the card company");
  if (!equal(approved->payment.signed_order, signed_order))
    return fail(ErrorCode::kConflict, "signed order: not the one whose payment was approved");
  return ok();
}

// The card company's result that goes with an order to the authority; nothing but in profile set.
Result<std::optional<Bytes>> review_for(storage::Reader& reader, const StoredOrder& stored) {
  TRY(const auto order, documents::parse_order(stored.document));
  if (order.profile != documents::OrderProfile::kSet) return std::nullopt;
  TRY(auto approved, find_standing_approval(reader, stored.checkout));
  if (!approved) return fail(ErrorCode::kInternal, "payments: countersigned without an approval");
  return std::optional(std::move(approved->result));
}

}  // namespace

ConfirmationDesk::ConfirmationDesk(GatewayContext context, ConfirmationAccess& authority)
    : context_(context), authority_(authority) {}

Result<CheckedAnswer> ConfirmationDesk::accept(std::string_view checkout_id, BytesView signed_order,
                                               OrderPath path) {
  std::optional<StoredOrder> order;
  bool is_countersigned = false;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(require_checkout(reader, checkout_id));
    TRY(order, find_order_of(reader, checkout_id));
    if (!order) return fail(ErrorCode::kNotFound, "no order was taken from this checkout");
    TRY(const auto countersigned, find_countersigned(reader, order->id));
    is_countersigned = countersigned.has_value();
    return ok();
  }));
  TRY(const auto purchaser, x509::Certificate::from_der(order->purchaser));
  TRY(verify_signed_order(signed_order, order->document, purchaser));
  if (!is_countersigned) {
    TRY(countersign(*order, signed_order, path));
    if (context_.watch != nullptr) context_.watch->changed(checkout_id, CheckoutState::kConfirming);
  }
  return settle(order->id);
}

Result<void> ConfirmationDesk::countersign(const StoredOrder& stored, BytesView signed_order,
                                           OrderPath path) {
  const TimePoint now = context_.clock.now();
  TRY(const auto order, documents::parse_order(stored.document));
  if (path == OrderPath::kAlone && order.profile != documents::OrderProfile::kDirect)
    return fail(ErrorCode::kForbidden, "an order that is paid in the dialogue is signed in the dialogue");
  TRY(const auto signer, context_.identity.signer_of(order.merchant.certificate));
  TRY(const auto countersigned,
      x509::sign_cms(signer, signed_order,
                     {.content_type = x509::ContentType::kSignedData, .signing_time = now}));
  return context_.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(auto checkout, require_checkout(transaction, stored.checkout));
    TRY(const auto earlier, find_countersigned(transaction, stored.id));
    if (earlier) return ok();  // the same order on another connection was faster; its bytes stay
    TRY(require_signable(checkout, now));
    if (order.profile == documents::OrderProfile::kSet) {
      TRY(require_approval(transaction, stored.checkout, signed_order));
    }
    TRY(insert_countersigned(transaction, stored.id, countersigned, now + delay_after(0, kDelays)));
    return set_checkout_state(transaction, stored.checkout, CheckoutState::kConfirming);
  });
}

Result<CheckedAnswer> ConfirmationDesk::settle(std::string_view order_id) {
  std::optional<StoredAnswer> answered;
  std::optional<StoredOrder> order;
  std::optional<StoredCountersignedOrder> countersigned;
  std::optional<Bytes> review;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(answered, find_answer(reader, order_id));
    TRY(order, find_order(reader, order_id));
    TRY(countersigned, find_countersigned(reader, order_id));
    if (!order || !countersigned) return fail(ErrorCode::kNotFound, "order " + std::string(order_id));
    if (answered) return ok();
    TRY(review, review_for(reader, *order));
    return ok();
  }));
  if (answered) return CheckedAnswer{std::move(*answered), true};

  AskedOrder asked{order->id, countersigned->document};
  if (review) {
    TRY(asked.review, review_in(*review));
  }
  const auto received = authority_.confirm(countersigned->document, review);
  const auto checked = received
                           ? check_answer(received.value(), asked, context_.network, context_.clock.now())
                           : Result<CheckedAnswer>(fail(received.error()));
  if (!checked) {
    log_error("confirmation_not_obtained", checked.error(), {{"order", order->id}});
    TRY(postpone(*countersigned, checked.error().detail));
    return fail(checked.error());
  }
  if (!checked.value().is_final) {
    TRY(postpone(*countersigned, "temporary refusal: " + checked.value().answer.code));
    return checked.value();
  }
  return store(*order, checked.value());
}

Result<CheckedAnswer> ConfirmationDesk::store(const StoredOrder& order, const CheckedAnswer& answer) {
  CheckedAnswer stored = answer;
  TRY(context_.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(auto earlier, find_answer(transaction, order.id));
    if (earlier) {
      stored.answer = std::move(*earlier);
      return ok();
    }
    const TimePoint now = context_.clock.now();
    const bool confirmed = answer.answer.answer.kind == SignedAnswer::Kind::kConfirmation;
    TRY(insert_answer(transaction, order.id, answer.answer, now));
    TRY(const auto document, documents::parse_order(order.document));
    if (confirmed && document.profile == documents::OrderProfile::kSet) {
      TRY(insert_capture(transaction, order.id, now));
    }
    if (confirmed) {
      TRY(begin_receipt(transaction, order.id, answer.answer.answer, now + kUntilWitnessed));
    }
    TRY(auto checkout, require_checkout(transaction, order.checkout));
    checkout.state = confirmed ? CheckoutState::kConfirmed : CheckoutState::kRefused;
    TRY(set_checkout_state(transaction, checkout.id, checkout.state));
    return enqueue_event(transaction, checkout, order.id, now);
  }));
  if (context_.watch != nullptr) {
    const bool confirmed = stored.answer.answer.kind == SignedAnswer::Kind::kConfirmation;
    context_.watch->changed(order.checkout, confirmed ? CheckoutState::kConfirmed : CheckoutState::kRefused);
  }
  return stored;
}

Result<void> ConfirmationDesk::postpone(const StoredCountersignedOrder& countersigned,
                                        std::string_view reason) {
  return context_.database.write([&](storage::Transaction& transaction) {
    return postpone_confirmation(transaction, countersigned.order_id, reason,
                                 context_.clock.now() + delay_after(countersigned.attempts, kDelays));
  });
}

Result<int> ConfirmationDesk::resume_pending() {
  std::vector<std::string> pending;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(pending, pending_confirmations(reader, context_.clock.now(), kBatch));
    return ok();
  }));
  int settled = 0;
  for (const auto& order_id : pending) {
    const auto answer = settle(order_id);
    if (answer && answer.value().is_final) ++settled;
    if (!answer && answer.error().code == ErrorCode::kUnavailable) break;
  }
  return settled;
}

}  // namespace countersign::merchant
