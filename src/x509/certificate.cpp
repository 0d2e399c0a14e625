// SPDX-License-Identifier: Apache-2.0
#include "x509/certificate.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <algorithm>

#include "crypto/digest.h"
#include "crypto/openssl.h"
#include "crypto/random.h"
#include "x509/der.h"
#include "x509/signed_structure.h"

namespace countersign::x509 {
namespace {

using der::Tag;

constexpr std::size_t kLargestCertificate = 8 << 10;
constexpr std::size_t kLongestSerial = 20;  // octets of the INTEGER, sign included (RFC 5280 §4.1.2.2)
constexpr std::int64_t kVersion3 = 2;

auto malformed(std::string_view what) {
  return fail(ErrorCode::kMalformed, "certificate: " + std::string(what));
}

Result<Name> read_name(der::Reader& reader) {
  TRY(const der::Element element, reader.element(Tag::kSequence));
  return Name::from_der(element.whole);
}

Result<void> check_version(der::Reader& reader) {
  TRY(der::Reader version, reader.enter(der::context_constructed(0)));
  TRY(const std::int64_t number, version.small_integer());
  if (number != kVersion3) return fail(ErrorCode::kUnsupported, "certificate: not version 3");
  return version.finish();
}

Result<crypto::PublicKey> read_key(der::Reader& reader) {
  TRY(const der::Element element, reader.element(Tag::kSequence));
  TRY(crypto::PublicKey key, crypto::PublicKey::from_spki(element.whole));
  if (key.kind() != crypto::KeyKind::kP256)
    return fail(ErrorCode::kUnsupported, "certificate: key is not P-256");
  return key;
}

using Stack = crypto::Handle<STACK_OF(X509), [](STACK_OF(X509) * stack) { sk_X509_free(stack); }>;
using PolicyTree = crypto::Handle<X509_POLICY_TREE, X509_policy_tree_free>;

// Makes OpenSSL note now what it would note at the first verification. It puts the note of the policies into
// the certificate before that is complete, so that of two threads that verify with the same certificate for
// the first time at once, one would find no policy or crash (OpenSSL 3.0, pcy_cache.c).
void complete_notes(X509* certificate) {
  const Stack path(sk_X509_new_null());
  if (!path || sk_X509_push(path.get(), certificate) == 0 || sk_X509_push(path.get(), certificate) == 0)
    crypto::throw_openssl("stack of certificates");
  X509_POLICY_TREE* tree = nullptr;
  int is_explicit = 0;
  ERR_set_mark();
  X509_policy_check(&tree, &is_explicit, path.get(), nullptr, 0);  // the path's own verification judges
  ERR_pop_to_mark();
  const PolicyTree owned(tree);
}

}  // namespace

Result<SerialNumber> SerialNumber::from_bytes(BytesView magnitude) {
  const bool has_sign_octet = !magnitude.empty() && (magnitude[0] & 0x80) != 0;
  if (magnitude.empty() || magnitude[0] == 0 || magnitude.size() + (has_sign_octet ? 1 : 0) > kLongestSerial)
    return fail(ErrorCode::kMalformed, "serial number: not a positive integer of at most 20 octets");
  SerialNumber serial;
  serial.bytes_ = to_bytes(magnitude);
  return serial;
}

Result<SerialNumber> SerialNumber::from_hex(std::string_view hex) {
  TRY(const Bytes magnitude, hex_decode(hex));
  return from_bytes(magnitude);
}

SerialNumber SerialNumber::random() {
  SerialNumber serial;
  serial.bytes_ = crypto::random_bytes(16);
  serial.bytes_[0] |= 0x80;
  return serial;
}

struct Certificate::Parsed {
  Bytes der;
  Sha256Digest fingerprint;
  Bytes to_be_signed;
  Bytes signature;
  SerialNumber serial;
  Name issuer;
  TimePoint not_before;
  TimePoint not_after;
  Name subject;
  crypto::PublicKey key;
  Extensions extensions;
  crypto::X509Handle native;
};

Result<Certificate> Certificate::from_der(BytesView der) {
  if (der.size() > kLargestCertificate) return fail(ErrorCode::kTooLarge, "certificate: over 8 KiB");
  TRY(const SignedStructure parts, read_signed_structure(der));
  TRY(der::Reader fields, der::read_only(parts.to_be_signed, Tag::kSequence));
  TRY(check_version(fields));
  TRY(const BytesView serial_octets, fields.unsigned_integer());
  TRY(SerialNumber serial, SerialNumber::from_bytes(serial_octets));
  TRY(const der::Element algorithm, fields.element(Tag::kSequence));
  if (!equal(algorithm.whole, ecdsa_with_sha256())) return malformed("two signature algorithms");
  TRY(Name issuer, read_name(fields));
  TRY(der::Reader validity, fields.enter(Tag::kSequence));
  TRY(const TimePoint not_before, validity.time());
  TRY(const TimePoint not_after, validity.time());
  TRY(validity.finish());
  if (not_after < not_before) return malformed("ends before it begins");
  TRY(Name subject, read_name(fields));
  TRY(crypto::PublicKey key, read_key(fields));
  TRY(der::Reader tagged, fields.enter(der::context_constructed(3)));
  TRY(fields.finish());
  TRY(const der::Element sequence, tagged.element(Tag::kSequence));
  TRY(tagged.finish());
  TRY(Extensions extensions, parse_extensions(sequence.whole));

  const std::uint8_t* cursor = der.data();
  crypto::X509Handle native(d2i_X509(nullptr, &cursor, static_cast<long>(der.size())));
  if (!native) return crypto::openssl_failure(ErrorCode::kMalformed, "certificate");
  complete_notes(native.get());
  return Certificate(std::make_shared<const Parsed>(
      Parsed{to_bytes(der), crypto::sha256(der), to_bytes(parts.to_be_signed), to_bytes(parts.signature),
             std::move(serial), std::move(issuer), not_before, not_after, std::move(subject), std::move(key),
             std::move(extensions), std::move(native)}));
}

const Bytes& Certificate::der() const {
  return parsed_->der;
}
const Sha256Digest& Certificate::fingerprint() const {
  return parsed_->fingerprint;
}
const Name& Certificate::subject() const {
  return parsed_->subject;
}
const Name& Certificate::issuer() const {
  return parsed_->issuer;
}
const SerialNumber& Certificate::serial() const {
  return parsed_->serial;
}
TimePoint Certificate::not_before() const {
  return parsed_->not_before;
}
TimePoint Certificate::not_after() const {
  return parsed_->not_after;
}
const crypto::PublicKey& Certificate::public_key() const {
  return parsed_->key;
}
const Extensions& Certificate::extensions() const {
  return parsed_->extensions;
}
x509_st* Certificate::native() const {
  return parsed_->native.get();
}

std::vector<std::string> Certificate::policies() const {
  std::vector<std::string> out;
  for (const Policy& policy : extensions().policies) out.push_back(policy.oid);
  return out;
}

std::optional<Role> Certificate::role() const {
  if (is_ca()) return subject() == issuer() ? Role::kNetworkRoot : Role::kDataCentre;
  std::optional<Role> found;
  for (const Policy& policy : extensions().policies) {
    const std::optional<Role> role = role_of_policy(policy.oid);
    if (role && found) return std::nullopt;
    if (role) found = role;
  }
  return found;
}

std::optional<KeyOrigin> Certificate::key_origin() const {
  std::optional<KeyOrigin> found;
  for (const Policy& policy : extensions().policies) {
    for (const KeyOrigin origin : {KeyOrigin::kAuthority, KeyOrigin::kHolder}) {
      if (policy.oid != key_origin_policy(origin)) continue;
      if (found) return std::nullopt;
      found = origin;
    }
  }
  return found;
}

std::string Certificate::registered_by() const {
  const std::optional<KeyOrigin> origin = key_origin();
  if (!origin) return {};
  return std::ranges::find(extensions().policies, key_origin_policy(*origin), &Policy::oid)->notice;
}

Result<void> Certificate::verify_signature(const crypto::PublicKey& issuer) const {
  return issuer.verify(parsed_->to_be_signed, parsed_->signature);
}

}  // namespace countersign::x509
