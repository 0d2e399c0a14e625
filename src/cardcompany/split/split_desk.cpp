// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/split/split_desk.h"

#include "cardcompany/ledger/movement.h"
#include "cardcompany/split/extract_check.h"
#include "crypto/digest.h"

namespace countersign::cardcompany {
namespace {

using State = Authorization::State;

// What tells one request from another: the digests of its parts.
Sha256Digest digest_of(const documents::SplitAuthorizationRequest& request) {
  Bytes parts;
  for (const Bytes* part : {&request.agreement, &request.signed_order, &request.payment}) {
    const Sha256Digest digest = crypto::sha256(*part);
    parts.insert(parts.end(), digest.begin(), digest.end());
  }
  return crypto::sha256(parts);
}

// The answer to a payment that was decided before. What freed itself may be captured yet; what was released
// or undone is not, and whoever relied on the old answer would ship for nothing.
Result<Bytes> answer_again(const StoredReview& review) {
  const Authorization& decided = review.authorization;
  if (decided.state == State::kReleased && decided.code != "expired")
    return fail(ErrorCode::kConflict,
                "S47 payment: was released, or what was captured on it was undone: pay anew");
  return review.signed_result;
}

documents::MovementAnswer describe(const Movement& movement) {
  return {.id = movement.id,
          .kind = std::string(movement_kind_name(movement.kind)),
          .reference = movement.reference,
          .authorization = movement.authorization,
          .amount = movement.amount,
          .made = movement.made};
}

Result<StoredReview> require_review(storage::Reader& reader, std::string_view merchant,
                                    std::string_view authorization) {
  TRY(auto review, find_review(reader, merchant, authorization));
  if (!review) return fail(ErrorCode::kNotFound, "authorization: no split payment of this merchant's");
  return std::move(*review);
}

}  // namespace

SplitDesk::Case SplitDesk::case_of(CheckedPayment payment, std::string merchant,
                                   const Sha256Digest& request) const {
  Question question{.reference = hex_encode(payment.instruction),
                    .order = payment.terms.order,
                    .amount = payment.terms.amount,
                    .means = std::move(payment.payment),
                    .expires = payment.terms.expires,
                    .split = SplitQuestion{payment.terms.purchaser.subject.text(), payment.terms.transaction},
                    .foreign_home = company_.trust->foreign_home_of(payment.terms.purchaser.subject)};
  return {std::move(merchant), request, payment.instruction, std::move(payment.terms), std::move(question)};
}

// S50.
Result<NewReview> SplitDesk::sign(const Case& asked, const Authorization& decided) const {
  const bool is_approved = decided.state == State::kApproved;
  documents::ReviewResult result{.terms = asked.terms,
                                 .instruction = asked.instruction,
                                 .approved = is_approved,
                                 .authorization = is_approved ? decided.id : "",
                                 .code = decided.code,
                                 .decided = decided.decided,
                                 .capture_until = std::nullopt};
  if (is_approved) result.capture_until = parts_.desk.frees_at(decided);
  TRY(auto json, documents::write_review_result(result));
  TRY(auto signed_result, company_.signer.sign(json, {.content_type = x509::ContentType::kData,
                                                      .signing_time = decided.decided}));
  return NewReview{decided.id, asked.request, std::move(json), std::move(signed_result)};
}

// S47: a reference that is taken, though nothing was signed under it, was released before or asked for
// otherwise.
Result<Bytes> SplitDesk::decide(storage::Transaction& transaction, const Case& asked) const {
  const std::string& reference = asked.question.reference;
  TRY(const auto known, find_review_of_reference(transaction, asked.merchant, reference));
  if (known) return answer_again(*known);
  TRY(const auto taken, find_reference(transaction, asked.merchant, reference));
  if (taken)
    return fail(ErrorCode::kConflict, "S47 payment: was released before it was asked, or asked otherwise");
  auto decided = parts_.desk.decide(transaction, asked.merchant, asked.question, parts_.clock.now());
  if (!decided) return fail(std::move(decided).error(), "S47 payment");
  TRY(auto review, sign(asked, decided.value()));
  TRY(insert_review(transaction, review));
  return std::move(review.signed_result);
}

Result<Bytes> SplitDesk::authorize(const x509::Certificate& merchant,
                                   const documents::SplitAuthorizationRequest& request) const {
  const std::string asks = merchant.subject().text();
  const Sha256Digest digest = digest_of(request);
  std::optional<StoredReview> known;
  TRY(parts_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(known, find_review_of_request(reader, asks, digest));
    return ok();
  }));
  if (known) return answer_again(*known);
  const auto anchor = company_.trust->current();
  TRY(auto payment, company_.trust->note(check_split_request(request, merchant, *anchor, company_.agreement,
                                                             parts_.clock.now())));
  if (!(payment.merchant == merchant)) {
    TRY(parts_.status.require_good(payment.merchant, "S44 agreement.merchant"));
  }
  TRY(parts_.status.require_good(payment.purchaser, "S45 purchaser"));
  const Case asked = case_of(std::move(payment), asks, digest);
  Bytes answer;
  TRY(parts_.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(answer, decide(transaction, asked));
    return ok();
  }));
  return answer;
}

Result<documents::MovementAnswer> SplitDesk::capture(const x509::Certificate& merchant,
                                                     const documents::CaptureRequest& request) const {
  TRY(const auto extract,
      verify_extract(request.extract, *company_.trust->current(), merchant, parts_.clock.now()));
  TRY(const std::string authorization, authorization_of(extract));
  const std::string asks = merchant.subject().text();
  documents::MovementAnswer answer;
  TRY(parts_.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(const auto review, require_review(transaction, asks, authorization));
    TRY(compare_extract(extract, review));
    TRY(const auto movement,
        parts_.desk.capture(transaction, {asks, request.reference, authorization, request.amount},
                            parts_.clock.now()));
    answer = describe(movement);
    return ok();
  }));
  return answer;
}

Result<documents::MovementAnswer> SplitDesk::refund(const x509::Certificate& merchant,
                                                    const documents::RefundRequest& request) const {
  const std::string asks = merchant.subject().text();
  documents::MovementAnswer answer;
  TRY(parts_.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(require_review(transaction, asks, request.authorization));
    TRY(const auto movement,
        parts_.desk.refund(transaction, {asks, request.reference, request.authorization, request.amount},
                           parts_.clock.now()));
    answer = describe(movement);
    return ok();
  }));
  return answer;
}

}  // namespace countersign::cardcompany
