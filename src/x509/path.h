// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "x509/certificate.h"

namespace countersign::x509 {

// TrustAnchor is the network root and the data-centre CAs known below it. Immutable, thread-safe.
class TrustAnchor {
 public:
  // Every CA must verify under the root at `now` and be a data centre's CA. A data centre may have several:
  // before and after it changed its key.
  static Result<TrustAnchor> create(Certificate root, std::vector<Certificate> data_centre_cas,
                                    TimePoint now);
  const Certificate& root() const { return root_; }
  const std::vector<Certificate>& data_centre_cas() const { return cas_; }
  // The CA that the certificate names as its issuer, by name and key identifier, of those whose permitted
  // subtree is the longest path above its subject; of several certificates of one CA key the one that ends
  // last; nullptr when there is none. Says nothing about the signature.
  const Certificate* issuer_of(const Certificate& certificate) const;

 private:
  TrustAnchor(Certificate root, std::vector<Certificate> cas)
      : root_(std::move(root)), cas_(std::move(cas)) {}
  Certificate root_;
  std::vector<Certificate> cas_;
};

// The subtree (directoryName of the name constraints) that a CA may issue below.
Result<Name> permitted_subtree(const Certificate& ca);

// verify_path checks leaf → its data centre's CA → network root at `at` (RFC 5280 §6, with explicit policy
// `role`): signatures, validity of all three, name constraints, role policy, profile of the role (key usage,
// extended key usage, names). Says nothing about revocation. Errors: kCertificateUnknown (no path), kExpired,
// kNotYetValid, kWrongRole, kNameNotPermitted, kSignatureInvalid; the detail names the certificate.
Result<void> verify_path(const Certificate& leaf, const TrustAnchor& anchor, Role role, TimePoint at);

}  // namespace countersign::x509
