// SPDX-License-Identifier: Apache-2.0
#include "x509/cms_envelope.h"

#include "crypto/agreement.h"
#include "crypto/digest.h"
#include "crypto/key_wrap.h"
#include "crypto/p256.h"
#include "crypto/random.h"
#include "crypto/seal.h"
#include "x509/envelope_form.h"

namespace countersign::x509 {
namespace {

using crypto::SecretAccess;
using crypto::SecretBytes;
using der::Tag;

Result<void> check_content(const SecretBytes& content) {
  if (content.empty()) return fail(ErrorCode::kMalformed, "envelope: nothing to seal");
  if (content.size() > kMaxEnvelopeContent)
    return fail(ErrorCode::kTooLarge, "envelope: content longer than its limit");
  return ok();
}

// AuthEnvelopedData around its one recipient. crypto::seal writes nonce ‖ ciphertext ‖ tag, which stand apart
// here.
Bytes enclose(BytesView recipient, const SecretBytes& key, const SecretBytes& content) {
  const Bytes sealed = crypto::seal(key, content.reveal(SecretAccess{}), "");
  const BytesView nonce = BytesView(sealed).first(envelope_form::kNonceSize);
  const BytesView tag = BytesView(sealed).last(envelope_form::kTagSize);
  const BytesView ciphertext = BytesView(sealed).subspan(nonce.size(), content.size());
  const Bytes parameters = der::sequence({der::wrap(Tag::kOctetString, nonce), envelope_form::kTagLength});
  const Bytes algorithm = der::sequence({envelope_form::kAes256GcmOid, parameters});
  const Bytes encrypted =
      der::sequence({envelope_form::kDataOid, algorithm, der::wrap(der::context(0), ciphertext)});
  const Bytes enveloped = der::sequence({envelope_form::kVersion0, der::wrap(Tag::kSet, recipient), encrypted,
                                         der::wrap(Tag::kOctetString, tag)});
  return der::sequence(
      {envelope_form::kAuthEnvelopedDataOid, der::wrap(der::context_constructed(0), enveloped)});
}

// OriginatorIdentifierOrKey with an ephemeral key (RFC 5652 §6.2.2).
Bytes originator(const crypto::PublicKey& ephemeral) {
  const BytesView point = crypto::p256_point(ephemeral);
  const Bytes key =
      der::wrap(der::context_constructed(1), {envelope_form::kEcPublicKey, der::bit_string(point)});
  return der::wrap(der::context_constructed(0), key);
}

// Seals to the holder of `key`, whom `identifier` names.
Result<Bytes> seal_by_agreement(const crypto::PublicKey& recipient, BytesView identifier,
                                const SecretBytes& content) {
  TRY(check_content(content));
  const auto ephemeral = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  TRY(const SecretBytes shared, crypto::agree(ephemeral, recipient));
  const SecretBytes key = crypto::random_secret(crypto::kSealKeySize);
  const Bytes wrapped = crypto::wrap_key(envelope_form::derive_wrapping_key(shared), key);
  const Bytes encrypted_key = der::sequence({identifier, der::wrap(Tag::kOctetString, wrapped)});
  const Bytes info = der::wrap(envelope_form::kKeyAgreeRecipient,
                               {envelope_form::kVersion3, originator(ephemeral.public_key()),
                                envelope_form::kAgreement, der::sequence({encrypted_key})});
  return enclose(info, key, content);
}

}  // namespace

SecretBytes envelope_form::derive_wrapping_key(const SecretBytes& shared) {
  static constexpr std::uint8_t kCounter[] = {0, 0, 0, 1};
  Sha256Digest block = crypto::sha256_of({shared.reveal(SecretAccess{}), kCounter, kSharedInfo});
  SecretBytes key = SecretBytes::copy_of(block);
  crypto::wipe(block);
  return key;
}

KeyAgreement agreement_by(crypto::PrivateKey key) {
  return [key = std::move(key)](const crypto::PublicKey& peer) { return crypto::agree(key, peer); };
}

Result<Bytes> seal_to(const Certificate& recipient, const SecretBytes& content) {
  if (!recipient.extensions().key_usage.key_agreement)
    return fail(ErrorCode::kWrongRole, "envelope: the certificate is not for key agreement");
  return seal_by_agreement(recipient.public_key(), envelope_form::issuer_and_serial(recipient), content);
}

Result<Bytes> seal_to_key(const crypto::PublicKey& recipient, const SecretBytes& content) {
  if (recipient.kind() != crypto::KeyKind::kP256)
    return fail(ErrorCode::kUnsupported, "envelope: seals to P-256 keys only");
  return seal_by_agreement(recipient, envelope_form::recipient_key_identifier(recipient), content);
}

Result<Bytes> seal_under(const SharedKey& shared, const SecretBytes& content) {
  TRY(check_content(content));
  if (shared.key.size() != crypto::kWrapKeySize || shared.identifier.empty() ||
      shared.identifier.size() > envelope_form::kMaxKeyIdentifier)
    return fail(ErrorCode::kMalformed, "envelope: shared key or its identifier of another size");
  const SecretBytes key = crypto::random_secret(crypto::kSealKeySize);
  const Bytes identifier = der::sequence({der::wrap(Tag::kOctetString, shared.identifier)});
  const Bytes wrapped = der::wrap(Tag::kOctetString, crypto::wrap_key(shared.key, key));
  const Bytes info = der::wrap(envelope_form::kKekRecipient,
                               {envelope_form::kVersion4, identifier, envelope_form::kAes256Wrap, wrapped});
  return enclose(info, key, content);
}

}  // namespace countersign::x509
