// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "x509/name.h"
#include "x509/profile.h"

namespace countersign::x509 {

// Names of hosts in subjectAltName. Types not listed here make a certificate unacceptable.
struct AlternativeNames {
  std::vector<std::string> dns;      // lower case
  std::vector<std::string> ip;       // text form
  std::vector<std::string> origins;  // https origins without path: "https://shop.example:8443"
  bool empty() const { return dns.empty() && ip.empty() && origins.empty(); }
  friend bool operator==(const AlternativeNames&, const AlternativeNames&) = default;
};

// What a data centre's CA may name (RFC 5280 §4.2.1.10). Each list is exhaustive: what is empty permits
// nothing.
struct NameLimits {
  Name subtree;
  std::vector<std::string> dns;    // "example.kr": the domain and all below it
  std::vector<std::string> email;  // host or domain
  std::vector<std::string> ip;     // CIDR: "127.0.0.0/8"
  friend bool operator==(const NameLimits&, const NameLimits&) = default;
};

// One policy of certificatePolicies with the explicitText of its user notice, or empty.
struct Policy {
  std::string oid;
  std::string notice;
  friend bool operator==(const Policy&, const Policy&) = default;
};

// Extensions are all that a certificate of the network may carry, and nothing else may stand in one.
struct Extensions {
  std::optional<std::optional<int>> certificate_authority;  // basicConstraints of a CA: its path length
  KeyUsage key_usage;
  std::vector<std::string> extended_key_usage;  // dotted OIDs
  std::vector<Policy> policies;
  AlternativeNames alternative_names;
  std::optional<NameLimits> name_limits;
  Bytes subject_key_id;
  Bytes authority_key_id;
  std::string ocsp_url;
  std::string crl_url;
  bool ocsp_no_check = false;
};

// encode_extensions answers the SEQUENCE OF Extension (RFC 5280 §4.2), with CAs' constraints and key usage
// critical, and the extended key usage of those who make time-stamps. kMalformed for hosts or limits not in
// their accepted form.
Result<Bytes> encode_extensions(const Extensions& extensions);
// parse_extensions reads the same: unknown, repeated or otherwise formed extensions are kUnsupported or
// kMalformed.
Result<Extensions> parse_extensions(BytesView sequence);

// The GeneralNames of subjectAltName, as certificates and certification requests carry them.
Result<Bytes> encode_alternative_names(const AlternativeNames& names);
Result<AlternativeNames> parse_alternative_names(BytesView general_names);

// The GeneralSubtrees of nameConstraints.
Result<Bytes> encode_name_limits(const NameLimits& limits);
Result<NameLimits> parse_name_limits(BytesView name_constraints);

}  // namespace countersign::x509
