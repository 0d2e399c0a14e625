// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "x509/cms_form.h"
#include "x509/der.h"
#include "x509/time_stamp.h"

namespace countersign::x509 {
namespace {

using crypto::HashAlgorithm;
using der::Reader;
using der::Tag;

constexpr std::int64_t kVersion1 = 1;
constexpr std::size_t kLongestRequest = 1 << 10;
constexpr std::size_t kLongestNonce = 32;  // octets of its magnitude
constexpr Tag kExtensions = der::context_constructed(0);

auto malformed(std::string_view what) {
  return fail(ErrorCode::kMalformed, "time-stamp request: " + std::string(what));
}

// AlgorithmIdentifier without parameters (RFC 5754 §2).
Bytes identifier_of(HashAlgorithm hash) {
  switch (hash) {
    case HashAlgorithm::kSha384:
      return der::sequence({der::oid("2.16.840.1.101.3.4.2.2")});
    case HashAlgorithm::kSha512:
      return der::sequence({der::oid("2.16.840.1.101.3.4.2.3")});
    case HashAlgorithm::kSha256:
      break;
  }
  return to_bytes(cms_form::kSha256);
}

// MessageImprint (RFC 3161 §2.4.1) as it stands in a message.
struct Imprint {
  BytesView whole;
  bool is_sha256 = false;  // the algorithm, its parameters absent or NULL
  BytesView digest;
};

Result<Imprint> read_imprint(Reader& reader) {
  TRY(const der::Element whole, reader.element(Tag::kSequence));
  Reader fields(whole.contents);
  TRY(const der::Element algorithm, fields.element(Tag::kSequence));
  TRY(const BytesView digest, fields.contents(Tag::kOctetString));
  TRY(fields.finish());
  const bool is_sha256 =
      equal(algorithm.whole, cms_form::kSha256) || equal(algorithm.whole, cms_form::kSha256WithNull);
  return Imprint{whole.whole, is_sha256, digest};
}

// TimeStampReq (RFC 3161 §2.4.1), not yet judged.
struct Fields {
  std::int64_t version = 0;
  Imprint imprint;
  std::string policy;
  Bytes nonce;
  bool wants_certificates = false;
  bool has_extensions = false;
};

Result<Fields> read_fields(BytesView der) {
  if (der.size() > kLongestRequest) return malformed("over 1 KiB");
  TRY(Reader request, der::read_only(der, Tag::kSequence));
  Fields fields;
  TRY(fields.version, request.small_integer());
  TRY(fields.imprint, read_imprint(request));
  if (request.next_is(Tag::kOid)) {
    TRY(fields.policy, request.oid());
  }
  if (request.next_is(Tag::kInteger)) {
    TRY(const BytesView nonce, request.unsigned_integer());
    if (nonce.size() > kLongestNonce) return malformed("a nonce of more than 32 octets");
    fields.nonce = to_bytes(nonce);
  }
  if (request.next_is(Tag::kBoolean)) {
    TRY(fields.wants_certificates, request.boolean());
    if (!fields.wants_certificates) return malformed("FALSE written out");
  }
  if (request.next_is(kExtensions)) {
    TRY(request.any());
    fields.has_extensions = true;
  }
  TRY(request.finish());
  return fields;
}

}  // namespace

Result<Bytes> make_time_stamp_request(const Sha256Digest& digest, BytesView nonce) {
  return make_time_stamp_request(HashAlgorithm::kSha256, digest, nonce);
}

Result<Bytes> make_time_stamp_request(HashAlgorithm hash, BytesView digest, BytesView nonce) {
  if (digest.size() != crypto::hash_size(hash)) return malformed("a digest of another hash");
  if (nonce.size() > kLongestNonce) return malformed("a nonce of more than 32 octets");
  const Bytes imprint = der::sequence({identifier_of(hash), der::wrap(Tag::kOctetString, digest)});
  return der::sequence({der::integer(kVersion1), imprint,
                        nonce.empty() ? Bytes{} : der::unsigned_integer(nonce), der::boolean(true)});
}

std::variant<TimeStampRequest, TimeStampRefusal> parse_time_stamp_request(BytesView der) {
  Result<Fields> read = read_fields(der);
  if (!read) return TimeStampRefusal{TimeStampFailure::kBadDataFormat, read.error().detail};
  Fields& fields = read.value();
  if (fields.version != kVersion1) return TimeStampRefusal{TimeStampFailure::kBadRequest, "version is not 1"};
  if (!fields.imprint.is_sha256)
    return TimeStampRefusal{TimeStampFailure::kBadAlgorithm, "the hash algorithm must be SHA-256"};
  TimeStampRequest request;
  if (fields.imprint.digest.size() != request.digest.size())
    return TimeStampRefusal{TimeStampFailure::kBadDataFormat, "the hash is not of 32 octets"};
  if (fields.has_extensions)
    return TimeStampRefusal{TimeStampFailure::kUnacceptedExtension, "no extension is supported"};
  std::ranges::copy(fields.imprint.digest, request.digest.begin());
  request.imprint = to_bytes(fields.imprint.whole);
  request.policy = std::move(fields.policy);
  request.nonce = std::move(fields.nonce);
  request.wants_certificates = fields.wants_certificates;
  return request;
}

}  // namespace countersign::x509
