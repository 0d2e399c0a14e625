// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

struct x509_st;
struct X509_crl_st;

namespace countersign::x509 {

// Path is what is judged: the certificate in question, then the issuer of each, the last one issued by the
// anchor, which is believed. An anchor that is in question itself stands alone.
//
// Certificates and CRLs are OpenSSL's and stay the caller's. OpenSSL 3.0 notes in a certificate what it found
// there, and not safely: what Certificate::from_der did not make is judged by one thread at a time.
struct Path {
  std::span<x509_st* const> certificates;
  x509_st* anchor = nullptr;
};

// PathSettings are the other inputs of RFC 5280 §6.1.1.
struct PathSettings {
  TimePoint at;
  std::span<const std::string_view> policies = {};  // dotted OIDs that the user accepts; empty: any
  bool explicit_policy = false;                     // the path must have one of them in every certificate
  bool inhibit_policy_mapping = false;
  bool inhibit_any_policy = false;
};

// CrlEvidence tells of revocation: CRLs, whole, of some reasons or distribution points, delta or indirect,
// and the certificates of those who sign them and do not stand in the path. Nothing of it is believed unless
// it verifies under the path's anchor.
struct CrlEvidence {
  std::span<X509_crl_st* const> crls;
  std::span<x509_st* const> issuers;
};

// validate_path is RFC 5280 §6 and demands besides what §4 demands of issuers (a CA's basic constraints are
// critical, key identifiers are there). With `revocation` each certificate, the anchor's too, must be shown
// not to be revoked by CRLs that hold at that time; without it nothing is said about revocation. Nothing is
// said about the strength of keys and digests, nor about extended key usage.
//
// kCertificateUnknown (the path leads elsewhere, or breaks a rule that has no code of its own), kExpired,
// kNotYetValid, kSignatureInvalid (certificates and CRLs), kNameNotPermitted, kWrongRole (policies, CA and
// key usage), kUnsupported (unknown critical extension), kCertificateRevoked, kUnavailable (no CRL tells);
// the detail names the certificate.
Result<void> validate_path(const Path& path, const PathSettings& settings,
                           const CrlEvidence* revocation = nullptr);

}  // namespace countersign::x509
