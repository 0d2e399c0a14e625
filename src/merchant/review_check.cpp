// SPDX-License-Identifier: Apache-2.0
#include "merchant/review_check.h"

#include "x509/cms.h"

namespace countersign::merchant {
Result<documents::ReviewResult> check_review(BytesView der, const ReviewedPayment& asked,
                                             const x509::TrustAnchor& anchor, TimePoint now) {
  TRY(const auto document, x509::verify_signed_document(der, anchor, x509::Role::kCardCompany, now));
  if (document.cms.content_type != x509::ContentType::kData)
    return fail(ErrorCode::kMalformed, "review result: the content is not data");
  if (document.signer.subject() != asked.terms.card_company.subject)
    return fail(ErrorCode::kForbidden, "review result: signed by another company than the order's");
  TRY(auto result, documents::parse_review_result(document.cms.content));
  TRY(documents::check_reviewed(result, asked.terms, asked.instruction));
  return result;
}

Result<documents::Review> review_in(BytesView checked) {
  TRY(const auto cms, x509::UnverifiedCms::parse(checked));
  TRY(auto result, documents::parse_review_result(cms.unverified_content()));
  return documents::Review{documents::review_digest(cms.unverified_content()),
                           std::move(result.authorization)};
}

}  // namespace countersign::merchant
