// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "crypto/secret.h"
#include "documents/party.h"

namespace countersign::documents {

enum class ConsentKind { kEnrolment, kRenewal };

// Consent is what the purchaser agreed to at a merchant, signed by the merchant as registration authority
// (K5): type "consent", version 1.
struct Consent {
  std::string id;  // UUIDv7; the same consent applied for twice is one enrolment
  ConsentKind kind = ConsentKind::kEnrolment;
  PartyReference merchant;
  std::string email;
  std::string locale;        // "en" or "ko"
  std::string text;          // the words that were shown, 1–4000
  std::string text_version;  // 1–32
  TimePoint given;
  std::string renews;  // serial (hex) of the certificate to be renewed, or empty
};
Result<Bytes> write_consent(const Consent& consent);
Result<Consent> parse_consent(BytesView json);

// AgreementCertificate is what comes sealed to an agreement key whose possession is yet to be proven (RFC
// 4211 §5.2, encrCert): type "agreement-certificate", version 1. Who can read it holds the key.
struct AgreementCertificate {
  std::string enrolment;  // id
  Bytes certificate;      // DER
  Sha256Digest proof;     // 256 secret bits that the acceptance gives back
};
crypto::SecretBytes write_agreement_certificate(const AgreementCertificate& document);
Result<AgreementCertificate> parse_agreement_certificate(const crypto::SecretBytes& json);

// ConsentAcceptance is signed by the wallet with the new key: the holder confirms the consent and proves
// possession. Type "consent-acceptance", version 1.
struct ConsentAcceptance {
  std::string enrolment;  // id
  Sha256Digest consent;   // SHA-256 of the consent's bytes
  Sha256Digest signing_certificate;
  Sha256Digest agreement_certificate;
  TimePoint accepted;
  std::optional<Sha256Digest> agreement_proof{};  // where the agreement certificate came sealed
};
Result<Bytes> write_consent_acceptance(const ConsentAcceptance& acceptance);
Result<ConsentAcceptance> parse_consent_acceptance(BytesView json);

}  // namespace countersign::documents
