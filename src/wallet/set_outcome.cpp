// SPDX-License-Identifier: Apache-2.0
#include "wallet/set_outcome.h"

#include "x509/cms.h"

namespace countersign::wallet {
namespace {

// The company's CMS out of the merchant's (S53).
Result<Bytes> open_relay(BytesView review, const ReviewContext& context) {
  TRY(const auto relay,
      x509::verify_signed_document(review, context.anchor, x509::Role::kMerchant, context.now));
  if (!(relay.signer == context.merchant))
    return fail(ErrorCode::kForbidden, "outcome.review: is not signed by whom this channel leads to");
  if (relay.cms.content_type != x509::ContentType::kSignedData)
    return fail(ErrorCode::kMalformed, "outcome.review: is not around a signed document");
  return to_bytes(relay.cms.content);
}

Result<documents::ReviewResult> open_result(BytesView der, const ReviewContext& context) {
  TRY(const auto document,
      x509::verify_signed_document(der, context.anchor, x509::Role::kCardCompany, context.now));
  if (!(document.signer.subject() == context.terms.card_company.subject))
    return fail(ErrorCode::kForbidden, "review-result: is not signed by the order's card company");
  if (document.signer.fingerprint() != context.signer)
    return fail(ErrorCode::kForbidden, "review-result: is not signed with the certificate that was offered");
  if (document.cms.content_type != x509::ContentType::kData)
    return fail(ErrorCode::kMalformed, "review-result: is around another signature");
  return documents::parse_review_result(document.cms.content);
}

Result<void> check_verdict(const documents::ReviewResult& result, const documents::Outcome& outcome) {
  const bool is_declined = outcome.kind == documents::Outcome::Kind::kDeclined;
  if (result.approved == is_declined)
    return fail(ErrorCode::kForbidden, "outcome.kind: is not what the card company says");
  if (is_declined && result.code != outcome.code)
    return fail(ErrorCode::kForbidden, "outcome.code: is not what the card company says");
  return ok();
}

}  // namespace

Result<documents::ReviewResult> verify_review(const documents::Outcome& outcome,
                                              const ReviewContext& context) {
  if (!outcome.review || !outcome.payment)
    return fail(ErrorCode::kMalformed, "outcome.review: the card company's answer is not there");
  TRY(const auto der, open_relay(*outcome.review, context));
  TRY(auto result, open_result(der, context));
  TRY(documents::check_reviewed(result, context.terms, context.instruction));
  if (!equal(*outcome.payment, context.envelope))
    return fail(ErrorCode::kConflict, "outcome.payment: is not what this wallet sent");
  TRY(check_verdict(result, outcome));
  return result;
}

Result<KeptReview> read_review(BytesView review) {
  TRY(const auto relay, x509::UnverifiedCms::parse(review));
  TRY(const auto document, x509::UnverifiedCms::parse(relay.unverified_content()));
  TRY(auto result, documents::parse_review_result(document.unverified_content()));
  return KeptReview{std::move(result), documents::review_digest(document.unverified_content())};
}

Result<void> check_review(const documents::Confirmation& confirmation, const KeptReview& kept) {
  if (!confirmation.review)
    return fail(ErrorCode::kConflict, "confirmation.review: names no answer of the card company");
  if (confirmation.review->digest != kept.digest)
    return fail(ErrorCode::kConflict, "confirmation.review: names another answer of the card company");
  if (!kept.result.approved || confirmation.review->code != kept.result.authorization)
    return fail(ErrorCode::kConflict, "confirmation.review: names another authorization");
  return ok();
}

}  // namespace countersign::wallet
