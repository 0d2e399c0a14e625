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

// Names of hosts in subjectAltName. Types not listed here make a certificate unacceptable.
struct AlternativeNames {
  std::vector<std::string> dns;      // lower case
  std::vector<std::string> ip;       // text form
  std::vector<std::string> origins;  // https origins without path: "https://shop.example:8443"
  friend bool operator==(const AlternativeNames&, const AlternativeNames&) = default;
};

// Certificate is a parsed, immutable X.509 certificate in the form that the network accepts (Name's rules, known
// extensions only, DER re-encodes to the same bytes). Parsing says nothing about trust: see path.h. Copies share.
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
  const AlternativeNames& alternative_names() const;
  const std::vector<std::string>& policies() const;  // dotted OIDs
  // Role and key origin of the policies; nullopt when there is no, or more than one, role policy.
  std::optional<Role> role() const;
  std::optional<KeyOrigin> key_origin() const;
  // Subject text of the merchant that registered the holder (policy qualifier), or empty.
  const std::string& registered_by() const;
  bool is_ca() const;
  x509_st* native() const;

  friend bool operator==(const Certificate& a, const Certificate& b) { return a.fingerprint() == b.fingerprint(); }

 private:
  struct Parsed;
  explicit Certificate(std::shared_ptr<const Parsed> parsed) : parsed_(std::move(parsed)) {}
  std::shared_ptr<const Parsed> parsed_;
};

// Splits a PEM file of several certificates.
Result<std::vector<Certificate>> certificates_from_pem(std::string_view pem);

}  // namespace countersign::x509
