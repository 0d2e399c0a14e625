// SPDX-License-Identifier: Apache-2.0
#include "evidence/verify.h"

#include "evidence/examination.h"

namespace countersign::evidence {

std::string_view kind_name(EvidenceKind kind) {
  switch (kind) {
    case EvidenceKind::kConfirmation:
      return "confirmation";
    case EvidenceKind::kRefusal:
      return "refusal";
    case EvidenceKind::kCountersignedOrder:
      return "countersigned-order";
    case EvidenceKind::kSignedOrder:
      return "signed-order";
    case EvidenceKind::kReceipt:
      return "receipt";
  }
  return "confirmation";
}

std::optional<TimePoint> Report::until() const {
  std::optional<TimePoint> first;
  const auto take = [&](const std::optional<TimePoint>& end) {
    if (end && (!first || *end < *first)) first = end;
  };
  for (const Signature& signature : signatures) take(signature.until);
  for (const Status& status : statuses) take(status.until);
  if (log) take(log->until);
  return first;
}

Report verify_evidence(BytesView der, const x509::Certificate& root, const VerifyOptions& options) {
  Examination examination(root, options);
  examination.read(der);
  if (options.review_result) examination.read_review(*options.review_result);
  examination.judge();
  return std::move(examination).report();
}

namespace {

Result<Report> verify_as_confirmation(BytesView der, const x509::Certificate& root, VerifyOptions options) {
  options.expected = EvidenceKind::kConfirmation;
  Report report = verify_evidence(der, root, options);
  if (report.is_valid()) return report;
  // Nothing found and yet not valid: no layer of it was signed by anybody.
  if (report.findings.empty()) return fail(ErrorCode::kSignatureInvalid, "evidence: nothing in it is signed");
  const Finding& first = report.findings.front();
  std::string detail = first.path + ": " + first.detail;
  if (report.findings.size() > 1) detail += " (and " + std::to_string(report.findings.size() - 1) + " more)";
  return fail(first.code, std::move(detail));
}

}  // namespace

Result<Report> verify_confirmation(BytesView der, const x509::Certificate& root) {
  return verify_as_confirmation(der, root, {});
}

Result<Report> verify_confirmation(BytesView der, const x509::TrustAnchor& anchor) {
  VerifyOptions options;
  options.other_roots = anchor.other_roots();
  return verify_as_confirmation(der, anchor.root(), std::move(options));
}

}  // namespace countersign::evidence
