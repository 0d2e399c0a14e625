// SPDX-License-Identifier: Apache-2.0
#include "authority/enrolment/wallet_keys.h"

#include <algorithm>

#include "crypto/digest.h"
#include "documents/consent.h"
#include "x509/cms_envelope.h"
#include "x509/pkcs10.h"

namespace countersign::authority {

namespace {

Result<RequestedKeys> keys_of(BytesView signing, BytesView agreement) {
  TRY(auto joint, x509::verify_pkcs10(signing));
  if (agreement.empty()) {
    if (!joint.agreement_key) return fail(ErrorCode::kMalformed, "requests: no agreement key is named");
    return RequestedKeys{std::move(joint.key), std::move(*joint.agreement_key), KeyPossession::kAwaited};
  }
  if (joint.agreement_key) return fail(ErrorCode::kMalformed, "requests: the agreement key is named twice");
  TRY(auto own, x509::verify_pkcs10(agreement));
  return RequestedKeys{std::move(joint.key), std::move(own.key), KeyPossession::kProven};
}

}  // namespace

Result<RequestedKeys> verify_requests(BytesView signing, BytesView agreement) {
  TRY(auto keys, keys_of(signing, agreement));
  if (keys.signing.kind() != crypto::KeyKind::kP256 || keys.agreement.kind() != crypto::KeyKind::kP256) {
    return fail(ErrorCode::kUnsupported, "requests: keys must be P-256");
  }
  if (keys.signing == keys.agreement)
    return fail(ErrorCode::kConflict, "requests: two keys are needed, not one twice");
  return keys;
}

Result<Sha256Digest> AgreementProofs::proof_of(const Enrolment& enrolment,
                                               const x509::Certificate& agreement) const {
  const auto purpose = "agreement proof " + enrolment.id + " " + hex_encode(agreement.fingerprint());
  TRY(const auto secret, holders_.derive_for(enrolment.holder, purpose));
  return crypto::sha256(secret.reveal(crypto::SecretAccess{}));
}

Result<Bytes> AgreementProofs::digest_for(const Enrolment& enrolment, const x509::Certificate& agreement,
                                          KeyPossession possession) const {
  if (possession == KeyPossession::kProven) return Bytes{};
  TRY(const auto proof, proof_of(enrolment, agreement));
  return to_bytes(crypto::sha256(proof));
}

Result<IssuedPair> AgreementProofs::issue(const Enrolment& enrolment, CertificatePair pair) const {
  if (enrolment.agreement_proof_digest.empty()) return IssuedPair{std::move(pair), {}};
  TRY(const auto proof, proof_of(enrolment, pair.agreement));
  const auto document = documents::write_agreement_certificate({enrolment.id, pair.agreement.der(), proof});
  TRY(auto sealed, x509::seal_to_key(pair.agreement.public_key(), document));
  return IssuedPair{std::move(pair), std::move(sealed)};
}

Result<void> AgreementProofs::check(const Enrolment& enrolment, const std::optional<Sha256Digest>& proof) {
  const auto& expected = enrolment.agreement_proof_digest;
  if (expected.empty() && !proof) return ok();
  if (proof && !expected.empty() && crypto::equal_constant_time(expected, crypto::sha256(*proof)))
    return ok();
  return fail(ErrorCode::kForbidden, "consent-acceptance.agreementProof: is not what was sealed to the key");
}

}  // namespace countersign::authority
