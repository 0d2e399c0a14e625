// SPDX-License-Identifier: Apache-2.0
#include "authority/confirmation/confirmation_service.h"

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

void ConfirmationService::confirm(Bytes countersigned_order, const x509::Certificate& client, Answer answer) {
  Result<JudgedRequest> judged =
      verify_request(std::move(countersigned_order), client, parts_.data_centre, known_);
  if (!judged) return answer(fail(judged.error()));
  if (const auto* refused = std::get_if<RefusedRequest>(&judged.value())) return answer(refuse(*refused));
  sequencer_->submit(std::get<VerifiedRequest>(std::move(judged).value()), std::move(answer));
}

Result<Decision> ConfirmationService::refuse(const RefusedRequest& refused) const {
  TRY(Bytes document, sign_refusal(parts_.signer, parts_.data_centre, refused, parts_.clock.now()));
  return Decision{Decision::Kind::kRefused, std::move(document), refused.reasons.front().code};
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
