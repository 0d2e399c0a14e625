// SPDX-License-Identifier: Apache-2.0
// The steps between application and completion: restart, the key file, the consent, keys of the wallet's
// making.
#include "authority/enrolment/enrolment_draft.h"
#include "authority/enrolment/enrolments.h"
#include "authority/issuing/change_status.h"
#include "authority/issuing/mailed_secret.h"
#include "base/log.h"
#include "crypto/digest.h"
#include "x509/cms.h"

namespace countersign::authority {

namespace {

// Open means: not yet completed, and there is time left.
Result<void> require_open(const Enrolment& enrolment, TimePoint now) {
  switch (enrolment.state) {
    case EnrolmentState::kAwaitingFetch:
    case EnrolmentState::kAwaitingCompletion:
      if (enrolment.expires < now)
        return fail(ErrorCode::kExpired, "enrolment: its time is over; register again");
      return ok();
    case EnrolmentState::kActive:
      return fail(ErrorCode::kGone, "enrolment: is complete");
    case EnrolmentState::kExpired:
      return fail(ErrorCode::kExpired, "enrolment: its time is over; register again");
    case EnrolmentState::kObjected:
    case EnrolmentState::kRevoked:
      return fail(ErrorCode::kCertificateRevoked, "enrolment: was ended");
  }
  return fail(ErrorCode::kInternal, "enrolment: unknown state");
}

}  // namespace

Result<Enrolment> Enrolments::find_for_token(storage::Reader& reader, std::string_view id,
                                             std::string_view token) {
  auto found = store_.find(reader, id);
  if (!found || !is_digest_of(found.value().token_digest, token)) {
    return fail(ErrorCode::kNotFound, "enrolment: no such id, or not its token");
  }
  return found;
}

Result<void> Enrolments::retire_mail(storage::Transaction& transaction, Enrolment& enrolment) {
  if (enrolment.mail.empty()) return ok();
  TRY(parts_.outbox.cancel(transaction, enrolment.mail));
  enrolment.mails_to_forget += enrolment.mail + "\n";
  enrolment.keys_to_destroy = true;
  return ok();
}

Result<void> Enrolments::revoke_pair(storage::Transaction& transaction, const Enrolment& enrolment,
                                     x509::RevocationReason reason, std::string_view actor) {
  for (const auto& serial : {enrolment.signing, enrolment.agreement}) {
    TRY(change_status(parts_.context, transaction,
                      {serial, StatusAct::kRevoke, reason, std::string(actor), "enrolment " + enrolment.id}));
  }
  return ok();
}

Result<std::string> Enrolments::consent_text(const Enrolment& enrolment) {
  if (enrolment.merchant.empty()) return std::string();  // the holder's own renewal
  TRY(const auto cms, parts_.holders.open_for(enrolment.holder, enrolment.consent, kConsentPurpose));
  TRY(const auto parsed, x509::UnverifiedCms::parse(cms.reveal(crypto::SecretAccess{})));
  // Verified when it was stored, and sealed since.
  TRY(const auto consent, documents::parse_consent(parsed.unverified_content()));
  return consent.text;
}

Result<EnrolmentTicket> Enrolments::restart(std::string_view id, const x509::Certificate& client) {
  Enrolment before;
  Result<Holder> holder = fail(ErrorCode::kInternal, "not read");
  TRY(parts_.context.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(before, find_for_merchant(reader, id, client));
    TRY(require_open(before, now()));
    holder = parts_.holders.find(reader, before.holder);
    return ok();
  }));
  if (!holder) return fail(holder.error());
  TRY(const auto address, parts_.holders.address_of(holder.value()));
  TRY(parts_.context.database.read(
      [&](storage::Reader& reader) { return require_quota(reader, address, before.merchant); }));
  TRY(const auto text, consent_text(before));

  Enrolment next = before;
  next.attempt += 1;
  TRY(auto draft, this->draft(std::move(next), holder.value()));
  const auto actor = "merchant:" + client.subject().text();
  TRY(parts_.context.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(auto current, store_.find(transaction, id));
    TRY(require_open(current, now()));
    if (current.attempt != before.attempt)
      return fail(ErrorCode::kConflict, "enrolment: was restarted just now");
    TRY(require_quota(transaction, address, current.merchant));
    TRY(revoke_pair(transaction, current, x509::RevocationReason::kSuperseded, actor));
    TRY(retire_mail(transaction, current));
    draft.enrolment.mails_to_forget = current.mails_to_forget;
    draft.enrolment.keys_to_destroy = true;
    TRY(record_pair(transaction, draft.enrolment, draft.pair, address, actor));
    TRY(send_password(transaction, draft, holder.value(), text));
    TRY(store_.update(transaction, draft.enrolment));
    return audit(transaction, actor, "restart_enrolment", draft.enrolment.id, "");
  }));
  parts_.outbox.wake();
  TRY(destroy_keys(draft.enrolment));
  return ticket_of(draft.enrolment);
}

Result<Bytes> Enrolments::fetch_key_file(std::string_view id, std::string_view token) {
  Enrolment enrolment;
  Bytes file;
  TRY(parts_.context.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(enrolment, find_for_token(transaction, id, token));
    TRY(require_open(enrolment, now()));
    if (enrolment.state != EnrolmentState::kAwaitingFetch) {
      return fail(ErrorCode::kGone,
                  "enrolment: the key file was fetched before; have the merchant restart it");
    }
    TRY(file, open_key_file(parts_.file_keys, delivery_key_name(id, enrolment.attempt), enrolment.key_file));
    enrolment.state = EnrolmentState::kAwaitingCompletion;
    enrolment.key_file.clear();
    enrolment.keys_to_destroy = true;
    TRY(store_.update(transaction, enrolment));
    return audit(transaction, "holder:" + enrolment.signing.hex(), "fetch_key_file", enrolment.id, "");
  }));
  // The file is the only copy of the keys there will be: it goes out, and the sweep destroys what is left.
  if (const auto destroyed = destroy_keys(enrolment); !destroyed)
    log_error("file_keys_not_destroyed", destroyed.error(), {{"enrolment", enrolment.id}});
  return file;
}

Result<Bytes> Enrolments::consent(std::string_view id, std::string_view token) {
  Enrolment enrolment;
  TRY(parts_.context.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(enrolment, find_for_token(reader, id, token));
    return require_open(enrolment, now());
  }));
  TRY(const auto cms, parts_.holders.open_for(enrolment.holder, enrolment.consent, kConsentPurpose));
  return to_bytes(cms.reveal(crypto::SecretAccess{}));
}

// The kind of proof is part of what is repeated: what was sealed to a key does not go out in the clear later.
Result<CertificatePair> Enrolments::pair_on_hold(storage::Reader& reader, const Enrolment& enrolment,
                                                 const RequestedKeys& keys) {
  TRY(auto signing, parts_.context.directory.find_by_serial(reader, enrolment.signing));
  TRY(auto agreement, parts_.context.directory.find_by_serial(reader, enrolment.agreement));
  if (!signing || !agreement)
    return fail(ErrorCode::kInternal, "enrolment: certificates not in the directory");
  const auto possession =
      enrolment.agreement_proof_digest.empty() ? KeyPossession::kProven : KeyPossession::kAwaited;
  if (!(signing->certificate.public_key() == keys.signing &&
        agreement->certificate.public_key() == keys.agreement && possession == keys.agreement_possession)) {
    return fail(ErrorCode::kConflict, "enrolment: other keys were delivered or certified before");
  }
  return CertificatePair{std::move(signing->certificate), std::move(agreement->certificate)};
}

Result<IssuedPair> Enrolments::certify_wallet_keys(std::string_view id, const WalletKeys& keys) {
  const std::string key(id);
  TRY(wrong_codes_.check(key, now()));
  TRY(const auto requested, verify_requests(keys.signing, keys.agreement));

  Enrolment before;
  std::optional<CertificatePair> repeat;
  Result<Holder> holder = fail(ErrorCode::kInternal, "not read");
  TRY(parts_.context.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(before, find_for_token(reader, id, keys.token));
    TRY(require_open(before, now()));
    const auto digest = typed_digest(keys.code);
    if (before.password_digest.empty() || !crypto::equal_constant_time(before.password_digest, digest)) {
      TRY(wrong_codes_.admit(key, now()));
      return fail(ErrorCode::kWrongPassword, "requests.code: is not the code of the mail");
    }
    if (before.state == EnrolmentState::kAwaitingCompletion) {
      TRY(repeat, pair_on_hold(reader, before, requested));
      return ok();
    }
    holder = parts_.holders.find(reader, before.holder);
    return ok();
  }));
  if (repeat) return proofs_.issue(before, std::move(*repeat));
  if (!holder) return fail(holder.error());

  TRY(auto pair, make_pair_for(parts_.context, {holder.value().subject, before.registered_by},
                               requested.signing, requested.agreement));
  TRY(auto proof_digest, proofs_.digest_for(before, pair.agreement, requested.agreement_possession));
  TRY(const auto address, parts_.holders.address_of(holder.value()));
  Enrolment changed;
  TRY(parts_.context.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(changed, store_.find(transaction, id));
    if (changed.state != EnrolmentState::kAwaitingFetch || changed.attempt != before.attempt) {
      return fail(ErrorCode::kConflict, "enrolment: went on in between");
    }
    const auto actor = "holder:" + pair.signing.serial().hex();
    changed.agreement_proof_digest = proof_digest;
    TRY(record_pair(transaction, changed, pair, address, actor));
    TRY(revoke_pair(transaction, changed, x509::RevocationReason::kSuperseded, actor));
    TRY(retire_mail(transaction, changed));
    changed.state = EnrolmentState::kAwaitingCompletion;
    changed.signing = pair.signing.serial();
    changed.agreement = pair.agreement.serial();
    changed.key_file.clear();
    changed.keys_to_destroy = true;
    return store_.update(transaction, changed);
  }));
  TRY(destroy_keys(changed));
  return proofs_.issue(changed, std::move(pair));
}

}  // namespace countersign::authority
