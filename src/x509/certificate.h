// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "crypto/keys.h"
#include "x509/extensions.h"
#include "x509/name.h"
#include "x509/profile.h"

struct x509_st;

namespace countersign::x509 {

// SerialNumber is the positive INTEGER of RFC 5280 §4.1.2.2 as its minimal big-endian octets (no sign octet).
class SerialNumber {
 public:
  static Result<SerialNumber> from_bytes(BytesView magnitude);
  static Result<SerialNumber> from_hex(std::string_view hex);
  // 128 random bits, the first one set, so that all have the same length.
  static SerialNumber random();
  const Bytes& bytes() const { return bytes_; }
  std::string hex() const { return hex_encode(bytes_); }
  friend auto operator<=>(const SerialNumber&, const SerialNumber&) = default;

 private:
  Bytes bytes_;
};

// Certificate is a parsed, immutable X.509 certificate in the form that the network accepts: version 3, P-256
// keys, ecdsa-with-SHA256, Name's rules, known extensions only, one DER encoding. Parsing says nothing about
// trust: see path.h. Copies share; thread-safe.
class Certificate {
 public:
  // kMalformed, kTooLarge (over 8 KiB), kUnsupported (key or extension).
  static Result<Certificate> from_der(BytesView der);
  static Result<Certificate> from_pem(std::string_view pem);

  const Bytes& der() const;
  std::string pem() const;
  const Sha256Digest& fingerprint() const;  // SHA-256 of the DER
  const Name& subject() const;
  const Name& issuer() const;
  const SerialNumber& serial() const;
  TimePoint not_before() const;
  TimePoint not_after() const;
  const crypto::PublicKey& public_key() const;
  const Extensions& extensions() const;
  const AlternativeNames& alternative_names() const { return extensions().alternative_names; }
  std::vector<std::string> policies() const;  // dotted OIDs
  // Role of a CA by its basic constraints and issuer; of others by policy, nullopt when there is not exactly
  // one.
  std::optional<Role> role() const;
  // Where the policies say the key was made, nullopt when they do not say it once.
  std::optional<KeyOrigin> key_origin() const;
  // Subject text of the merchant that registered the holder (policy qualifier), or empty.
  std::string registered_by() const;
  bool is_ca() const { return extensions().certificate_authority.has_value(); }
  // Whether its signature verifies under that key (kSignatureInvalid).
  Result<void> verify_signature(const crypto::PublicKey& issuer) const;
  // OpenSSL's view of the same bytes, owned by this object.
  x509_st* native() const;

  friend bool operator==(const Certificate& a, const Certificate& b) {
    return a.fingerprint() == b.fingerprint();
  }

 private:
  struct Parsed;
  explicit Certificate(std::shared_ptr<const Parsed> parsed) : parsed_(std::move(parsed)) {}
  std::shared_ptr<const Parsed> parsed_;
};

// Splits a PEM file of one or more certificates; text around them is skipped, other PEM blocks are refused.
Result<std::vector<Certificate>> certificates_from_pem(std::string_view pem);

}  // namespace countersign::x509
