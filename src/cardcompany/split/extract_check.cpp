// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/split/extract_check.h"

#include "network/authority_name.h"
#include "x509/cms.h"

namespace countersign::cardcompany {

Result<documents::Extract> verify_extract(BytesView der, const x509::TrustAnchor& anchor,
                                          const x509::Certificate& merchant, TimePoint now) {
  auto verified = x509::verify_signed_document(der, anchor, x509::Role::kConfirmationSigner, now);
  if (!verified) return fail(std::move(verified).error(), "extract");
  const x509::VerifiedCms& cms = verified.value().cms;
  if (cms.content_type != x509::ContentType::kData)
    return fail(ErrorCode::kUnsupported, "extract: signed as something else");
  TRY(auto extract, documents::parse_extract(cms.content));
  if (!(extract.merchant == merchant.subject()))
    return fail(ErrorCode::kForbidden, "extract.merchant: is not who asks");
  TRY(x509::require_speaks_for(verified.value().signer, extract.data_centre, anchor, "extract.dataCentre"));
  TRY(x509::require_speaks_for(merchant, extract.data_centre, anchor, "extract.merchant"));
  return extract;
}

Result<std::string> authorization_of(const documents::Extract& extract) {
  if (!extract.review)
    return fail(ErrorCode::kConflict, "extract.review: the payment of what was confirmed was not split");
  return extract.review->code;
}

Result<void> compare_extract(const documents::Extract& extract, const StoredReview& review) {
  const auto differs = [](std::string_view member) {
    return fail(ErrorCode::kConflict, "extract." + std::string(member) + ": not what was approved");
  };
  const documents::SplitTerms& terms = review.result.terms;
  if (!review.result.approved) return fail(ErrorCode::kConflict, "extract.review: was declined");
  if (!extract.review || extract.review->code != review.result.authorization) return differs("review.code");
  if (extract.review->digest != review.digest) return differs("review.digest");
  if (extract.order_digest != terms.order) return differs("order.digest");
  if (extract.order_id != terms.transaction) return differs("order.id");
  if (!(extract.total == terms.amount)) return differs("order.total");
  if (!(extract.merchant == terms.merchant.subject)) return differs("merchant");
  if (!(extract.purchaser == terms.purchaser.subject)) return differs("purchaser");
  return ok();
}

}  // namespace countersign::cardcompany
