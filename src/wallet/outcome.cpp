// SPDX-License-Identifier: Apache-2.0
#include "wallet/outcome.h"

namespace countersign::wallet {

Result<Outcome> verify_outcome(BytesView document, BytesView order_bytes, const x509::Certificate& purchaser,
                               const network::AnchorSource& trust) {
  using Answer = network::AnchorSource::Answer;
  const auto anchor = trust.current();
  evidence::VerifyOptions options;
  options.other_roots = anchor->other_roots();
  auto report = evidence::verify_evidence(document, anchor->root(), options);
  if (!report.is_valid()) {
    if (report.findings.empty())
      return fail(ErrorCode::kSignatureInvalid, "outcome: nothing in it is signed");
    const auto& finding = report.findings.front();
    return fail(finding.code, finding.path + ": " + finding.detail);
  }
  if (report.kind == evidence::EvidenceKind::kRefusal) {
    TRY(const auto order, documents::parse_order(order_bytes));
    if (report.refusal->order_id != order.id) return fail(ErrorCode::kConflict, "refusal: of another order");
    if (!(report.refusal->data_centre == order.authority))
      return fail(ErrorCode::kForbidden, "refusal: not by the authority that the order names");
    TRY(trust.expect_confirms(report.signatures.front().signer, order.authority, Answer::kRefusal,
                              report.refusal->time));
    return Outcome{std::nullopt, std::move(report.refusal)};
  }
  if (report.kind != evidence::EvidenceKind::kConfirmation) {
    return fail(ErrorCode::kUnsupported, "outcome: neither confirmation nor refusal");
  }
  if (!equal(report.order_bytes, order_bytes)) {
    return fail(ErrorCode::kConflict, "confirmation: of another order than was signed");
  }
  if (!(report.order->purchaser == documents::reference_to(purchaser))) {
    return fail(ErrorCode::kConflict, "confirmation: of another purchaser");
  }
  TRY(trust.expect_confirms(report.signatures.front().signer, report.order->authority, Answer::kConfirmation,
                            report.confirmation->time));
  return Outcome{std::move(report.confirmation), std::nullopt};
}

}  // namespace countersign::wallet
