// SPDX-License-Identifier: Apache-2.0
#include "x509/ocsp_form.h"

#include "crypto/digest.h"

namespace countersign::x509::ocsp_form {
namespace {

using der::Reader;
using der::Tag;

constexpr std::string_view kSha1 = "1.3.14.3.2.26";
constexpr std::string_view kSha256 = "2.16.840.1.101.3.4.2.1";

// AlgorithmIdentifier without parameters, or with NULL.
Result<std::string> read_hash_algorithm(Reader& reader) {
  TRY(Reader algorithm, reader.enter(Tag::kSequence));
  TRY(std::string oid, algorithm.oid());
  if (!algorithm.at_end()) {
    TRY(const BytesView parameters, algorithm.contents(Tag::kNull));
    if (!parameters.empty()) return fail(ErrorCode::kMalformed, "ocsp: hash algorithm");
  }
  TRY(algorithm.finish());
  return oid;
}

Result<bool> is_hash_of(std::string_view algorithm, BytesView hash, BytesView bytes) {
  if (algorithm == kSha256) return equal(hash, crypto::sha256(bytes));
  if (algorithm == kSha1) return equal(hash, crypto::sha1(bytes));
  return false;
}

}  // namespace

Result<BytesView> public_key_bits(const crypto::PublicKey& key) {
  TRY(Reader spki, der::read_only(key.spki(), Tag::kSequence));
  TRY(spki.element(Tag::kSequence));
  return spki.bit_string();
}

Result<CertId> read_cert_id(Reader& reader, const Certificate& ca) {
  TRY(const der::Element whole, reader.element(Tag::kSequence));
  Reader fields(whole.contents);
  TRY(const std::string algorithm, read_hash_algorithm(fields));
  TRY(const BytesView name_hash, fields.contents(Tag::kOctetString));
  TRY(const BytesView key_hash, fields.contents(Tag::kOctetString));
  TRY(const BytesView magnitude, fields.unsigned_integer());
  TRY(fields.finish());
  TRY(SerialNumber serial, SerialNumber::from_bytes(magnitude));
  TRY(const BytesView key_bits, public_key_bits(ca.public_key()));
  TRY(const bool name_matches, is_hash_of(algorithm, name_hash, ca.subject().der()));
  TRY(const bool key_matches, is_hash_of(algorithm, key_hash, key_bits));
  return CertId{whole.whole, std::move(serial), name_matches && key_matches};
}

Result<Bytes> read_nonce(Reader extensions) {
  Bytes nonce;
  while (!extensions.at_end()) {
    TRY(Reader extension, extensions.enter(Tag::kSequence));
    TRY(const std::string oid, extension.oid());
    bool critical = false;
    if (extension.next_is(Tag::kBoolean)) {
      TRY(critical, extension.boolean());
      if (!critical) return fail(ErrorCode::kMalformed, "ocsp: default encoded");
    }
    TRY(const BytesView value, extension.contents(Tag::kOctetString));
    TRY(extension.finish());
    if (oid != kNonceOid) {
      if (critical) return fail(ErrorCode::kUnsupported, "ocsp: critical extension " + oid);
      continue;
    }
    Reader wrapped(value);
    TRY(const BytesView octets, wrapped.contents(Tag::kOctetString));
    TRY(wrapped.finish());
    if (!nonce.empty()) return fail(ErrorCode::kMalformed, "ocsp: two nonces");
    if (octets.empty() || octets.size() > kLongestNonce)
      return fail(ErrorCode::kMalformed, "ocsp: nonce not of 1 to 32 octets");
    nonce = to_bytes(octets);
  }
  return nonce;
}

Bytes encode_nonce(BytesView nonce) {
  const Bytes value = der::wrap(Tag::kOctetString, der::wrap(Tag::kOctetString, nonce));
  return der::sequence({der::sequence({der::oid(kNonceOid), value})});
}

}  // namespace countersign::x509::ocsp_form
