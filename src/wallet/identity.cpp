// SPDX-License-Identifier: Apache-2.0
#include "wallet/identity.h"

#include <algorithm>

#include "crypto/random.h"

namespace countersign::wallet {
namespace {

std::string certificates_setting(const std::string& enrolment) {
  return "certificates-" + enrolment;
}

}  // namespace

Result<LoggedIn> LoggedIn::with(card::Card& card, const crypto::SecretBytes& pin) {
  TRY(card.log_in(pin));
  return LoggedIn(card);
}

Result<EnrolledCertificates> certificates_of(const Parties& parties, const EnrolmentRecord& enrolment) {
  TRY(const auto noted, parties.store.setting(certificates_setting(enrolment.id), ""));
  TRY(const auto stored, parties.card.certificates());
  const auto find = [&](const std::string& key_id) -> Result<x509::Certificate> {
    for (const auto& candidate : stored) {
      const bool is_noted = noted.find(hex_encode(candidate.certificate.fingerprint())) != std::string::npos;
      if (candidate.key_id == key_id && (noted.empty() || is_noted)) return candidate.certificate;
    }
    return fail(ErrorCode::kNotFound, "the card does not hold the certificate of key " + key_id);
  };
  TRY(auto signing, find(enrolment.signing_key));
  TRY(auto agreement, find(enrolment.agreement_key));
  return EnrolledCertificates{std::move(signing), std::move(agreement)};
}

Result<void> keep_certificates(const Parties& parties, const std::string& enrolment,
                               const EnrolledCertificates& certificates) {
  return parties.store.keep_setting(certificates_setting(enrolment),
                                    hex_encode(certificates.signing.fingerprint()) + " " +
                                        hex_encode(certificates.agreement.fingerprint()));
}

Result<Identity> find_identity(const Parties& parties) {
  TRY(auto records, parties.store.enrolments());
  const auto active = std::find_if(records.begin(), records.end(), [](const auto& record) {
    return record.state == EnrolmentState::kActive;
  });
  if (active == records.end()) return fail(ErrorCode::kNotFound, "the wallet holds no active certificate");
  TRY(auto certificates, certificates_of(parties, *active));
  TRY(auto own, parties.store.trust_anchor(active->root, parties.clock.now()));
  const x509::Certificate* ca = own->issuer_of(certificates.signing);
  if (ca == nullptr) {
    return fail(ErrorCode::kCertificateUnknown, "the certificate's authority is not known");
  }
  TRY(auto data_centre, x509::permitted_subtree(*ca));
  std::shared_ptr<network::KeptMap> kept;
  if (parties.maps != nullptr) {
    kept = parties.maps->of(own->root());
    if (!kept) return fail(ErrorCode::kUnavailable, "which root is trusted cannot be read; the log says why");
  }
  auto trust = std::make_shared<network::AnchorSource>(
      network::OwnDataCentre{own, std::move(data_centre), ""}, std::move(kept));
  auto anchor = trust->current();
  return Identity{std::move(*active),
                  std::move(certificates.signing),
                  std::move(certificates.agreement),
                  std::move(own),
                  std::move(trust),
                  std::move(anchor)};
}

const x509::Certificate& Identity::chained_ca() const {
  if (anchor->root() == own->root()) return ca();
  const x509::Certificate* present = anchor->issuer_of(signing);
  return present != nullptr && present->public_key() == ca().public_key() ? *present : ca();
}

Result<x509::Signer> signer_of(const Identity& identity, card::Card& card) {
  TRY(auto key, card.private_key(identity.enrolment.signing_key));
  return x509::Signer{identity.signing, std::move(key), {identity.chained_ca()}};
}

Result<Bytes> sign_question(const Parties& parties, const Identity& identity, Question question) {
  TRY(auto home, identity.data_centre());
  documents::HolderRequest request{question.action,
                                   question.audience ? std::move(*question.audience) : std::move(home),
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
  return ask_authority_at(identity.enrolment.authority, parties, identity, std::move(question));
}

Result<Bytes> ask_authority_at(const std::string& url, const Parties& parties, const Identity& identity,
                               Question question) {
  TRY(auto home, identity.data_centre());
  const x509::Name audience = question.audience.value_or(std::move(home));
  TRY(const auto message, sign_question(parties, identity, std::move(question)));
  TRY(const auto authority, parties.peers.authority(url, audience, identity.anchor));
  return authority->ask(message);
}

Result<Bytes> ask_for_receipt(const std::string& url, const x509::Name& asked, const Parties& parties,
                              const Identity& identity, Question question) {
  TRY(const auto authority, parties.peers.authority(url, asked, identity.anchor));
  TRY(const auto message, sign_question(parties, identity, std::move(question)));
  return authority->ask_for_receipt(message);
}

}  // namespace countersign::wallet
