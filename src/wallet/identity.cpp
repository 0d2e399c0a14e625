// SPDX-License-Identifier: Apache-2.0
#include "wallet/identity.h"

#include <algorithm>

#include "crypto/random.h"

namespace countersign::wallet {

Result<LoggedIn> LoggedIn::with(card::Card& card, const crypto::SecretBytes& pin) {
  TRY(card.log_in(pin));
  return LoggedIn(card);
}

Result<x509::Certificate> certificate_on_card(card::Card& card, std::string_view key_id) {
  TRY(auto stored, card.certificates());
  for (auto& candidate : stored) {
    if (candidate.key_id == key_id) return std::move(candidate.certificate);
  }
  return fail(ErrorCode::kNotFound, "the card does not hold the certificate of key " + std::string(key_id));
}

Result<Identity> find_identity(const Parties& parties) {
  TRY(auto records, parties.store.enrolments());
  const auto active = std::find_if(records.begin(), records.end(), [](const auto& record) {
    return record.state == EnrolmentState::kActive;
  });
  if (active == records.end()) return fail(ErrorCode::kNotFound, "the wallet holds no active certificate");
  TRY(auto signing, certificate_on_card(parties.card, active->signing_key));
  TRY(auto agreement, certificate_on_card(parties.card, active->agreement_key));
  TRY(auto anchor, parties.store.trust_anchor(active->root, parties.clock.now()));
  if (anchor->issuer_of(signing) == nullptr) {
    return fail(ErrorCode::kCertificateUnknown, "the certificate's authority is not known");
  }
  return Identity{std::move(*active), std::move(signing), std::move(agreement), std::move(anchor)};
}

Result<x509::Signer> signer_of(const Identity& identity, card::Card& card) {
  TRY(auto key, card.private_key(identity.enrolment.signing_key));
  return x509::Signer{identity.signing, std::move(key), {identity.ca()}};
}

Result<Bytes> sign_question(const Parties& parties, const Identity& identity, Question question) {
  TRY(auto data_centre, identity.data_centre());
  documents::HolderRequest request{question.action,
                                   std::move(data_centre),
                                   documents::reference_to(identity.signing),
                                   parties.clock.now(),
                                   {},
                                   std::move(question.order_id),
                                   question.order_digest,
                                   std::move(question.email),
                                   std::move(question.signing_request),
                                   std::move(question.agreement_request)};
  const Bytes nonce = crypto::random_bytes(request.nonce.size());
  std::copy(nonce.begin(), nonce.end(), request.nonce.begin());
  TRY(const auto content, documents::write_holder_request(request));
  TRY(const auto signer, signer_of(identity, parties.card));
  return x509::sign_cms(signer, content, {x509::ContentType::kData, request.time});
}

Result<Bytes> ask_authority(const Parties& parties, const Identity& identity, Question question) {
  TRY(const auto message, sign_question(parties, identity, std::move(question)));
  TRY(const auto authority, parties.peers.authority(identity.enrolment.authority, identity.anchor));
  return authority->ask(message);
}

}  // namespace countersign::wallet
