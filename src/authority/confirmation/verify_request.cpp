// SPDX-License-Identifier: Apache-2.0
#include "authority/confirmation/verify_request.h"

#include <algorithm>

#include "crypto/digest.h"
#include "x509/cms.h"

namespace countersign::authority {
namespace {

using Reasons = std::vector<documents::RefusalReason>;

void expect_role(const KnownCertificate& certificate, x509::Role role, std::string_view what,
                 Reasons& reasons) {
  if (certificate.role == role) return;
  reasons.push_back({ErrorCode::kWrongRole, std::string(what) + ": its certificate is for the role " +
                                                std::string(x509::profile_of(certificate.role).name)});
}

bool names(const documents::PartyReference& reference, const x509::Certificate& certificate) {
  return reference.certificate == certificate.fingerprint() && reference.subject == certificate.subject();
}

bool is_split(const documents::Order& order) {
  return order.profile == documents::OrderProfile::kSet;
}

// Where an order's payment is split, and nowhere else, its purchaser signed a payment with it.
void judge_split(const documents::Order& order, const x509::VerifiedCms& signed_order, Reasons& reasons) {
  if (is_split(order) == signed_order.payment_digest.has_value()) return;
  reasons.push_back({ErrorCode::kSignatureInvalid,
                     is_split(order)
                         ? "signed order: the signature covers no payment, which its profile needs"
                         : "signed order: the signature covers a payment, which its profile has not"});
}

// There alone a card company has its say, too. Null where there is none and needs to be none.
Result<std::shared_ptr<const JudgedReview>> judge_review(const std::optional<Bytes>& review,
                                                         const documents::Order& order,
                                                         const x509::VerifiedCms& signed_order,
                                                         KnownCertificates& known) {
  if (!is_split(order) && !review) return std::shared_ptr<const JudgedReview>();
  JudgedReview judged;
  if (is_split(order) && review) {
    TRY(judged, verify_review(*review, {order, signed_order.content, *signed_order.payment_digest}, known));
  } else {
    judged.reasons.push_back({ErrorCode::kForbidden, review
                                                         ? "order.profile: no card company reviews it"
                                                         : "order.profile: needs a card company's review"});
  }
  return std::make_shared<const JudgedReview>(std::move(judged));
}

// What an order promises against who signed it and where it is asked for; independent of the moment.
Reasons judge_contents(const VerifiedRequest& request, const x509::Name& data_centre,
                       const ForeignParties* foreign) {
  Reasons reasons;
  const documents::Order& order = request.order;
  const x509::Certificate& merchant = request.merchant->certificate;
  expect_role(*request.merchant, x509::Role::kMerchant, "merchant", reasons);
  expect_role(*request.purchaser, x509::Role::kPurchaser, "purchaser", reasons);
  if (!names(order.merchant, merchant)) {
    reasons.push_back({ErrorCode::kForbidden, "order.merchant: not who countersigned it"});
  }
  if (!names(order.purchaser, request.purchaser->certificate)) {
    reasons.push_back({ErrorCode::kForbidden, "order.purchaser: not who signed it"});
  }
  const std::vector<std::string>& origins = merchant.alternative_names().origins;
  if (std::find(origins.begin(), origins.end(), order.origin) == origins.end()) {
    reasons.push_back({ErrorCode::kWrongOrigin, "order.origin: not among the merchant's origins"});
  }
  if (order.authority != data_centre) {
    reasons.push_back(
        {ErrorCode::kForbidden,
         "order.authority: another data centre alone confirms this order" +
             (foreign == nullptr ? std::string() : foreign->describe_authority(order.authority))});
  }
  return reasons;
}

// Where there is no network, and so no other root, a CA has one certificate and no moment decides.
Result<void> expect_chain(const x509::UnverifiedCms& cms, const KnownCertificate& signer,
                          const KnownCertificates& known, const ForeignParties* foreign) {
  if (foreign == nullptr)
    return x509::expect_chain(cms, signer.certificate, known.anchor(), signer.valid_from);
  if (signer.foreign) return foreign->expect_chain(cms, *signer.foreign);
  return foreign->expect_chain(cms, signer.certificate, known.anchor());
}

// An order that is well-formed JSON but says what cannot be: refused over a signature, since the sender meant
// it.
bool is_refusable(ErrorCode code) {
  return code == ErrorCode::kAmountMismatch || code == ErrorCode::kUnsupported;
}

}  // namespace

Result<x509::UnverifiedCms> signed_order_in(const x509::UnverifiedCms& countersigned) {
  if (countersigned.content_type() != x509::ContentType::kSignedData)
    return fail(ErrorCode::kMalformed, "countersigned order: its content is not a signed order");
  return x509::UnverifiedCms::parse(countersigned.unverified_content());
}

Result<JudgedRequest> verify_request(Submission submission, const x509::Certificate& client,
                                     const x509::Name& data_centre, KnownCertificates& known,
                                     const ForeignParties* foreign) {
  TRY(const x509::UnverifiedCms outer, x509::UnverifiedCms::parse(submission.countersigned_order));
  TRY(const x509::UnverifiedCms inner, signed_order_in(outer));
  if (inner.content_type() != x509::ContentType::kData) {
    return fail(ErrorCode::kMalformed, "signed order: its content is not an order");
  }

  TRY(auto merchant, known.find(outer.signer_fingerprint()));
  if (merchant->certificate.subject() != client.subject()) {
    return fail(ErrorCode::kForbidden, "countersigned order: countersigned by another than who asks");
  }
  const auto table = known.table_of(*merchant);
  TRY(const x509::VerifiedCms countersigned, x509::verify_cms(outer, merchant->certificate, table.get()));
  known.count_verified(*merchant);
  TRY(expect_chain(outer, *merchant, known, foreign));

  // From here on the merchant has vouched for the request: what is wrong with it is answered over our
  // signature.
  RefusedRequest refused{crypto::sha256(submission.countersigned_order), {}, {}};
  const auto refuse = [&refused](const Error& error) -> JudgedRequest {
    refused.reasons = {{error.code, error.detail}};
    return std::move(refused);
  };
  Result<documents::Order> order = documents::parse_order(inner.unverified_content());
  if (!order) {
    if (is_refusable(order.error().code)) return refuse(order.error());
    return fail(order.error());
  }
  refused.order_id = order.value().id;
  auto purchaser = known.find_signer(inner);
  if (!purchaser) {
    if (is_our_fault(purchaser.error().code)) return fail(purchaser.error());
    refused.order_digest = crypto::sha256(inner.unverified_content());
    return refuse(purchaser.error());
  }
  const Result<x509::VerifiedCms> ordered = x509::verify_order_cms(inner, purchaser.value()->certificate);
  if (!ordered) return refuse(ordered.error());
  TRY(expect_chain(inner, *purchaser.value(), known, foreign));

  VerifiedRequest request{std::move(submission.countersigned_order),
                          std::move(order).value(),
                          crypto::sha256(ordered.value().content),
                          std::move(merchant),
                          std::move(purchaser).value(),
                          countersigned.signing_time,
                          ordered.value().signing_time,
                          nullptr};
  refused.reasons = judge_contents(request, data_centre, foreign);
  judge_split(request.order, ordered.value(), refused.reasons);
  if (!refused.reasons.empty()) return JudgedRequest(std::move(refused));
  TRY(request.review, judge_review(submission.review, request.order, ordered.value(), known));
  return JudgedRequest(std::move(request));
}

}  // namespace countersign::authority
