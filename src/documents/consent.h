// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
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

// ConsentAcceptance is signed by the wallet with the new key: the holder confirms the consent and proves
// possession. Type "consent-acceptance", version 1.
struct ConsentAcceptance {
  std::string enrolment;  // id
  Sha256Digest consent;   // SHA-256 of the consent's bytes
  Sha256Digest signing_certificate;
  Sha256Digest agreement_certificate;
  TimePoint accepted;
};
Result<Bytes> write_consent_acceptance(const ConsentAcceptance& acceptance);
Result<ConsentAcceptance> parse_consent_acceptance(BytesView json);

}  // namespace countersign::documents
