// SPDX-License-Identifier: Apache-2.0
// Renewal on the holder's own request, signed with the old key; no merchant takes part.
#include "authority/enrolment/enrolment_draft.h"
#include "authority/enrolment/enrolments.h"
#include "authority/issuing/issue_certificate.h"
#include "authority/issuing/mailed_secret.h"
#include "crypto/digest.h"
#include "crypto/random.h"

namespace countersign::authority {

Result<Enrolments::OwnRenewalTicket> Enrolments::renew(const OwnRenewal& renewal) {
  const auto& holder = renewal.holder;
  TRY(const auto address, parts_.holders.address_of(holder));
  TRY(parts_.context.database.read(
      [&](storage::Reader& reader) { return require_quota(reader, address, ""); }));
  Enrolment enrolment;
  enrolment.id = crypto::random_uuid_v7(now());
  enrolment.consent_id = hex_encode(renewal.nonce);
  enrolment.consent_digest = to_bytes(renewal.request_digest);
  enrolment.holder = holder.uid;
  enrolment.registered_by = renewal.registered_by;
  enrolment.created = now();
  TRY(enrolment.consent, parts_.holders.seal_for(holder.uid, renewal.request_cms, kConsentPurpose));
  const auto actor = "holder:" + holder.uid;

  if (!renewal.signing.empty()) {
    TRY(const auto keys, verify_requests(renewal.signing, renewal.agreement));
    TRY(auto pair,
        make_pair_for(parts_.context, {holder.subject, renewal.registered_by}, keys.signing, keys.agreement));
    TRY(enrolment.agreement_proof_digest,
        proofs_.digest_for(enrolment, pair.agreement, keys.agreement_possession));
    enrolment.state = EnrolmentState::kAwaitingCompletion;
    enrolment.signing = pair.signing.serial();
    enrolment.agreement = pair.agreement.serial();
    enrolment.expires = now() + parts_.policy.time_to_complete;
    TRY(const auto objection, parts_.holders.derive_for(holder.uid, objection_purpose(enrolment)));
    enrolment.objection_digest =
        to_bytes(crypto::sha256(as_bytes(base64url_encode(objection.reveal(crypto::SecretAccess{})))));
    TRY(parts_.context.database.write([&](storage::Transaction& transaction) -> Result<void> {
      TRY(require_quota(transaction, address, ""));
      TRY(record_pair(transaction, enrolment, pair, address, actor));
      TRY(store_.add(transaction, enrolment));
      return audit(transaction, actor, "renew", enrolment.id, "keys of the wallet");
    }));
    TRY(auto issued, proofs_.issue(enrolment, std::move(pair)));
    return OwnRenewalTicket{{enrolment.id, "", enrolment.expires, false}, std::move(issued)};
  }

  TRY(auto draft, this->draft(std::move(enrolment), holder));
  TRY(parts_.context.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(require_quota(transaction, address, ""));
    TRY(record_pair(transaction, draft.enrolment, draft.pair, address, actor));
    TRY(send_password(transaction, draft, holder, ""));
    TRY(store_.add(transaction, draft.enrolment));
    return audit(transaction, actor, "renew", draft.enrolment.id, "key file");
  }));
  parts_.outbox.wake();
  TRY(auto ticket, ticket_of(draft.enrolment));
  return OwnRenewalTicket{std::move(ticket), {}};
}

}  // namespace countersign::authority
