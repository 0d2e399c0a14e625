// SPDX-License-Identifier: Apache-2.0
// The end of an enrolment: completion by the holder, objection by whoever reads the mail, expiry; and the
// forgetting after each.
#include "authority/enrolment/enrolment_draft.h"
#include "authority/enrolment/enrolments.h"
#include "authority/issuing/change_status.h"
#include "authority/issuing/mailed_secret.h"
#include "authority/issuing/nonces.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "documents/consent.h"
#include "x509/cms.h"

namespace countersign::authority {

namespace {

// The acceptance must speak of this enrolment, of its consent and of exactly the certificates on hold.
Result<void> check_acceptance(const documents::ConsentAcceptance& acceptance, const Enrolment& enrolment,
                              const x509::Certificate& signing, const x509::Certificate& agreement) {
  if (acceptance.enrolment != enrolment.id) {
    return fail(ErrorCode::kForbidden, "consent-acceptance.enrolment: is another one");
  }
  if (!equal(acceptance.consent, enrolment.consent_digest)) {
    return fail(ErrorCode::kForbidden, "consent-acceptance.consent: is not the consent of this enrolment");
  }
  if (!equal(acceptance.signing_certificate, signing.fingerprint())) {
    return fail(ErrorCode::kForbidden, "consent-acceptance.signingCertificate: is not the one issued");
  }
  if (!equal(acceptance.agreement_certificate, agreement.fingerprint())) {
    return fail(ErrorCode::kForbidden, "consent-acceptance.agreementCertificate: is not the one issued");
  }
  return ok();
}

Result<void> require_completable(const Enrolment& enrolment, TimePoint now) {
  switch (enrolment.state) {
    case EnrolmentState::kAwaitingCompletion:
      if (enrolment.expires >= now) return ok();
      [[fallthrough]];
    case EnrolmentState::kExpired:
      return fail(ErrorCode::kExpired, "enrolment: its time is over; register again");
    case EnrolmentState::kAwaitingFetch:
      return fail(ErrorCode::kConflict, "enrolment: its keys were not delivered yet");
    case EnrolmentState::kActive:
      return ok();
    case EnrolmentState::kObjected:
    case EnrolmentState::kRevoked:
      return fail(ErrorCode::kCertificateRevoked, "enrolment: was ended");
  }
  return fail(ErrorCode::kInternal, "enrolment: unknown state");
}

// The first hold ends with the holder's proof of possession; one that came later is not that hold. (A store
// taken from a backup may know of it while the enrolment is open.)
Result<void> require_first_hold(const DirectoryEntry& entry) {
  if (entry.state == CertificateState::kOnHold && entry.status_version > 1)
    return fail(ErrorCode::kCertificateOnHold, "enrolment: its certificates were suspended");
  return ok();
}

}  // namespace

// A renewal that was under way when the terminal was lost must not bring it back.
Result<void> Enrolments::require_not_suspended(storage::Transaction& transaction,
                                               const Enrolment& enrolment) {
  TRY(const auto all, store_.find_by_holder(transaction, enrolment.holder));
  for (const auto& other : all) {
    if (other.id == enrolment.id || other.state != EnrolmentState::kActive) continue;
    for (const auto& serial : {other.signing, other.agreement}) {
      TRY(const auto status, parts_.context.directory.quick_status(transaction, serial));
      if (status && status->state == CertificateState::kOnHold) {
        return fail(ErrorCode::kCertificateOnHold, "enrolment: its holder's certificates are suspended");
      }
    }
  }
  return ok();
}

Result<void> Enrolments::replace_older(storage::Transaction& transaction, const Enrolment& enrolment,
                                       const Holder& holder) {
  TRY(const auto entries, parts_.context.directory.find_by_subject(transaction, holder.subject));
  for (const auto& entry : entries) {
    if (entry.state != CertificateState::kActive || entry.enrolment == enrolment.id) continue;
    TRY(change_status(parts_.context, transaction,
                      {entry.certificate.serial(), StatusAct::kRevoke, x509::RevocationReason::kSuperseded,
                       "holder:" + enrolment.signing.hex(), "enrolment " + enrolment.id}));
  }
  return ok();
}

Result<void> Enrolments::tell_holder(storage::Transaction& transaction, const Enrolment& enrolment,
                                     const Holder& holder) {
  TRY(auto address, parts_.holders.address_of(holder));
  TRY(const auto objection, parts_.holders.derive_for(holder.uid, objection_purpose(enrolment)));
  const auto code = base64url_encode(objection.reveal(crypto::SecretAccess{}));
  const IssuedLetter letter{.to = std::move(address),
                            .locale = holder.locale,
                            .merchant = name_for_people(enrolment.registered_by),
                            .serials = {enrolment.signing.hex(), enrolment.agreement.hex()},
                            .objection_url = objection_url(enrolment, code),
                            .suspension_url = parts_.context.urls.service() + "/suspension"};
  TRY(parts_.outbox.add(transaction, write_issued_letter(parts_.policy.sender, letter), holder.uid));
  return ok();
}

Result<void> Enrolments::activate(storage::Transaction& transaction, Enrolment& enrolment,
                                  BytesView acceptance_cms, std::string_view suspension_code) {
  const auto actor = "holder:" + enrolment.signing.hex();
  TRY(const auto holder, parts_.holders.find(transaction, enrolment.holder));
  for (const auto& serial : {enrolment.signing, enrolment.agreement}) {
    TRY(change_status(parts_.context, transaction,
                      {serial, StatusAct::kResume, {}, actor, "enrolment " + enrolment.id}));
  }
  TRY(replace_older(transaction, enrolment, holder));
  TRY(retire_mail(transaction, enrolment));
  TRY(tell_holder(transaction, enrolment, holder));
  enrolment.state = EnrolmentState::kActive;
  enrolment.acceptance = to_bytes(acceptance_cms);
  enrolment.suspension_digest = to_bytes(typed_digest(suspension_code));
  enrolment.token_digest.clear();
  enrolment.password_digest.clear();
  enrolment.key_file.clear();
  enrolment.keys_to_destroy = true;
  TRY(store_.update(transaction, enrolment));
  return audit(transaction, actor, "complete_enrolment", enrolment.id, "");
}

Result<CompletedEnrolment> Enrolments::complete(std::string_view id, BytesView acceptance_cms) {
  TRY(const auto document, x509::verify_signed_document(acceptance_cms, *parts_.context.keys.anchor,
                                                        x509::Role::kPurchaser, now()));
  TRY(const auto acceptance, documents::parse_consent_acceptance(document.cms.content));
  TRY(auto enrolment, find(id));
  TRY(const auto material, parts_.holders.derive_for(enrolment.holder, suspension_purpose(id)));
  const auto code_secret = code_of(material);
  const CompletedEnrolment completed{std::string(as_text(code_secret.reveal(crypto::SecretAccess{})))};

  TRY(parts_.context.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(enrolment, store_.find(transaction, id));
    TRY(const auto signing, parts_.context.directory.find_by_serial(transaction, enrolment.signing));
    TRY(const auto agreement, parts_.context.directory.find_by_serial(transaction, enrolment.agreement));
    if (!signing || !agreement)
      return fail(ErrorCode::kInternal, "enrolment: certificates not in the directory");
    if (!(document.signer == signing->certificate)) {
      return fail(ErrorCode::kForbidden, "consent-acceptance: signed by another key than the one delivered");
    }
    TRY(check_acceptance(acceptance, enrolment, signing->certificate, agreement->certificate));
    TRY(require_completable(enrolment, now()));
    TRY(AgreementProofs::check(enrolment, acceptance.agreement_proof));
    if (enrolment.state == EnrolmentState::kActive) return ok();
    if (acceptance.agreement_proof) {
      TRY(parts_.context.directory.claim_key(transaction, agreement->certificate));
    }
    TRY(require_first_hold(*signing));
    TRY(require_first_hold(*agreement));
    TRY(is_timely(acceptance.accepted, now()));
    TRY(require_not_suspended(transaction, enrolment));
    return activate(transaction, enrolment, acceptance_cms, completed.suspension_code);
  }));
  parts_.outbox.wake();
  TRY(destroy_keys(enrolment));
  return completed;
}

Result<std::string> Enrolments::objection_locale(std::string_view id, std::string_view code) {
  std::string locale = "en";
  TRY(parts_.context.database.read([&](storage::Reader& reader) -> Result<void> {
    const auto found = store_.find(reader, id);
    if (!found || !is_digest_of(found.value().objection_digest, code)) {
      return fail(ErrorCode::kNotFound, "enrolment: no such id, or not its code");
    }
    TRY(const auto holder, parts_.holders.find(reader, found.value().holder));
    locale = holder.locale;
    return ok();
  }));
  return locale;
}

Result<void> Enrolments::object(std::string_view id, std::string_view code) {
  Enrolment enrolment;
  TRY(parts_.context.database.write([&](storage::Transaction& transaction) -> Result<void> {
    auto found = store_.find(transaction, id);
    // Not counted by id: whoever knows it, as the merchant does, could keep the holder from objecting.
    if (!found || !is_digest_of(found.value().objection_digest, code)) {
      return fail(ErrorCode::kNotFound, "enrolment: no such id, or not its code");
    }
    enrolment = std::move(found).value();
    if (enrolment.state == EnrolmentState::kObjected) return ok();
    const std::string actor = "address-holder";
    TRY(revoke_pair(transaction, enrolment, x509::RevocationReason::kPrivilegeWithdrawn, actor));
    TRY(retire_mail(transaction, enrolment));
    enrolment.state = EnrolmentState::kObjected;
    enrolment.key_file.clear();
    enrolment.password_digest.clear();
    enrolment.keys_to_destroy = true;
    TRY(store_.update(transaction, enrolment));
    return audit(transaction, actor, "object", enrolment.id, "");
  }));
  return destroy_keys(enrolment);
}

Result<void> Enrolments::destroy_keys(const Enrolment& enrolment) {
  if (!enrolment.keys_to_destroy) return ok();
  const bool file_waits = enrolment.state == EnrolmentState::kAwaitingFetch;
  for (std::int64_t attempt = 1; attempt <= enrolment.attempt; ++attempt) {
    if (attempt == enrolment.attempt && file_waits) break;
    TRY(parts_.file_keys.destroy(delivery_key_name(enrolment.id, attempt)));
  }
  std::string_view mails = enrolment.mails_to_forget;
  while (!mails.empty()) {
    TRY(parts_.outbox.forget(take_part(mails, '\n')));
  }
  return parts_.context.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(auto current, store_.find(transaction, enrolment.id));
    // Went on in between: what it needs destroyed by now is left to the next one who asks.
    if (current.attempt != enrolment.attempt || current.state != enrolment.state ||
        current.mails_to_forget != enrolment.mails_to_forget) {
      return ok();
    }
    current.keys_to_destroy = false;
    current.mails_to_forget.clear();
    return store_.update(transaction, current);
  });
}

Result<void> Enrolments::end_open(storage::Transaction& transaction, Enrolment enrolment,
                                  std::string_view actor) {
  TRY(revoke_pair(transaction, enrolment, x509::RevocationReason::kPrivilegeWithdrawn, actor));
  TRY(retire_mail(transaction, enrolment));
  enrolment.state = EnrolmentState::kRevoked;
  enrolment.key_file.clear();
  enrolment.token_digest.clear();
  enrolment.password_digest.clear();
  enrolment.keys_to_destroy = true;
  return store_.update(transaction, enrolment);
}

Result<void> Enrolments::forget_ended(std::string_view holder) {
  std::vector<Enrolment> all;
  TRY(parts_.context.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(all, store_.find_by_holder(reader, holder));
    return ok();
  }));
  // One that fails must not keep the others' keys alive.
  Result<void> outcome = ok();
  for (const auto& enrolment : all) {
    if (auto destroyed = destroy_keys(enrolment); !destroyed) outcome = std::move(destroyed);
  }
  return outcome;
}

Result<void> Enrolments::end_all_of(storage::Transaction& transaction, const Holder& holder) {
  TRY(auto enrolments, store_.find_by_holder(transaction, holder.uid));
  for (auto& enrolment : enrolments) {
    TRY(retire_mail(transaction, enrolment));
    enrolment.state = EnrolmentState::kRevoked;
    enrolment.consent.clear();
    enrolment.key_file.clear();
    enrolment.token_digest.clear();
    enrolment.password_digest.clear();
    enrolment.keys_to_destroy = true;
    TRY(store_.update(transaction, enrolment));
  }
  return ok();
}

Result<void> Enrolments::sweep() {
  constexpr int kBatch = 100;
  std::vector<Enrolment> due;
  TRY(parts_.context.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(auto overdue, store_.overdue(transaction, now(), kBatch));
    for (auto& enrolment : overdue) {
      TRY(revoke_pair(transaction, enrolment, x509::RevocationReason::kCessationOfOperation, "authority"));
      TRY(retire_mail(transaction, enrolment));
      enrolment.state = EnrolmentState::kExpired;
      enrolment.key_file.clear();
      enrolment.password_digest.clear();
      enrolment.keys_to_destroy = true;
      TRY(store_.update(transaction, enrolment));
      TRY(audit(transaction, "authority", "expire", enrolment.id, "enrolment"));
    }
    TRY(due, store_.with_keys_to_destroy(transaction, kBatch));
    return ok();
  }));
  // One that fails must not keep the others' keys alive.
  Result<void> outcome = ok();
  for (const auto& enrolment : due) {
    if (auto destroyed = destroy_keys(enrolment); !destroyed) outcome = std::move(destroyed);
  }
  return outcome;
}

}  // namespace countersign::authority
