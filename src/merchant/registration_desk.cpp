// SPDX-License-Identifier: Apache-2.0
#include "merchant/registration_desk.h"

#include <algorithm>

#include "base/clock_tolerance.h"
#include "base/mail_address.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "merchant/link.h"
#include "x509/cms.h"

namespace countersign::merchant {
namespace {

constexpr std::chrono::hours kOldestConsent{24};

Result<void> check_request(const RegistrationRequest& request, TimePoint now) {
  if (request.consent != RegistrationRequest::Answer::kAccepted)
    return fail(ErrorCode::kConsentMissing, "registration: the customer has not agreed");
  if (request.text_version != kConsentTextVersion)
    return fail(ErrorCode::kConsentMissing, "registration.consent.textVersion: not the present text");
  if (!is_mail_address(request.email)) return fail(ErrorCode::kMalformed, "registration.email");
  if (request.given > now + kRequestWindow)
    return fail(ErrorCode::kNotYetValid, "registration.consent.given: in the future");
  if (request.given < now - kOldestConsent)
    return fail(ErrorCode::kExpired, "registration.consent.given: more than a day ago");
  return ok();
}

Sha256Digest digest_of(const RegistrationRequest& request) {
  const bool renews = request.kind == documents::ConsentKind::kRenewal;
  return crypto::sha256(
      as_bytes((renews ? "renewal\n" : "enrolment\n") + request.email + "\n" + request.locale));
}

}  // namespace

RegistrationDesk::RegistrationDesk(GatewayContext context, EnrolmentAccess& authority)
    : context_(context), authority_(authority) {}

Result<std::string> RegistrationDesk::text(Language language) const {
  TRY(const auto signer, context_.identity.require_signer());
  return consent_text(language, signer.certificate.subject().value_of("CN"));
}

Result<Registration> RegistrationDesk::apply(const RegistrationRequest& request) {
  TRY(check_request(request, context_.clock.now()));
  const Sha256Digest digest = digest_of(request);
  std::optional<StoredConsent> consent;
  if (!request.request_key.empty()) {
    TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
      TRY(consent, find_consent_by_request(reader, request.request_key));
      return ok();
    }));
  }
  if (consent && !equal(consent->request_digest, digest))
    return fail(ErrorCode::kConflict, "Idempotency-Key was used for another request");
  if (!consent) {
    TRY(consent, sign_consent(request, digest));
    TRY(context_.database.write(
        [&](storage::Transaction& transaction) { return insert_consent(transaction, *consent); }));
  }
  TRY(const auto grant, authority_.enrol(consent->document));
  return record(consent->id, grant);
}

Result<StoredConsent> RegistrationDesk::sign_consent(const RegistrationRequest& request,
                                                     const Sha256Digest& request_digest) {
  const TimePoint now = context_.clock.now();
  TRY(const auto signer, context_.identity.require_signer());
  TRY(const auto language, language_of_code(request.locale));
  const documents::Consent consent{
      .id = crypto::random_uuid_v7(now),
      .kind = request.kind,
      .merchant = documents::reference_to(signer.certificate),
      .email = request.email,
      .locale = request.locale,
      .text = consent_text(language, signer.certificate.subject().value_of("CN")),
      .text_version = std::string(kConsentTextVersion),
      .given = whole_seconds(request.given),
      .renews = ""};
  TRY(const auto content, documents::write_consent(consent));
  TRY(auto document, x509::sign_cms(signer, content, {.signing_time = now}));
  return StoredConsent{consent.id,
                       consent.kind,
                       std::move(document),
                       consent.given,
                       request.request_key,
                       to_bytes(request_digest),
                       ""};
}

// A wallet begins with the root that the authority names, and cannot pass from one that the network has left.
Result<void> RegistrationDesk::expect_root(std::string_view fingerprint) const {
  const auto is = [&](const x509::Certificate& root) {
    return hex_encode(root.fingerprint()) == fingerprint;
  };
  const auto anchor = context_.network.anchor();
  const auto newest = context_.network.trust->newest();
  if (is(anchor->root()) || (newest && newest->map.next_root && is(newest->map.next_root->root))) return ok();
  if (std::ranges::any_of(anchor->other_roots(), is))
    return fail(ErrorCode::kConflict,
                "enrolment: the authority still names a root that the network has left");
  return fail(ErrorCode::kConflict, "enrolment: the authority names another network root");
}

Result<Registration> RegistrationDesk::record(std::string_view consent, const EnrolmentGrant& grant) {
  TRY(expect_root(grant.root_fingerprint));
  TRY(context_.database.write([&](storage::Transaction& transaction) {
    return record_enrolment(transaction, consent, grant.id, grant.expires);
  }));
  if (grant.token.empty())
    return fail(ErrorCode::kGone, "enrolment: a wallet has fetched the key file already");
  return Registration{std::string(consent), grant.id, enrolment_link(grant), grant.expires};
}

Result<StoredConsent> RegistrationDesk::require_enrolled(std::string_view registration) {
  std::optional<StoredConsent> consent;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(consent, find_consent(reader, registration));
    return ok();
  }));
  if (!consent || consent->enrolment.empty())
    return fail(ErrorCode::kNotFound, "registration " + std::string(registration));
  return std::move(*consent);
}

Result<EnrolmentProgress> RegistrationDesk::progress(std::string_view registration) {
  TRY(const auto consent, require_enrolled(registration));
  return authority_.enrolment(consent.enrolment);
}

Result<Registration> RegistrationDesk::restart(std::string_view registration) {
  TRY(const auto consent, require_enrolled(registration));
  TRY(const auto grant, authority_.restart(consent.enrolment));
  return record(consent.id, grant);
}

}  // namespace countersign::merchant
