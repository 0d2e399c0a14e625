// SPDX-License-Identifier: Apache-2.0
#include "merchant/capture_desk.h"

#include <algorithm>

#include "base/log.h"
#include "crypto/digest.h"
#include "merchant/extract_check.h"
#include "merchant/movement_check.h"
#include "merchant/split_store.h"
#include "x509/cms.h"

namespace countersign::merchant {
namespace {

constexpr int kBatch = 50;
constexpr Seconds kFirstDelay{2};
constexpr Seconds kLongestDelay{300};
constexpr int kMostUnanswered = 3;

Seconds delay_after(std::int64_t attempts) {
  const auto doublings = static_cast<int>(std::clamp<std::int64_t>(attempts, 0, 9));
  return std::min(kFirstDelay * (1 << doublings), kLongestDelay);
}

}  // namespace

Result<CaptureDesk::Situation> CaptureDesk::look_up(std::string_view order_id) const {
  std::optional<StoredCapture> capture;
  std::optional<StoredOrder> order;
  std::optional<StoredAnswer> answer;
  std::optional<StoredSplitPayment> split;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(capture, find_capture(reader, order_id));
    TRY(order, find_order(reader, order_id));
    TRY(answer, find_answer(reader, order_id));
    if (!order) return ok();
    TRY(split, find_standing_approval(reader, order->checkout));
    return ok();
  }));
  if (!capture || !order || !answer || !split)
    return fail(ErrorCode::kInternal, "captures: without an order, its confirmation or its approval");
  TRY(auto document, documents::parse_order(order->document));
  // Both were verified before they were stored.
  TRY(const auto confirmed, x509::UnverifiedCms::parse(answer->answer.document));
  TRY(auto confirmation, documents::parse_confirmation(confirmed.unverified_content()));
  TRY(const auto reviewed, x509::UnverifiedCms::parse(split->result));
  TRY(auto review, documents::parse_review_result(reviewed.unverified_content()));
  return Situation{std::move(*capture), std::move(*order), std::move(document), std::move(confirmation),
                   std::move(review)};
}

Result<Bytes> CaptureDesk::extract_for(const Situation& at) {
  if (!at.capture.extract.empty()) return at.capture.extract;
  TRY(auto extract, authority_.extract({at.order.id, crypto::sha256(at.stored_order.document)}));
  TRY(check_extract(extract, at.confirmation, *context_.network.anchor, context_.clock.now()));
  TRY(context_.database.write(
      [&](storage::Transaction& transaction) { return put_extract(transaction, at.order.id, extract); }));
  return extract;
}

// The company's id of the movement.
Result<std::string> CaptureDesk::capture(const Situation& at) {
  TRY(auto* const company, companies_.access_to(at.order.card_company->subject));
  TRY(auto extract, extract_for(at));
  const documents::CaptureRequest request{at.order.id, std::move(extract), at.order.total};
  TRY(auto answer, company->capture(request));
  TRY(check_movement(answer, {"capture", request.reference, at.review.authorization, request.amount}));
  return std::move(answer.id);
}

Result<void> CaptureDesk::conclude(const Situation& at, const Result<std::string>& movement) {
  const TimePoint now = context_.clock.now();
  StoredCapture capture = at.capture;
  std::optional<TimePoint> next;
  ++capture.attempts;
  if (movement) {
    capture.state = StoredCapture::State::kCaptured;
    capture.movement = movement.value();
    capture.last_error.clear();
  } else if (is_temporary(movement.error().code) || now < *at.review.capture_until) {
    capture.last_error = movement.error().detail;
    next = now + delay_after(at.capture.attempts);
  } else {
    capture.state = StoredCapture::State::kFailed;
    capture.last_error = movement.error().detail;
  }
  return context_.database.write(
      [&](storage::Transaction& transaction) { return put_capture(transaction, capture, next); });
}

Result<int> CaptureDesk::capture_due() {
  std::vector<std::string> due;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(due, due_captures(reader, context_.clock.now(), kBatch));
    return ok();
  }));
  int captured = 0;
  int unanswered = 0;  // in a row
  for (const auto& order_id : due) {
    const auto at = look_up(order_id);
    const auto movement = at ? capture(at.value()) : Result<std::string>(fail(at.error()));
    if (at) {
      TRY(conclude(at.value(), movement));
    }
    if (movement) {
      ++captured;
      unanswered = 0;
      log_event(LogLevel::kInfo, "payment_captured", {{"order", order_id}, {"movement", movement.value()}});
      continue;
    }
    log_error("payment_not_captured", movement.error(), {{"order", order_id}});
    unanswered = movement.error().code == ErrorCode::kUnavailable ? unanswered + 1 : 0;
    if (unanswered == kMostUnanswered) break;
  }
  return captured;
}

}  // namespace countersign::merchant
