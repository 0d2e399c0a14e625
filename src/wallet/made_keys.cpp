// SPDX-License-Identifier: Apache-2.0
#include "wallet/made_keys.h"

#include <algorithm>

#include "documents/consent.h"
#include "x509/cms_envelope.h"
#include "x509/pkcs10.h"

namespace countersign::wallet {
namespace {

std::string setting_of(const std::string& purpose) {
  return "made-keys-" + purpose;
}

std::string proof_of(const std::string& enrolment) {
  return "agreement-proof-" + enrolment;
}

Result<x509::Certificate> issued_for(const IssuedCertificates& issued, const crypto::PublicKey& key,
                                     x509::Role role, const x509::TrustAnchor& anchor, TimePoint now) {
  for (const auto& certificate : issued.certificates) {
    if (!(certificate.public_key() == key)) continue;
    TRY(x509::verify_path(certificate, anchor, role, now));
    return certificate;
  }
  return fail(ErrorCode::kMalformed, "the authority issued no certificate for a key of this card");
}

// Opens the agreement certificate and keeps the proof, which has to outlive this process.
Result<x509::Certificate> open_agreement(const Parties& parties, const crypto::PrivateKey& key,
                                         const IssuedCertificates& issued) {
  TRY(const auto opened,
      x509::open_sealed_to_key(key.public_key(), x509::agreement_by(key), issued.sealed_agreement));
  TRY(const auto document, documents::parse_agreement_certificate(opened));
  if (document.enrolment != issued.enrolment)
    return fail(ErrorCode::kForbidden, "the agreement certificate belongs to another enrolment");
  TRY(auto certificate, x509::Certificate::from_der(document.certificate));
  TRY(parties.store.keep_sealed_setting(proof_of(issued.enrolment), hex_encode(document.proof)));
  return certificate;
}

}  // namespace

Result<MadeKeys> made_keys(const Parties& parties, const std::string& purpose) {
  TRY(const auto known, parties.store.setting(setting_of(purpose), ""));
  const auto space = known.find(' ');
  if (space != std::string::npos) return MadeKeys{known.substr(0, space), known.substr(space + 1)};
  MadeKeys keys;
  TRY(keys.signing, parties.card.generate_key(card::KeyUse::kSigning));
  TRY(keys.agreement, parties.card.generate_key(card::KeyUse::kAgreement));
  TRY(parties.store.keep_setting(setting_of(purpose), keys.signing + " " + keys.agreement));
  return keys;
}

Result<void> use_made_keys(const Parties& parties, const std::string& purpose) {
  return parties.store.keep_setting(setting_of(purpose), "");
}

Result<KeyRequests> request_made_keys(card::Card& card, const MadeKeys& keys, const x509::Name& subject) {
  TRY(const auto signing, card.private_key(keys.signing));
  TRY(const auto agreement, card.private_key(keys.agreement));
  TRY(const bool agreement_signs, card.can_sign(keys.agreement));
  KeyRequests requests;
  if (!agreement_signs) {
    TRY(requests.signing, x509::make_joint_pkcs10(subject, signing, agreement.public_key()));
    return requests;
  }
  TRY(requests.signing, x509::make_pkcs10(subject, {}, signing));
  TRY(requests.agreement, x509::make_pkcs10(subject, {}, agreement));
  return requests;
}

Result<void> store_issued(const Parties& parties, const MadeKeys& keys, IssuedCertificates issued,
                          const x509::TrustAnchor& anchor) {
  const TimePoint now = parties.clock.now();
  TRY(const auto signing_key, parties.card.private_key(keys.signing));
  TRY(const auto agreement_key, parties.card.private_key(keys.agreement));
  if (!issued.sealed_agreement.empty()) {
    TRY(auto opened, open_agreement(parties, agreement_key, issued));
    issued.certificates.push_back(std::move(opened));
  }
  TRY(const auto signing, issued_for(issued, signing_key.public_key(), x509::Role::kPurchaser, anchor, now));
  TRY(const auto agreement,
      issued_for(issued, agreement_key.public_key(), x509::Role::kPurchaserAgreement, anchor, now));
  if (!(signing.subject() == agreement.subject())) {
    return fail(ErrorCode::kConflict, "the two certificates name different holders");
  }
  TRY(keep_certificates(parties, issued.enrolment, {signing, agreement}));
  TRY(parties.card.store_certificate(keys.signing, signing));
  TRY(parties.card.store_certificate(keys.agreement, agreement));
  return ok();
}

Result<std::optional<Sha256Digest>> agreement_proof(const Parties& parties, const std::string& enrolment) {
  TRY(const auto kept, parties.store.sealed_setting(proof_of(enrolment)));
  if (kept.empty()) return std::optional<Sha256Digest>();
  TRY(const auto bytes, hex_decode(kept));
  Sha256Digest proof{};
  if (bytes.size() != proof.size()) return fail(ErrorCode::kInternal, "wallet: proof of another size");
  std::copy(bytes.begin(), bytes.end(), proof.begin());
  return std::optional(proof);
}

Result<void> forget_agreement_proof(const Parties& parties, const std::string& enrolment) {
  return parties.store.keep_setting(proof_of(enrolment), "");
}

}  // namespace countersign::wallet
