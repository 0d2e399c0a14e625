// SPDX-License-Identifier: Apache-2.0
#include "wallet/completion.h"

#include "crypto/digest.h"
#include "documents/consent.h"
#include "wallet/made_keys.h"
#include "wallet/trust.h"

namespace countersign::wallet {
namespace {

Result<x509::Signer> signer_below(const x509::TrustAnchor& anchor, card::Card& card,
                                  const std::string& key_id, x509::Certificate certificate) {
  TRY(auto key, card.private_key(key_id));
  const x509::Certificate* ca = anchor.issuer_of(certificate);
  if (ca == nullptr) return fail(ErrorCode::kCertificateUnknown, "the certificate's authority is not known");
  return x509::Signer{std::move(certificate), std::move(key), {*ca}};
}

}  // namespace

Result<void> complete_enrolment(const Parties& parties, const EnrolmentRecord& record) {
  const TimePoint now = parties.clock.now();
  TRY(auto anchor, parties.store.trust_anchor(record.root, now));
  TRY(auto certificates, certificates_of(parties, record));
  TRY(const auto signer,
      signer_below(*anchor, parties.card, record.signing_key, std::move(certificates.signing)));
  // Verified before it was kept.
  TRY(const auto consent, x509::UnverifiedCms::parse(record.consent));
  TRY(const auto proof, agreement_proof(parties, record.id));
  const documents::ConsentAcceptance acceptance{record.id,
                                                crypto::sha256(consent.unverified_content()),
                                                signer.certificate.fingerprint(),
                                                certificates.agreement.fingerprint(),
                                                now,
                                                proof};
  TRY(const auto content, documents::write_consent_acceptance(acceptance));
  TRY(const auto message, x509::sign_cms(signer, content, {x509::ContentType::kData, now}));
  TRY(const auto data_centre, x509::permitted_subtree(signer.chain.front()));
  TRY(const auto authority, parties.peers.authority(record.authority, data_centre, anchor));
  TRY(const auto completion, authority->complete(record.id, message));
  TRY(parties.store.keep_active(record.id, completion.suspension_code));
  TRY(forget_agreement_proof(parties, record.id));
  // Others of the network are known before the first purchase. An enrolment is complete without it.
  if (auto identity = find_identity(parties)) learn_network(parties, identity.value());
  return ok();
}

}  // namespace countersign::wallet
