// SPDX-License-Identifier: Apache-2.0
#include "authority/confirmation/confirmation_service.h"

#include "documents/extract.h"

namespace countersign::authority {

ConfirmationService::ConfirmationService(ConfirmationParts parts, ConfirmationStore store)
    : parts_(std::move(parts)), store_(store), known_(parts_.anchor, parts_.database, parts_.directory) {}

Result<std::unique_ptr<ConfirmationService>> ConfirmationService::start(ConfirmationParts parts,
                                                                        SequencerOptions options) {
  if (parts.signer.certificate.role() != x509::Role::kConfirmationSigner) {
    return fail(ErrorCode::kWrongRole, "confirmation key: its certificate is not a confirmation signer's");
  }
  TRY(auto store, ConfirmationStore::open(parts.database));
  std::unique_ptr<ConfirmationService> service(new ConfirmationService(std::move(parts), store));
  const ConfirmationParts& kept = service->parts_;
  TRY(service->sequencer_, Sequencer::start(kept.database,
                                            {kept.signer, kept.data_centre, service->store_, kept.directory,
                                             kept.audit, kept.ocsp},
                                            kept.clock, kept.reservation_file, options));
  return service;
}

void ConfirmationService::confirm(Submission submission, const x509::Certificate& client, Answer answer) {
  Result<JudgedRequest> judged = verify_request(std::move(submission), client, parts_.data_centre, known_);
  if (!judged) return answer(fail(judged.error()));
  if (const auto* refused = std::get_if<RefusedRequest>(&judged.value())) return answer(refuse(*refused));
  sequencer_->submit(std::get<VerifiedRequest>(std::move(judged).value()), std::move(answer));
}

Result<Decision> ConfirmationService::refuse(const RefusedRequest& refused) const {
  TRY(Bytes document, sign_refusal(parts_.signer, parts_.data_centre, refused, parts_.clock.now()));
  return Decision{Decision::Kind::kRefused, std::move(document), refused.reasons.front().code};
}

Result<Bytes> ConfirmationService::extract(const documents::ExtractRequest& request,
                                           const x509::Certificate& client) {
  const TimePoint now = parts_.clock.now();
  TRY(extracts_.admit(client.subject().text(), now));
  TRY(const StoredConfirmation stored, find_for_merchant(request, client));
  if (stored.order_digest != request.order_digest)
    return fail(ErrorCode::kConflict, "extract: another order of this merchant has this id");
  TRY(const documents::Confirmation confirmation, verify_stored(stored));
  TRY(const Bytes json, documents::write_extract(documents::extract_of(confirmation)));
  return x509::sign_cms(parts_.signer, json, {x509::ContentType::kData, now});
}

Result<StoredConfirmation> ConfirmationService::find_for_merchant(const documents::ExtractRequest& request,
                                                                  const x509::Certificate& client) {
  TRY(known_.find(client.fingerprint()));
  std::optional<StoredConfirmation> stored;
  TRY(parts_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto status, parts_.directory.quick_status(reader, client.serial()));
    if (const auto reason = judge_status(status, "merchant")) return fail(reason->code, reason->detail);
    TRY(stored, store_.find(reader, client.subject().text(), request.order_id));
    return ok();
  }));
  if (!stored) return fail(ErrorCode::kNotFound, "extract: no confirmation of this order for this merchant");
  return std::move(*stored);
}

// Whoever can write into the store must not get signed what was never confirmed.
Result<documents::Confirmation> ConfirmationService::verify_stored(const StoredConfirmation& stored) const {
  const auto broken = [&](const std::string& what) {
    return fail(ErrorCode::kInternal, "confirmation " + stored.id + ": " + what);
  };
  const auto document = x509::verify_signed_document(stored.document, *parts_.anchor,
                                                     x509::Role::kConfirmationSigner, stored.time);
  if (!document) return broken(document.error().detail);
  auto confirmation = documents::parse_confirmation(document.value().cms.content);
  if (!confirmation) return broken(confirmation.error().detail);
  const documents::Confirmation& said = confirmation.value();
  if (said.data_centre != parts_.data_centre || said.time != stored.time ||
      said.order_id != stored.order_id || said.order_digest != stored.order_digest ||
      said.merchant.subject.text() != stored.merchant)
    return broken("says something else than its row");
  return confirmation;
}

Result<Bytes> ConfirmationService::find_for_purchaser(std::string_view order_id,
                                                      const Sha256Digest& order_digest,
                                                      const x509::Name& purchaser) const {
  Bytes document;
  TRY(parts_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(document, store_.find_for_purchaser(reader, order_id, order_digest, purchaser));
    return ok();
  }));
  return document;
}

}  // namespace countersign::authority
