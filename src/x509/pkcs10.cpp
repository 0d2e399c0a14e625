// SPDX-License-Identifier: Apache-2.0
#include "x509/pkcs10.h"

#include "x509/der.h"
#include "x509/extensions.h"
#include "x509/signed_structure.h"

namespace countersign::x509 {
namespace {

constexpr std::size_t kLargestRequest = 8 << 10;
constexpr std::string_view kExtensionRequest = "1.2.840.113549.1.9.14";  // RFC 2985 §5.4.2
constexpr std::string_view kSubjectAltName = "2.5.29.17";
constexpr std::int64_t kVersion1 = 0;

static_assert(kAgreementKeyAttribute.starts_with(kPolicyArc));

// The attributes that are understood.
struct Attributes {
  AlternativeNames names;
  std::optional<crypto::PublicKey> agreement_key;
};

// attributes [0] IMPLICIT SET OF Attribute, of one attribute or none.
Bytes encode_attributes(BytesView attribute) {
  return der::wrap(der::context_constructed(0), attribute);
}

Bytes encode_attribute(std::string_view oid, BytesView value) {
  return der::sequence({der::oid(oid), der::wrap(der::Tag::kSet, value)});
}

Result<Bytes> encode_extension_request(const AlternativeNames& names) {
  if (names.empty()) return Bytes{};
  TRY(const Bytes general_names, encode_alternative_names(names));
  const Bytes extension =
      der::sequence({der::oid(kSubjectAltName), der::wrap(der::Tag::kOctetString, general_names)});
  return encode_attribute(kExtensionRequest, der::sequence({extension}));
}

// Of the extensions asked for, alternative names are taken; the others are the profile's to decide, not the
// applicant's.
Result<AlternativeNames> read_extensions(BytesView set_contents) {
  TRY(der::Reader extensions, der::read_only(set_contents, der::Tag::kSequence));
  AlternativeNames names;
  bool seen = false;
  while (!extensions.at_end()) {
    TRY(der::Reader extension, extensions.enter(der::Tag::kSequence));
    TRY(const std::string oid, extension.oid());
    if (extension.next_is(der::Tag::kBoolean)) {
      TRY(extension.boolean());
    }
    TRY(const BytesView value, extension.contents(der::Tag::kOctetString));
    TRY(extension.finish());
    if (oid != kSubjectAltName) continue;
    if (seen) return fail(ErrorCode::kMalformed, "request: alternative names stand twice");
    seen = true;
    TRY(AlternativeNames read, parse_alternative_names(value));
    names = std::move(read);
  }
  return names;
}

Result<Attributes> read_attributes(der::Reader attributes) {
  Attributes found;
  bool seen = false;
  while (!attributes.at_end()) {
    TRY(der::Reader attribute, attributes.enter(der::Tag::kSequence));
    TRY(const std::string oid, attribute.oid());
    TRY(const BytesView values, attribute.contents(der::Tag::kSet));
    TRY(attribute.finish());
    if (oid == kAgreementKeyAttribute) {
      if (found.agreement_key) return fail(ErrorCode::kMalformed, "request: names two agreement keys");
      TRY(found.agreement_key, crypto::PublicKey::from_spki(values));
    }
    if (oid != kExtensionRequest) continue;
    if (seen) return fail(ErrorCode::kMalformed, "request: extensions are asked for twice");
    seen = true;
    TRY(found.names, read_extensions(values));
  }
  return found;
}

Result<Pkcs10> read_information(BytesView information) {
  TRY(der::Reader reader, der::read_only(information, der::Tag::kSequence));
  TRY(const std::int64_t version, reader.small_integer());
  if (version != kVersion1) return fail(ErrorCode::kUnsupported, "request: not version 1");
  TRY(const der::Element subject, reader.element(der::Tag::kSequence));
  TRY(const der::Element key, reader.element(der::Tag::kSequence));
  TRY(der::Reader attributes, reader.enter(der::context_constructed(0)));
  TRY(reader.finish());
  TRY(Name name, Name::from_der(subject.whole));
  TRY(crypto::PublicKey public_key, crypto::PublicKey::from_spki(key.whole));
  TRY(Attributes found, read_attributes(attributes));
  return Pkcs10{std::move(name), std::move(public_key), std::move(found.names),
                std::move(found.agreement_key)};
}

Result<Bytes> sign_request(const Name& subject, const crypto::PrivateKey& key, BytesView attribute) {
  return sign_structure(der::sequence({der::integer(kVersion1), subject.der(), key.public_key().spki(),
                                       encode_attributes(attribute)}),
                        key);
}

}  // namespace

Result<Bytes> make_pkcs10(const Name& subject, const AlternativeNames& alternative_names,
                          const crypto::PrivateKey& key) {
  TRY(const Bytes attribute, encode_extension_request(alternative_names));
  return sign_request(subject, key, attribute);
}

Result<Bytes> make_joint_pkcs10(const Name& subject, const crypto::PrivateKey& key,
                                const crypto::PublicKey& agreement_key) {
  return sign_request(subject, key, encode_attribute(kAgreementKeyAttribute, agreement_key.spki()));
}

Result<Pkcs10> verify_pkcs10(BytesView der) {
  if (der.size() > kLargestRequest) return fail(ErrorCode::kTooLarge, "request: over 8 KiB");
  TRY(const SignedStructure parts, read_signed_structure(der));
  TRY(Pkcs10 request, read_information(parts.to_be_signed));
  if (request.key.kind() != crypto::KeyKind::kP256)
    return fail(ErrorCode::kUnsupported, "request: key is not P-256");
  if (!request.key.verify(parts.to_be_signed, parts.signature))
    return fail(ErrorCode::kSignatureInvalid, "request: the key asked for did not sign it");
  return request;
}

}  // namespace countersign::x509
