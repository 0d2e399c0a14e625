// SPDX-License-Identifier: Apache-2.0
#include "merchant/review_check.h"

#include "x509/cms.h"

namespace countersign::merchant {
namespace {

Result<void> require_same_terms(const documents::SplitTerms& stated, const documents::SplitTerms& asked) {
  const auto difference = documents::first_difference(stated, asked);
  if (difference.empty()) return ok();
  const auto code = difference == "amount" ? ErrorCode::kAmountMismatch : ErrorCode::kConflict;
  return fail(code, "review-result." + std::string(difference) + ": not that of the order");
}

}  // namespace

Result<documents::ReviewResult> check_review(BytesView der, const ReviewedPayment& asked,
                                             const x509::TrustAnchor& anchor, TimePoint now) {
  TRY(const auto document, x509::verify_signed_document(der, anchor, x509::Role::kCardCompany, now));
  if (document.cms.content_type != x509::ContentType::kData)
    return fail(ErrorCode::kMalformed, "review result: the content is not data");
  if (document.signer.subject() != asked.terms.card_company.subject)
    return fail(ErrorCode::kForbidden, "review result: signed by another company than the order's");
  TRY(auto result, documents::parse_review_result(document.cms.content));
  TRY(require_same_terms(result.terms, asked.terms));
  if (result.instruction != asked.instruction)
    return fail(ErrorCode::kConflict, "review-result.instruction: not the one that was sent");
  return result;
}

Result<documents::Review> review_in(BytesView checked) {
  TRY(const auto cms, x509::UnverifiedCms::parse(checked));
  TRY(auto result, documents::parse_review_result(cms.unverified_content()));
  return documents::Review{documents::review_digest(cms.unverified_content()),
                           std::move(result.authorization)};
}

}  // namespace countersign::merchant
