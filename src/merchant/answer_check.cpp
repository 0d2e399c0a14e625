// SPDX-License-Identifier: Apache-2.0
#include "merchant/answer_check.h"

#include "crypto/digest.h"
#include "documents/confirmation.h"
#include "evidence/verify.h"
#include "merchant/receipt_desk.h"
#include "x509/cms.h"

namespace countersign::merchant {
namespace {

Result<void> require_own(const x509::Name& data_centre, const NetworkView& network) {
  if (data_centre == network.data_centre) return ok();
  return fail(ErrorCode::kConflict, "answer: of another data centre");
}

Result<void> check_same_review(const std::optional<documents::Review>& stated,
                               const std::optional<documents::Review>& sent) {
  if (stated.has_value() != sent.has_value())
    return fail(ErrorCode::kConflict, "confirmation.review: not where one was sent, or one where none was");
  if (!sent) return ok();
  if (stated->digest != sent->digest)
    return fail(ErrorCode::kConflict, "confirmation.review: of another result");
  if (stated->code != sent->code)
    return fail(ErrorCode::kConflict, "confirmation.review: of another authorization");
  return ok();
}

Result<CheckedAnswer> check_confirmation(const SignedAnswer& answer, const AskedOrder& asked,
                                         const NetworkView& network) {
  TRY(const auto report, evidence::verify_confirmation(answer.document, *network.anchor()));
  if (!report.confirmation) return fail(ErrorCode::kInternal, "confirmation: verified, but not read");
  TRY(require_own(report.confirmation->data_centre, network));
  TRY(network.trust->note(network.trust->expect_confirms(
      report.signatures.front().signer, network.data_centre, network::AnchorSource::Answer::kConfirmation,
      report.confirmation->time)));
  if (report.confirmation->order_id != asked.order_id)
    return fail(ErrorCode::kConflict, "confirmation: of another order");
  if (!equal(report.confirmation->countersigned_order, asked.countersigned_order))
    return fail(ErrorCode::kConflict, "confirmation: of another countersigned order");
  TRY(check_same_review(report.confirmation->review, asked.review));
  if (!answer.receipt.empty()) {
    TRY(check_receipt(answer.receipt, answer.document, network));
  }
  return CheckedAnswer{{answer, ""}, true};
}

Result<CheckedAnswer> check_refusal(const SignedAnswer& answer, const AskedOrder& asked,
                                    const NetworkView& network, TimePoint now) {
  const auto anchor = network.anchor();
  TRY(const auto document,
      x509::verify_signed_document(answer.document, *anchor, x509::Role::kConfirmationSigner, now));
  TRY(const auto refusal, documents::parse_refusal(document.cms.content));
  TRY(require_own(refusal.data_centre, network));
  TRY(network.trust->expect_confirms(document.signer, network.data_centre,
                                     network::AnchorSource::Answer::kRefusal, now));
  if (refusal.request != crypto::sha256(asked.countersigned_order))
    return fail(ErrorCode::kConflict, "refusal: of another countersigned order");
  return CheckedAnswer{{answer, std::string(error_name(refusal.reasons.front().code))}, refusal.final};
}

}  // namespace

Result<CheckedAnswer> check_answer(const SignedAnswer& answer, const AskedOrder& asked,
                                   const NetworkView& network, TimePoint now) {
  if (answer.kind == SignedAnswer::Kind::kConfirmation) return check_confirmation(answer, asked, network);
  return check_refusal(answer, asked, network, now);
}

}  // namespace countersign::merchant
