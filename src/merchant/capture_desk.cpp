// SPDX-License-Identifier: Apache-2.0
#include "merchant/capture_desk.h"

#include "base/log.h"
#include "crypto/digest.h"
#include "merchant/away_companies.h"
#include "merchant/extract_check.h"
#include "merchant/movement_check.h"
#include "merchant/retry_delay.h"
#include "merchant/split_store.h"
#include "merchant/webhook_store.h"
#include "x509/cms.h"

namespace countersign::merchant {
namespace {

constexpr int kBatch = 50;
constexpr RetryDelays kDelays{Seconds(2), Seconds(300)};

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
  if (!document.card_company) return fail(ErrorCode::kInternal, "captures: of an order without a company");
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
  TRY(check_extract(extract, at.confirmation, *context_.network.anchor(), context_.clock.now()));
  TRY(context_.database.write(
      [&](storage::Transaction& transaction) { return put_extract(transaction, at.order.id, extract); }));
  return extract;
}

Result<CompanyAnswer<documents::MovementAnswer>> CaptureDesk::ask(const Situation& at) {
  TRY(auto* const company, companies_.access_to(at.order.card_company->subject));
  TRY(auto extract, extract_for(at));
  const documents::CaptureRequest request{at.order.id, std::move(extract), at.order.total};
  TRY(auto answer, company->capture(request));
  if (const auto* movement = std::get_if<documents::MovementAnswer>(&answer)) {
    TRY(check_movement(*movement, {"capture", request.reference, at.review.authorization, request.amount}));
  }
  return answer;
}

// An approval that freed itself is approved again in some companies: while its time lasts nothing is final.
Result<StoredCapture::State> CaptureDesk::go_on(const Situation& at) {
  TRY(const auto answer, ask(at));
  StoredCapture capture = at.capture;
  ++capture.attempts;
  if (const auto* movement = std::get_if<documents::MovementAnswer>(&answer)) {
    capture.state = StoredCapture::State::kCaptured;
    capture.movement = movement->id;
    capture.last_error.clear();
    return conclude(at, std::move(capture));
  }
  const auto& problem = std::get<CompanyRefusal>(answer).problem;
  if (!is_about_the_movement(problem.code) || context_.clock.now() < *at.review.capture_until)
    return fail(problem, "card company");
  capture.state = StoredCapture::State::kFailed;
  capture.last_error = problem.detail;
  return conclude(at, std::move(capture));
}

Result<StoredCapture::State> CaptureDesk::conclude(const Situation& at, StoredCapture capture) {
  const bool is_captured = capture.state == StoredCapture::State::kCaptured;
  TRY(context_.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(const bool changed, put_capture(transaction, capture, std::nullopt));
    if (!changed) return ok();
    TRY(const auto checkout, require_checkout(transaction, at.stored_order.checkout));
    return enqueue_payment_event(transaction, checkout, at.order.id,
                                 {is_captured ? "captured" : "failed", context_.clock.now()});
  }));
  if (is_captured)
    log_event(LogLevel::kInfo, "payment_captured", {{"order", at.order.id}, {"movement", capture.movement}});
  else
    log_event(LogLevel::kError, "capture_failed",
              {{"order", at.order.id},
               {"company", at.order.card_company->subject.text()},
               {"authorization", at.review.authorization},
               {"detail", capture.last_error}});
  return capture.state;
}

Result<void> CaptureDesk::postpone(std::string_view order_id, const Error& error, Seconds delay) {
  log_error("payment_not_captured", error, {{"order", order_id}});
  return context_.database.write([&](storage::Transaction& transaction) {
    return postpone_capture(transaction, order_id, error.detail, context_.clock.now() + delay);
  });
}

Result<int> CaptureDesk::capture_due() {
  std::vector<std::string> due;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(due, due_captures(reader, context_.clock.now(), kBatch));
    return ok();
  }));
  int captured = 0;
  AwayCompanies away;
  for (const auto& order_id : due) {
    const auto at = look_up(order_id);
    if (!at) {
      TRY(postpone(order_id, at.error(), kDelays.longest));
      continue;
    }
    const std::string company = at.value().order.card_company->subject.text();
    if (away.is_away(company)) continue;
    const auto state = go_on(at.value());
    if (state) {
      away.note_answer(company);
      if (state.value() == StoredCapture::State::kCaptured) ++captured;
      continue;
    }
    away.note_error(company, state.error().code);
    TRY(postpone(order_id, state.error(), delay_after(at.value().capture.attempts, kDelays)));
  }
  return captured;
}

}  // namespace countersign::merchant
