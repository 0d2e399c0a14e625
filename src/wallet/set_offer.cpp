// SPDX-License-Identifier: Apache-2.0
#include "wallet/set_offer.h"

#include <algorithm>

#include "base/clock_tolerance.h"
#include "x509/status_check.h"

namespace countersign::wallet {
namespace {

// A certificate as it is offered, with the names of its members.
struct Offered {
  const Bytes& certificate;
  const Bytes& status;
  x509::Role role;
  std::string member, status_member;
};

// A certificate that is good, and until when it is known to be.
struct Good {
  x509::Certificate certificate;
  TimePoint until;
};

// S34: a certificate in this role, that is good now.
Result<Good> verify_certificate(const Offered& offered, const SplitOfferContext& context) {
  auto certificate = x509::Certificate::from_der(offered.certificate);
  if (!certificate) return fail(certificate.error(), offered.member);
  if (auto path = x509::verify_path(certificate.value(), context.anchor, offered.role, context.now); !path)
    return fail(path.error(), offered.member);
  const auto answer = x509::verify_ocsp_response(offered.status, certificate.value(), context.anchor, {},
                                                 context.now, kClockTolerance);
  if (!answer) return fail(answer.error(), offered.status_member);
  TRY(x509::require_good(answer.value().status, offered.member));
  return Good{std::move(certificate).value(), answer.value().next_update};
}

// S35: whose they are.
Result<void> check_company(const x509::Certificate& signing, const x509::Certificate& agreement,
                           const x509::Name& recorded) {
  if (!(signing.subject() == agreement.subject()))
    return fail(ErrorCode::kForbidden, "split-offer: its two certificates are of different companies");
  if (!(signing.subject() == recorded))
    return fail(ErrorCode::kForbidden,
                "split-offer.certificate: is not of the company recorded with this way to pay");
  return ok();
}

}  // namespace

Result<VerifiedCompany> verify_split_offer(const documents::SplitOffer& offer,
                                           const SplitOfferContext& context) {
  TRY(const auto signing,
      verify_certificate({offer.certificate, offer.certificate_status, x509::Role::kCardCompany,
                          "split-offer.certificate", "split-offer.certificateStatus"},
                         context));
  TRY(auto agreement, verify_certificate({offer.agreement_certificate, offer.agreement_status,
                                          x509::Role::kCardCompanyAgreement,
                                          "split-offer.agreementCertificate", "split-offer.agreementStatus"},
                                         context));
  TRY(check_company(signing.certificate, agreement.certificate, context.company));
  TRY(const auto order, documents::parse_order(offer.order));
  if (!order.card_company) return fail(ErrorCode::kUnsupported, "order.profile: is not the one agreed upon");
  if (!(order.card_company->subject == context.company))
    return fail(ErrorCode::kForbidden, "order.cardCompany: is another company");
  if (order.card_company->certificate != agreement.certificate.fingerprint())
    return fail(ErrorCode::kForbidden, "order.cardCompany: names another key than the one offered");
  return VerifiedCompany{std::move(agreement.certificate), signing.certificate.fingerprint(),
                         std::min(signing.until, agreement.until)};
}

}  // namespace countersign::wallet
