// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/split/split_request.h"

#include "base/clock_tolerance.h"
#include "x509/cms.h"
#include "x509/cms_detached.h"
#include "x509/cms_envelope.h"

namespace countersign::cardcompany {
namespace {

using documents::reference_to;
using documents::SplitTerms;

// What an order lasts at most (documents/order.h).
constexpr std::chrono::hours kLongestOrder{24};

// The error of a part, with the step and the part named before its detail.
template <typename T>
Result<T> named(Result<T> result, std::string_view part) {
  if (!result) return fail(std::move(result).error(), part);
  return result;
}

// S44, S48.
struct SignedAgreement {
  x509::Certificate signer;
  SplitTerms terms;
};
Result<SignedAgreement> check_agreement(BytesView der, const x509::Certificate& merchant,
                                        const x509::TrustAnchor& anchor, TimePoint now) {
  TRY(const auto cms, named(x509::UnverifiedCms::parse(der), "S44 agreement"));
  TRY(auto signer, named(x509::Certificate::from_der(cms.signer_certificate_der()), "S44 agreement"));
  TRY(named(x509::verify_path(signer, anchor, x509::Role::kMerchant, now), "S44 agreement"));
  TRY(const auto verified, named(x509::verify_cms(cms, signer), "S48 agreement"));
  if (verified.content_type != x509::ContentType::kData)
    return fail(ErrorCode::kUnsupported, "S44 agreement: signed as something else");
  TRY(auto terms, named(documents::parse_agreement(verified.content), "S44 agreement"));
  if (!(reference_to(signer) == terms.merchant))
    return fail(ErrorCode::kForbidden, "S44 agreement.merchant: is not its signer");
  if (!(signer.subject() == merchant.subject()))
    return fail(ErrorCode::kForbidden, "S44 agreement.merchant: is not who asks");
  return SignedAgreement{std::move(signer), std::move(terms)};
}

// S45: the order itself stays unseen.
struct OrderHalf {
  x509::Certificate purchaser;
  Sha256Digest instruction;
};
Result<OrderHalf> check_signed_order(BytesView der, const SplitTerms& agreed, const x509::TrustAnchor& anchor,
                                     TimePoint now) {
  TRY(auto order,
      named(x509::verify_detached_document(der, anchor, x509::Role::kPurchaser, now), "S45 signed order"));
  if (!(reference_to(order.signer) == agreed.purchaser))
    return fail(ErrorCode::kForbidden, "S45 agreement.purchaser: did not sign the order");
  if (order.cms.message_digest != agreed.order)
    return fail(ErrorCode::kConflict, "S45 signed order: of another order than the agreement's");
  if (!order.cms.payment_digest)
    return fail(ErrorCode::kSignatureInvalid, "S45 signed order: its signature covers no payment");
  return OrderHalf{std::move(order.signer), *order.cms.payment_digest};
}

// S46.
struct PaymentHalf {
  documents::SplitInstruction instruction;
  Sha256Digest digest;
};
Result<PaymentHalf> open_payment(BytesView envelope, const SplitTerms& agreed,
                                 const x509::Issuer& agreement_key) {
  const documents::PartyReference own = reference_to(agreement_key.certificate);
  if (!(agreed.card_company.subject == own.subject))
    return fail(ErrorCode::kForbidden, "S46 agreement.cardCompany: is another company");
  if (agreed.card_company.certificate != own.certificate)
    return fail(ErrorCode::kForbidden, "S46 agreement.cardCompany: names another key of this company's");
  TRY(const auto json,
      named(x509::open_sealed_to(agreement_key.certificate, x509::agreement_by(agreement_key.key), envelope),
            "S46 payment"));
  TRY(auto instruction, named(documents::parse_split_instruction(json), "S46 payment"));
  return PaymentHalf{std::move(instruction), documents::instruction_digest(json)};
}

// S47, as far as the terms say it.
Result<void> check_bounds(const SplitTerms& agreed, TimePoint now) {
  if (agreed.expires > now + kLongestOrder + kClockTolerance)
    return fail(ErrorCode::kMalformed, "S47 agreement.expires: later than an order lasts");
  if (agreed.amount.minor_units < 1)
    return fail(ErrorCode::kAmountMismatch, "S47 agreement.amount: nothing to pay");
  return ok();
}

// S49: what the merchant agreed to is what the purchaser sealed, and signed together with the order.
Result<void> compare_halves(const SplitTerms& agreed, const PaymentHalf& payment, const OrderHalf& order) {
  const std::string_view member = documents::first_difference(agreed, payment.instruction.terms);
  if (!member.empty())
    return fail(member == "amount" ? ErrorCode::kAmountMismatch : ErrorCode::kConflict,
                "S49 instruction." + std::string(member) + ": another one than the agreement's");
  if (order.instruction != payment.digest)
    return fail(ErrorCode::kConflict, "S49 signed order: its signature covers another instruction");
  return ok();
}

}  // namespace

Result<CheckedPayment> check_split_request(const documents::SplitAuthorizationRequest& request,
                                           const x509::Certificate& merchant, const x509::TrustAnchor& anchor,
                                           const x509::Issuer& agreement_key, TimePoint now) {
  TRY(auto agreement, check_agreement(request.agreement, merchant, anchor, now));
  SplitTerms& agreed = agreement.terms;
  TRY(auto order, check_signed_order(request.signed_order, agreed, anchor, now));
  TRY(check_bounds(agreed, now));
  TRY(auto payment, open_payment(request.payment, agreed, agreement_key));
  TRY(compare_halves(agreed, payment, order));
  return CheckedPayment{std::move(agreed), std::move(agreement.signer), std::move(order.purchaser),
                        payment.digest, std::move(payment.instruction.payment)};
}

}  // namespace countersign::cardcompany
