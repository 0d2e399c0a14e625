// SPDX-License-Identifier: Apache-2.0
#include "crypto/key_wrap.h"
#include "crypto/p256.h"
#include "crypto/seal.h"
#include "x509/cms_envelope.h"
#include "x509/envelope_form.h"

namespace countersign::x509 {
namespace {

using crypto::SecretBytes;
using der::Reader;
using der::Tag;

auto malformed(std::string what) {
  return fail(ErrorCode::kMalformed, "envelope: " + std::move(what));
}
auto unsupported(std::string what) {
  return fail(ErrorCode::kUnsupported, "envelope: " + std::move(what));
}

// The next element must be this constant.
Result<void> expect(Reader& reader, BytesView constant, const char* what) {
  TRY(const der::Element element, reader.any());
  if (!equal(element.whole, constant)) return unsupported(std::string(what) + " is not the one accepted");
  return ok();
}

// Views into the encoding.
struct Envelope {
  der::Element recipient{};
  BytesView nonce, ciphertext, tag;
};

// EncryptedContentInfo (RFC 5652 §6.1).
Result<void> read_encrypted_content(Reader& enveloped, Envelope& envelope) {
  TRY(Reader info, enveloped.enter(Tag::kSequence));
  TRY(expect(info, envelope_form::kDataOid, "type of the content"));
  TRY(Reader algorithm, info.enter(Tag::kSequence));
  TRY(expect(algorithm, envelope_form::kAes256GcmOid, "content encryption"));
  TRY(Reader parameters, algorithm.enter(Tag::kSequence));
  TRY(algorithm.finish());
  TRY(envelope.nonce, parameters.contents(Tag::kOctetString));
  if (envelope.nonce.size() != envelope_form::kNonceSize) return unsupported("nonce is not of 96 bits");
  TRY(expect(parameters, envelope_form::kTagLength, "length of the tag"));
  TRY(parameters.finish());
  TRY(envelope.ciphertext, info.contents(der::context(0)));
  if (envelope.ciphertext.empty()) return malformed("no content");
  if (envelope.ciphertext.size() > kMaxEnvelopeContent)
    return fail(ErrorCode::kTooLarge, "envelope: content longer than its limit");
  return info.finish();
}

Result<Envelope> read_envelope(BytesView der) {
  if (der.size() > kMaxEnvelopeContent + envelope_form::kMaxOverhead)
    return fail(ErrorCode::kTooLarge, "envelope: longer than its limit");
  TRY(Reader info, der::read_only(der, Tag::kSequence));
  TRY(expect(info, envelope_form::kAuthEnvelopedDataOid, "content type"));
  TRY(Reader wrapped, info.enter(der::context_constructed(0)));
  TRY(info.finish());
  TRY(Reader enveloped, wrapped.enter(Tag::kSequence));
  TRY(wrapped.finish());
  TRY(expect(enveloped, envelope_form::kVersion0, "version"));
  if (enveloped.next_is(der::context_constructed(0))) return unsupported("originator's certificates");
  TRY(Reader recipients, enveloped.enter(Tag::kSet));
  Envelope envelope;
  TRY(envelope.recipient, recipients.any());
  if (!recipients.at_end()) return unsupported("more than one recipient");
  TRY(read_encrypted_content(enveloped, envelope));
  if (enveloped.next_is(der::context_constructed(1))) return unsupported("authenticated attributes");
  TRY(envelope.tag, enveloped.contents(Tag::kOctetString));
  if (envelope.tag.size() != envelope_form::kTagSize) return unsupported("tag is not of 128 bits");
  if (!enveloped.at_end()) return unsupported("unauthenticated attributes");
  return envelope;
}

// A wrapped key that does not open and content that does not open are one and the same failure.
Result<SecretBytes> open_content(const Envelope& envelope, const SecretBytes& wrapping, BytesView wrapped) {
  const auto key = crypto::unwrap_key(wrapping, wrapped);
  if (!key) return malformed("does not open");
  auto content = crypto::open_sealed(
      key.value(), der::concatenate({envelope.nonce, envelope.ciphertext, envelope.tag}), "");
  if (!content) return malformed("does not open");
  return content;
}

Result<BytesView> read_wrapped_key(Reader& reader) {
  TRY(const BytesView wrapped, reader.contents(Tag::kOctetString));
  if (wrapped.size() != crypto::kWrappedKeySize) return unsupported("wrapped key is not of 256 bits");
  TRY(reader.finish());
  return wrapped;
}

// KeyAgreeRecipientInfo (RFC 5652 §6.2.2) with the originator's key in it.
struct KeyAgreeRecipient {
  crypto::PublicKey ephemeral;
  BytesView identifier;  // with tag and length
  BytesView wrapped;
};

Result<crypto::PublicKey> read_originator(Reader& info) {
  TRY(Reader choice, info.enter(der::context_constructed(0)));
  if (!choice.next_is(der::context_constructed(1))) return unsupported("originator is not an ephemeral key");
  TRY(Reader key, choice.enter(der::context_constructed(1)));
  TRY(choice.finish());
  TRY(expect(key, envelope_form::kEcPublicKey, "algorithm of the ephemeral key"));
  TRY(const BytesView point, key.bit_string());
  TRY(key.finish());
  if (point.size() != crypto::kP256PointSize)
    return unsupported("ephemeral key is not an uncompressed point");
  return crypto::p256_key(point);
}

Result<KeyAgreeRecipient> read_key_agree_recipient(const der::Element& element, Tag identifier_tag) {
  if (element.tag != envelope_form::kKeyAgreeRecipient)
    return unsupported("recipient is not one by key agreement");
  Reader info(element.contents);
  TRY(expect(info, envelope_form::kVersion3, "version of the recipient"));
  TRY(crypto::PublicKey ephemeral, read_originator(info));
  if (info.next_is(der::context_constructed(1))) return unsupported("user keying material");
  TRY(expect(info, envelope_form::kAgreement, "key agreement"));
  TRY(Reader keys, info.enter(Tag::kSequence));
  TRY(info.finish());
  TRY(Reader key, keys.enter(Tag::kSequence));
  if (!keys.at_end()) return unsupported("more than one recipient");
  TRY(const der::Element identifier, key.any());
  if (identifier.tag != identifier_tag) return unsupported("recipient is named in another way");
  TRY(const BytesView wrapped, read_wrapped_key(key));
  return KeyAgreeRecipient{std::move(ephemeral), identifier.whole, wrapped};
}

struct KekRecipient {
  BytesView identifier;
  BytesView wrapped;
};

// KEKRecipientInfo (RFC 5652 §6.2.3) without date and other attributes.
Result<KekRecipient> read_kek_recipient(const der::Element& element) {
  if (element.tag != envelope_form::kKekRecipient) return unsupported("recipient is not one by shared key");
  Reader info(element.contents);
  TRY(expect(info, envelope_form::kVersion4, "version of the recipient"));
  TRY(Reader named, info.enter(Tag::kSequence));
  TRY(const BytesView identifier, named.contents(Tag::kOctetString));
  if (!named.at_end()) return unsupported("key is named by more than an identifier");
  TRY(expect(info, envelope_form::kAes256Wrap, "key encryption"));
  TRY(const BytesView wrapped, read_wrapped_key(info));
  return KekRecipient{identifier, wrapped};
}

// Opens what is sealed to `key` for whom `identifier` names.
Result<SecretBytes> open_by_agreement(Tag identifier_tag, BytesView identifier, const KeyAgreement& agree,
                                      BytesView der) {
  TRY(const Envelope envelope, read_envelope(der));
  TRY(const KeyAgreeRecipient info, read_key_agree_recipient(envelope.recipient, identifier_tag));
  if (!equal(info.identifier, identifier)) return malformed("for another certificate or key");
  TRY(const SecretBytes shared, agree(info.ephemeral));
  return open_content(envelope, envelope_form::derive_wrapping_key(shared), info.wrapped);
}

}  // namespace

Result<SecretBytes> open_sealed_to(const Certificate& recipient, const KeyAgreement& agree, BytesView der) {
  return open_by_agreement(Tag::kSequence, envelope_form::issuer_and_serial(recipient), agree, der);
}

Result<bool> is_sealed_to(const Certificate& recipient, BytesView der) {
  TRY(const Envelope envelope, read_envelope(der));
  TRY(const KeyAgreeRecipient info, read_key_agree_recipient(envelope.recipient, Tag::kSequence));
  return equal(info.identifier, envelope_form::issuer_and_serial(recipient));
}

Result<SecretBytes> open_sealed_to_key(const crypto::PublicKey& recipient, const KeyAgreement& agree,
                                       BytesView der) {
  if (recipient.kind() != crypto::KeyKind::kP256)
    return unsupported("only P-256 keys open what is sealed to a key");
  return open_by_agreement(envelope_form::kRecipientKeyIdentifier,
                           envelope_form::recipient_key_identifier(recipient), agree, der);
}

Result<SecretBytes> open_sealed_under(const SharedKey& shared, BytesView der) {
  if (shared.key.size() != crypto::kWrapKeySize) return malformed("shared key of another size");
  TRY(const Envelope envelope, read_envelope(der));
  TRY(const KekRecipient info, read_kek_recipient(envelope.recipient));
  if (!equal(info.identifier, shared.identifier)) return malformed("under another key");
  return open_content(envelope, shared.key, info.wrapped);
}

}  // namespace countersign::x509
