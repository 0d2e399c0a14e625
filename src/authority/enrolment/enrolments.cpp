// SPDX-License-Identifier: Apache-2.0
#include "authority/enrolment/enrolments.h"

#include "authority/enrolment/enrolment_draft.h"
#include "authority/issuing/change_status.h"
#include "authority/issuing/client_identity.h"
#include "authority/issuing/mailed_secret.h"
#include "crypto/digest.h"
#include "crypto/random.h"

namespace countersign::authority {

std::string objection_purpose(const Enrolment& enrolment) {
  return "objection " + enrolment.id + " " + std::to_string(enrolment.attempt);
}

std::string suspension_purpose(std::string_view enrolment) {
  return "suspension code " + std::string(enrolment);
}

bool is_digest_of(const Bytes& stored, std::string_view presented) {
  const auto digest = crypto::sha256(as_bytes(presented));
  return !stored.empty() && crypto::equal_constant_time(stored, digest);
}

std::string name_for_people(std::string_view subject) {
  const auto name = x509::Name::from_text(subject);
  if (!name) return std::string(subject);
  return name.value().value_of("CN") + " (" + std::string(subject) + ")";
}

Enrolments::Enrolments(Parts parts, EnrolmentStore store)
    : parts_(std::move(parts)),
      store_(store),
      per_merchant_(parts_.policy.per_merchant_and_hour, std::chrono::hours(1)) {}

Result<std::unique_ptr<Enrolments>> Enrolments::open(Parts parts) {
  TRY(auto store, EnrolmentStore::open(parts.context.database));
  return std::unique_ptr<Enrolments>(new Enrolments(std::move(parts), store));
}

Result<void> Enrolments::audit(storage::Transaction& transaction, std::string actor, std::string act,
                               std::string object, std::string detail) {
  const AuditEntry record{std::move(actor), std::move(act), std::move(object), std::move(detail)};
  return parts_.context.audit.append(transaction, {&record, 1}, now());
}

std::string Enrolments::objection_url(const Enrolment& enrolment, std::string_view code) const {
  return parts_.context.urls.service() + "/v1/enrolments/" + enrolment.id +
         "/objection?code=" + std::string(code);
}

Result<EnrolmentTicket> Enrolments::ticket_of(const Enrolment& enrolment) {
  EnrolmentTicket ticket{enrolment.id, "", enrolment.expires, false};
  if (enrolment.state == EnrolmentState::kAwaitingFetch) {
    TRY(ticket.token, delivery_token(parts_.file_keys, delivery_key_name(enrolment.id, enrolment.attempt)));
  }
  return ticket;
}

Result<std::optional<EnrolmentTicket>> Enrolments::ticket_of_repeat(storage::Reader& reader,
                                                                    const VerifiedConsent& verified) {
  TRY(const auto known,
      store_.find_by_consent(reader, verified.signer.subject().text(), verified.consent.id));
  if (!known) return std::optional<EnrolmentTicket>{};
  if (!equal(known->consent_digest, verified.digest)) {
    return fail(ErrorCode::kConflict, "consent.id: was used for another consent");
  }
  TRY(auto ticket, ticket_of(*known));
  ticket.is_repeat = true;
  return std::optional<EnrolmentTicket>{std::move(ticket)};
}

Result<std::optional<Holder>> Enrolments::holder_to_renew(storage::Reader& reader,
                                                          const VerifiedConsent& verified) {
  const auto& consent = verified.consent;
  const auto& directory = parts_.context.directory;
  if (!consent.renews.empty()) {
    TRY(const auto serial, x509::SerialNumber::from_hex(consent.renews));
    TRY(const auto entry, directory.find_by_serial(reader, serial));
    if (!entry) return fail(ErrorCode::kNotFound, "consent.renews: never issued here");
    TRY(require_active(directory, reader, entry->certificate));
    TRY(const auto holder, parts_.holders.find_by_subject(reader, entry->certificate.subject()));
    if (!holder) return fail(ErrorCode::kWrongRole, "consent.renews: not a purchaser's certificate");
    if (!equal(holder->email_digest, directory.email_digest(consent.email))) {
      return fail(ErrorCode::kForbidden, "consent.email: is not the address recorded for this holder");
    }
    return holder;
  }
  TRY(const auto holders, parts_.holders.find_by_address(reader, consent.email));
  std::optional<Holder> elsewhere;
  for (const auto& holder : holders) {
    TRY(const auto entries, directory.find_by_subject(reader, holder.subject));
    for (const auto& entry : entries) {
      if (entry.state != CertificateState::kActive) continue;
      if (entry.certificate.registered_by() == consent.merchant.subject.text())
        return std::optional<Holder>{holder};
      if (!elsewhere) elsewhere = holder;
    }
  }
  return elsewhere;
}

Result<Holder> Enrolments::choose_holder(storage::Reader& reader, const VerifiedConsent& verified,
                                         bool& is_new) {
  if (verified.consent.kind == documents::ConsentKind::kRenewal) {
    TRY(auto holder, holder_to_renew(reader, verified));
    if (holder) {
      is_new = false;
      return std::move(*holder);
    }
  }
  is_new = true;
  return parts_.holders.make(verified.consent.email, verified.consent.locale);
}

Result<Enrolments::Draft> Enrolments::draft(Enrolment enrolment, const Holder& holder) {
  const auto key_name = delivery_key_name(enrolment.id, enrolment.attempt);
  TRY(auto delivery, make_key_delivery(parts_.context, parts_.file_keys,
                                       {holder.subject, enrolment.registered_by}, key_name));
  TRY(const auto token, delivery_token(parts_.file_keys, key_name));
  TRY(const auto objection, parts_.holders.derive_for(holder.uid, objection_purpose(enrolment)));
  enrolment.state = EnrolmentState::kAwaitingFetch;
  enrolment.token_digest = to_bytes(crypto::sha256(as_bytes(token)));
  enrolment.password_digest =
      to_bytes(typed_digest(as_text(delivery.password.reveal(crypto::SecretAccess{}))));
  enrolment.objection_digest =
      to_bytes(crypto::sha256(as_bytes(base64url_encode(objection.reveal(crypto::SecretAccess{})))));
  enrolment.agreement_proof_digest.clear();
  enrolment.key_file = std::move(delivery.sealed_file);
  enrolment.signing = delivery.certificates.signing.serial();
  enrolment.agreement = delivery.certificates.agreement.serial();
  enrolment.expires = now() + parts_.policy.time_to_complete;
  return Draft{std::move(enrolment), std::move(delivery.certificates), std::move(delivery.password)};
}

Result<void> Enrolments::send_password(storage::Transaction& transaction, Draft& draft, const Holder& holder,
                                       std::string_view consent_text) {
  auto& enrolment = draft.enrolment;
  TRY(const auto objection, parts_.holders.derive_for(holder.uid, objection_purpose(enrolment)));
  TRY(auto address, parts_.holders.address_of(holder));
  PasswordLetter letter{
      .to = std::move(address),
      .locale = holder.locale,
      .merchant = name_for_people(enrolment.registered_by),
      .consent_text = std::string(consent_text),
      .password = std::string(as_text(draft.password.reveal(crypto::SecretAccess{}))),
      .objection_url = objection_url(enrolment, base64url_encode(objection.reveal(crypto::SecretAccess{}))),
      .root_fingerprint = parts_.context.keys.anchor->root().fingerprint(),
      .expires = enrolment.expires};
  auto added =
      parts_.outbox.add(transaction, write_password_letter(parts_.policy.sender, letter), holder.uid);
  wipe_text(letter.password);
  TRY(enrolment.mail, std::move(added));
  return ok();
}

Result<void> Enrolments::record_pair(storage::Transaction& transaction, const Enrolment& enrolment,
                                     const CertificatePair& pair, std::string_view address,
                                     std::string_view actor) {
  NewEntry entry{CertificateState::kOnHold, std::string(address), enrolment.id};
  TRY(record_certificate(parts_.context, transaction, pair.signing, entry, actor));
  if (!enrolment.agreement_proof_digest.empty()) entry.possession = KeyPossession::kAwaited;
  return record_certificate(parts_.context, transaction, pair.agreement, entry, actor);
}

Result<EnrolmentTicket> Enrolments::apply(BytesView consent_cms, const x509::Certificate& client) {
  TRY(per_merchant_.admit(client.subject().text(), now()));
  TRY(const auto verified, verify_consent(consent_cms, client, parts_.context.keys, now()));
  std::optional<EnrolmentTicket> repeat;
  TRY(parts_.context.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(require_active(parts_.context.directory, reader, verified.signer));
    TRY(repeat, ticket_of_repeat(reader, verified));
    return ok();
  }));
  if (repeat) return *repeat;
  TRY(is_fresh(verified.consent, parts_.policy.consent_validity, now()));

  bool is_new = true;
  Result<Holder> holder = fail(ErrorCode::kInternal, "not read");
  TRY(parts_.context.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(require_quota(reader, verified.consent.email, verified.signer.subject().text()));
    holder = choose_holder(reader, verified, is_new);
    return ok();
  }));
  if (!holder) return fail(holder.error());
  const auto& person = holder.value();

  Enrolment enrolment;
  enrolment.id = crypto::random_uuid_v7(now());
  enrolment.merchant = verified.signer.subject().text();
  enrolment.registered_by = enrolment.merchant;
  enrolment.consent_id = verified.consent.id;
  enrolment.consent_digest = to_bytes(verified.digest);
  enrolment.holder = person.uid;
  enrolment.created = now();
  TRY(enrolment.consent, parts_.holders.seal_for(person.uid, consent_cms, kConsentPurpose));
  TRY(auto draft, this->draft(std::move(enrolment), person));

  const auto actor = "merchant:" + verified.signer.subject().text();
  const auto stored = parts_.context.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(require_active(parts_.context.directory, transaction, verified.signer));
    TRY(repeat, ticket_of_repeat(transaction, verified));
    if (repeat) return ok();
    TRY(require_quota(transaction, verified.consent.email, draft.enrolment.merchant));
    if (is_new) {
      TRY(parts_.holders.add(transaction, person));
    }
    TRY(record_pair(transaction, draft.enrolment, draft.pair, verified.consent.email, actor));
    TRY(send_password(transaction, draft, person, verified.consent.text));
    TRY(store_.add(transaction, draft.enrolment));
    return audit(transaction, actor, "enrol", draft.enrolment.id, is_new ? "new holder" : "renewal");
  });
  if (!stored || repeat) {
    // Nothing refers to what was prepared: it goes at once.
    TRY(parts_.file_keys.destroy(delivery_key_name(draft.enrolment.id, draft.enrolment.attempt)));
    if (is_new) {
      TRY(parts_.holders.destroy_key(person));
    }
    if (!stored) return fail(stored.error());
    return *repeat;
  }
  parts_.outbox.wake();
  return ticket_of(draft.enrolment);
}

Result<void> Enrolments::require_quota(storage::Reader& reader, std::string_view address,
                                       std::string_view merchant) {
  const auto digest = parts_.context.directory.email_digest(address);
  // An enrolment expires a fixed time after its last mail.
  const auto since = now() + parts_.policy.time_to_complete - std::chrono::hours(24);
  TRY(const auto of_merchant, store_.count_attempts(reader, digest, merchant, since));
  const int most = merchant.empty() ? parts_.policy.own_renewals_per_day : parts_.policy.per_address_and_day;
  if (of_merchant >= most)
    return fail(ErrorCode::kRateLimited, "enrolment: too many for one address within a day");
  if (merchant.empty()) return ok();
  TRY(const auto of_all, store_.count_attempts(reader, digest, std::nullopt, since));
  if (of_all >= parts_.policy.per_address_of_all_and_day)
    return fail(ErrorCode::kRateLimited, "enrolment: too many of all merchants for one address within a day");
  return ok();
}

Result<Enrolment> Enrolments::find(std::string_view id) {
  Result<Enrolment> found = fail(ErrorCode::kInternal, "not read");
  TRY(parts_.context.database.read([&](storage::Reader& reader) -> Result<void> {
    found = store_.find(reader, id);
    return ok();
  }));
  return found;
}

Result<Enrolment> Enrolments::find_for_merchant(storage::Reader& reader, std::string_view id,
                                                const x509::Certificate& client) {
  TRY(auto enrolment, store_.find(reader, id));
  if (enrolment.merchant != client.subject().text())
    return fail(ErrorCode::kNotFound, "enrolment: no such id");
  return enrolment;
}

Result<EnrolmentView> Enrolments::view(std::string_view id, const x509::Certificate& client) {
  Result<Enrolment> enrolment = fail(ErrorCode::kInternal, "not read");
  TRY(parts_.context.database.read([&](storage::Reader& reader) -> Result<void> {
    enrolment = find_for_merchant(reader, id, client);
    return ok();
  }));
  if (!enrolment) return fail(enrolment.error());
  const auto& found = enrolment.value();
  EnrolmentView view{found.id, found.state, "cancelled", {found.signing.hex(), found.agreement.hex()}};
  TRY(const auto mail, parts_.outbox.find(found.mail));
  if (mail) {
    using State = mail::OutboxEntry::State;
    view.mail_state = mail->state == State::kWaiting  ? "waiting"
                      : mail->state == State::kSent   ? "sent"
                      : mail->state == State::kFailed ? "failed"
                                                      : "cancelled";
  }
  return view;
}

Result<std::vector<Enrolment>> Enrolments::list(std::optional<EnrolmentState> state, std::string_view after,
                                                int limit) {
  if (limit < 1 || limit > 500) return fail(ErrorCode::kMalformed, "enrolments: limit is 1 to 500");
  std::vector<Enrolment> found;
  TRY(parts_.context.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(found, store_.list(reader, state, after, limit));
    return ok();
  }));
  return found;
}

}  // namespace countersign::authority
