// SPDX-License-Identifier: Apache-2.0
#include "evidence/testing/trade.h"

#include "crypto/digest.h"
#include "crypto/random.h"
#include "sample/issuers.h"

namespace countersign::evidence {
namespace {

constexpr std::string_view kMerchant = "CN=Demo Shop,OU=merchants,OU=seoul-1,OU=kr,O=Countersign Demo";

x509::Name name(std::string_view text) {
  return take(x509::Name::from_text(text));
}

std::string below(std::string_view name_text, std::string_view data_centre = Trade::kDataCentre) {
  return std::string(name_text) + "," + std::string(data_centre);
}

x509::Issuer make_ca(const x509::Issuer& root, std::string_view data_centre, TimePoint now) {
  return sample::make_ca(root, {name(data_centre), {"shop.example", "localhost"}, {}, {"127.0.0.0/8"}}, now);
}

documents::ConfirmedParty party(const x509::Certificate& certificate, Bytes ocsp) {
  return {certificate.subject(),       certificate.issuer(),     certificate.serial(),
          certificate.registered_by(), certificate.key_origin(), std::move(ocsp)};
}

}  // namespace

Trade::Trade(std::string_view of_purchaser)
    : data_centre(name(kDataCentre)),
      purchasers(name(of_purchaser)),
      root(sample::make_root(now - std::chrono::hours(2))),
      ca(make_ca(root, kDataCentre, now - std::chrono::hours(2))),
      purchasers_ca(of_purchaser == kDataCentre ? ca
                                                : make_ca(root, of_purchaser, now - std::chrono::hours(2))),
      anchor(std::make_shared<const x509::TrustAnchor>(take(
          x509::TrustAnchor::create(root.certificate, {ca.certificate, purchasers_ca.certificate}, now)))),
      merchant(issue(x509::Role::kMerchant, kMerchant, {{}, {"127.0.0.1"}, {"https://127.0.0.1:8443"}})),
      purchaser(issue(x509::Role::kPurchaser, below("UID=p-1,OU=purchasers", of_purchaser))),
      agreement(issue(x509::Role::kPurchaserAgreement, below("UID=p-1,OU=purchasers", of_purchaser))),
      responder(issue(x509::Role::kOcspResponder, below("CN=OCSP Responder,OU=authority"))),
      purchasers_responder(
          issue(x509::Role::kOcspResponder, below("CN=OCSP Responder,OU=authority", of_purchaser))),
      confirmer(issue(x509::Role::kConfirmationSigner, below("CN=Confirmation Signer,OU=authority"))),
      company(issue(x509::Role::kCardCompany, below("CN=Card Company,OU=card-companies"),
                    {{}, {"127.0.0.1"}, {}})),
      company_agreement(issue(x509::Role::kCardCompanyAgreement, below("CN=Card Company,OU=card-companies"))),
      payment(crypto::sha256(crypto::random_bytes(32))) {}

x509::Signer Trade::issue(x509::Role role, std::string_view subject,
                          const x509::AlternativeNames& names) const {
  const bool is_purchaser = role == x509::Role::kPurchaser || role == x509::Role::kPurchaserAgreement;
  const auto& issuer = name(subject).is_below(purchasers) ? purchasers_ca : ca;
  const auto holder = sample::issue(issuer, role, name(subject), now - std::chrono::hours(1),
                                    {.names = names,
                                     .key_origin = x509::KeyOrigin::kAuthority,
                                     .registered_by = is_purchaser ? std::string(kMerchant) : std::string()});
  return {holder.certificate, holder.key, {issuer.certificate}};
}

documents::Order Trade::order() const {
  return {crypto::random_uuid_v7(now),
          documents::OrderProfile::kDirect,
          documents::reference_to(merchant.certificate),
          documents::reference_to(purchaser.certificate),
          "https://127.0.0.1:8443",
          "checkout-1",
          data_centre,
          std::nullopt,
          {{"tea", "Green tea", 2, 12'000}, {"cup", "찻잔", 1, 15'000}},
          {39'000, "KRW"},
          now,
          now + std::chrono::minutes(15),
          crypto::sha256(crypto::random_bytes(32))};
}

Bytes Trade::sign(const x509::Signer& signer, BytesView content, x509::ContentType type) const {
  return take(x509::sign_cms(signer, content, {type, now}));
}

documents::Order Trade::split_order() const {
  auto split = order();
  split.profile = documents::OrderProfile::kSet;
  split.card_company = documents::reference_to(company_agreement.certificate);
  return split;
}

documents::ReviewResult Trade::review_of(const documents::Order& order) const {
  return {.terms = take(documents::terms_of(order, order_bytes(order))),
          .instruction = payment,
          .approved = true,
          .authorization = "authorization-1",
          .code = "",
          .decided = now,
          .capture_until = order.expires + std::chrono::hours(24)};
}

documents::Review Trade::named(const documents::ReviewResult& result) const {
  return {documents::review_digest(take(documents::write_review_result(result))), result.authorization};
}

Bytes Trade::signed_order(const documents::Order& order) const {
  const bool is_split = order.profile == documents::OrderProfile::kSet;
  return take(x509::sign_cms(
      purchaser, order_bytes(order),
      {.signing_time = now, .payment_digest = is_split ? std::optional(payment) : std::nullopt}));
}

Bytes Trade::countersigned(const documents::Order& order) const {
  return sign(merchant, signed_order(order), x509::ContentType::kSignedData);
}

Bytes Trade::status_of(const x509::Certificate& certificate, x509::StatusKind kind, Seconds age) const {
  const bool is_abroad = certificate.subject().is_below(purchasers);
  const x509::OcspAnswer answer{
      x509::make_cert_id((is_abroad ? purchasers_ca : ca).certificate, certificate.serial()),
      {kind, now - std::chrono::minutes(1), x509::RevocationReason::kCertificateHold},
      now - age,
      now - age + std::chrono::minutes(10)};
  const auto& by = is_abroad ? purchasers_responder : responder;
  const x509::Issuer signer{by.certificate, by.key};
  return take(x509::sign_ocsp_response(signer, std::span(&answer, 1), {}, now - age));
}

documents::Confirmation Trade::confirmation(BytesView countersigned_order,
                                            const documents::Order& order) const {
  std::optional<documents::Review> review;
  if (order.profile == documents::OrderProfile::kSet) review = named(review_of(order));
  return {"2f1d3c1e-9a54-4c1b-8b32-6f1f8c6e2d11",
          data_centre,
          0,
          now,
          order.id,
          crypto::sha256(order_bytes(order)),
          order.total,
          to_bytes(countersigned_order),
          std::move(review),
          party(merchant.certificate, status_of(merchant.certificate)),
          party(purchaser.certificate, status_of(purchaser.certificate))};
}

Bytes Trade::confirm(const std::function<void(documents::Order&)>& change_order,
                     const std::function<void(documents::Confirmation&)>& change) const {
  auto ordered = order();
  if (change_order) change_order(ordered);
  auto decided = confirmation(countersigned(ordered), ordered);
  if (change) change(decided);
  return sign(confirmer, documents::write_confirmation(decided));
}

Bytes Trade::refuse(BytesView request, const std::string& order_id, bool is_final) const {
  const documents::Refusal refusal{
      data_centre,
      now,
      crypto::sha256(request),
      order_id,
      {{is_final ? ErrorCode::kCertificateRevoked : ErrorCode::kUnavailable, "purchaser"}},
      is_final};
  return sign(confirmer, documents::write_refusal(refusal));
}

}  // namespace countersign::evidence
