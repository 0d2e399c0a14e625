// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "x509/certificate.h"

namespace countersign::x509 {

// Issuer signs certificates, CRLs and OCSP responses.
struct Issuer {
  Certificate certificate;
  crypto::PrivateKey key;
};

// What a data centre's CA may name (RFC 5280 §4.2.1.10). Each list is exhaustive: what is empty permits nothing.
struct NameLimits {
  Name subtree;
  std::vector<std::string> dns;    // "example.kr": the domain and all below it
  std::vector<std::string> email;  // host or domain
  std::vector<std::string> ip;     // CIDR: "127.0.0.0/8"
};

// Creates the self-signed certificate of a network root: `O=<network>`, no name constraints, 20 years.
Result<Certificate> create_network_root(const Name& network, const crypto::PrivateKey& key, TimePoint now);

// Creates a data centre's CA below the root: path length 0, critical name constraints, the role policies it may issue.
Result<Certificate> create_data_centre_ca(const Issuer& root, const NameLimits& limits, const crypto::PublicKey& key,
                                          TimePoint now);

// CertificateOrder is one certificate to be issued; what is not here follows from the role's profile.
struct CertificateOrder {
  Role role;
  Name subject;
  crypto::PublicKey key;
  AlternativeNames alternative_names;
  std::optional<KeyOrigin> key_origin;      // purchasers and merchants
  std::string registered_by;                // purchasers: subject of the registering merchant
  std::string ocsp_url;                     // authority information access, or empty
  std::string crl_url;                      // CRL distribution point, or empty
  TimePoint not_before;
  std::optional<std::chrono::seconds> lifetime;  // shorter than the profile's
};

// issue_certificate refuses what the profile or the issuer's constraints do not allow (kNameNotPermitted,
// kWrongRole) and reads its own work back through Certificate::from_der and verify_path before it returns it.
Result<Certificate> issue_certificate(const Issuer& issuer, const CertificateOrder& order);

}  // namespace countersign::x509
