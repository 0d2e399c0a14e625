// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "merchant/authority_access.h"
#include "merchant/consent_text.h"
#include "merchant/context.h"
#include "merchant/registration_store.h"

namespace countersign::merchant {

// What a customer asked for, on the gateway's page or on one of the shop's own.
struct RegistrationRequest {
  documents::ConsentKind kind = documents::ConsentKind::kEnrolment;
  std::string email;
  std::string locale;  // "en" or "ko"
  enum class Answer { kNotGiven, kAccepted } consent = Answer::kNotGiven;
  std::string text_version;  // of the text that was shown
  TimePoint given;
  std::string request_key;  // Idempotency-Key or the form's id, or empty
};

// A registration under way: what the customer's wallet opens. The link is a secret of the customer.
struct Registration {
  std::string id;  // of the consent
  std::string enrolment;
  std::string link;  // countersign:enrol?…
  TimePoint expires;
};

// RegistrationDesk is the merchant as registration authority (K5, docs/protocols/registration.md): it asks
// nobody without a consent, keeps the consent, signed, before it applies, and applies once for each.
// Thread-safe.
class RegistrationDesk {
 public:
  RegistrationDesk(GatewayContext context, EnrolmentAccess& authority);

  // kConsentMissing without consent to the present text, kMalformed for an address that is none, kUnsupported
  // for the locale, kExpired or kNotYetValid for a consent not given within the last day. The same request
  // key with the same request continues the same registration, with another request kConflict;
  // kGone once a wallet has fetched the key file. kConflict, too, where the authority names another root than
  // the network has now, or passes to.
  Result<Registration> apply(const RegistrationRequest& request);
  // How far the enrolment is. kNotFound.
  Result<EnrolmentProgress> progress(std::string_view registration);
  // Fresh keys after a lost mail or file. kNotFound.
  Result<Registration> restart(std::string_view registration);
  // The words to be shown, with this merchant's name.
  Result<std::string> text(Language language) const;

 private:
  Result<StoredConsent> sign_consent(const RegistrationRequest& request, const Sha256Digest& request_digest);
  Result<void> expect_root(std::string_view fingerprint) const;
  Result<Registration> record(std::string_view consent, const EnrolmentGrant& grant);
  Result<StoredConsent> require_enrolled(std::string_view registration);

  const GatewayContext context_;
  EnrolmentAccess& authority_;
};

}  // namespace countersign::merchant
