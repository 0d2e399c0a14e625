// SPDX-License-Identifier: Apache-2.0
#include "authority/confirmation/verify_review.h"

#include "documents/split_payment.h"
#include "x509/cms.h"

namespace countersign::authority {
namespace {

using Reasons = std::vector<documents::RefusalReason>;

void refuse(Reasons& reasons, ErrorCode code, std::string_view detail) {
  reasons.push_back({code, "review" + std::string(detail)});
}

// What the company says against what the purchaser signed.
void judge_result(const documents::ReviewResult& result, const x509::Certificate& company,
                  const documents::SplitTerms& expected, const Sha256Digest& payment_digest,
                  Reasons& reasons) {
  if (company.subject() != expected.card_company.subject)
    refuse(reasons, ErrorCode::kForbidden, ": by another card company than the order's");
  if (!result.approved) refuse(reasons, ErrorCode::kForbidden, ".verdict: the payment was declined");
  if (auto reviewed = documents::check_reviewed(result, expected, payment_digest); !reviewed)
    reasons.push_back({reviewed.error().code, reviewed.error().detail});
}

}  // namespace

Result<JudgedReview> verify_review(BytesView review, const ReviewedOrder& ordered, KnownCertificates& known) {
  TRY(const documents::SplitTerms expected, documents::terms_of(ordered.order, ordered.bytes));
  JudgedReview judged;
  const auto refused = [&judged](const Error& error) {
    refuse(judged.reasons, error.code, ": " + error.detail);
    return std::move(judged);
  };
  const Result<x509::UnverifiedCms> cms = x509::UnverifiedCms::parse(review);
  if (!cms) return refused(cms.error());
  if (cms.value().content_type() != x509::ContentType::kData)
    return refused({ErrorCode::kMalformed, "its content is not a document"});
  const auto company = known.find_signer(cms.value());
  if (!company) {
    if (is_our_fault(company.error().code)) return fail(company.error());
    return refused(company.error());
  }
  const KnownCertificate& signer = *company.value();
  if (signer.role != x509::Role::kCardCompany) {
    const std::string role(x509::profile_of(signer.role).name);
    return refused({ErrorCode::kWrongRole, "its certificate is for the role " + role});
  }
  const Result<x509::VerifiedCms> verified = x509::verify_cms(cms.value(), signer.certificate);
  if (!verified) return refused(verified.error());
  const auto result = documents::parse_review_result(verified.value().content);
  if (!result) return refused(result.error());

  judge_result(result.value(), signer.certificate, expected, ordered.payment_digest, judged.reasons);
  judged.company = company.value();
  judged.named = {documents::review_digest(verified.value().content), result.value().authorization};
  judged.capture_until = result.value().capture_until;
  return judged;
}

}  // namespace countersign::authority
