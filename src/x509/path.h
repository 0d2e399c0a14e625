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

  // The same anchor, told of other roots that have certified the CAs known here, or will: those that the
  // network has passed, or passes to. They make nobody known and no path leads to them; see expect_same_ca.
  TrustAnchor with_other_roots(std::vector<Certificate> roots) const;
  const std::vector<Certificate>& other_roots() const { return other_roots_; }

 private:
  TrustAnchor(Certificate root, std::vector<Certificate> cas)
      : root_(std::move(root)), cas_(std::move(cas)) {}
  Certificate root_;
  std::vector<Certificate> cas_;
  std::vector<Certificate> other_roots_;
};

// expect_same_ca demands that `candidate` is a certificate of the very CA that the anchor knows by `known`:
// of its name, its key and its subtree, and certified by the anchor's root or one of its other roots, valid
// at `at`. So a CA keeps its identity over roots, and another key never gets one. kCertificateUnknown for
// another CA and for another root; else what the chain says.
Result<void> expect_same_ca(const Certificate& candidate, const Certificate& known, const TrustAnchor& anchor,
                            TimePoint at);

// The subtree (directoryName of the name constraints) that a CA may issue below.
Result<Name> permitted_subtree(const Certificate& ca);

// require_speaks_for: whose certificate verified in a role of an authority speaks for the data centre whose
// CA issued it, and for no other (kForbidden). `what` begins the detail.
Result<void> require_speaks_for(const Certificate& signer, const Name& data_centre, const TrustAnchor& anchor,
                                std::string_view what);

// verify_path checks leaf → its data centre's CA → network root at `at` (RFC 5280 §6, with explicit policy
// `role`): signatures, validity of all three, name constraints, role policy, profile of the role (key usage,
// extended key usage, names). Says nothing about revocation. Errors: kCertificateUnknown (no path), kExpired,
// kNotYetValid, kWrongRole, kNameNotPermitted, kSignatureInvalid; the detail names the certificate.
Result<void> verify_path(const Certificate& leaf, const TrustAnchor& anchor, Role role, TimePoint at);

// map_signer_name is the one subject of those who sign the maps of that network.
Result<Name> map_signer_name(const Name& network);

// verify_path_to_root checks leaf → network root for a role that the root itself certifies: all that
// verify_path checks, with the root in the place of the CA and the one subject that the role has; no CA can
// stand between. kWrongRole for a role that a data centre's CA certifies, else errors as in verify_path.
Result<void> verify_path_to_root(const Certificate& leaf, const Certificate& root, Role role, TimePoint at);

// verify_next_root checks that `root` vouches for the root that follows it: `link` is its certificate for the
// very key and name of `next`, valid at `at` as `next` is. Else a key that signs maps could name its own
// root. kWrongRole, kNameNotPermitted, kConflict (the same key), kCertificateUnknown (a link to another key
// or from another root), kSignatureInvalid, kExpired, kNotYetValid.
Result<void> verify_next_root(const Certificate& next, const Certificate& link, const Certificate& root,
                              TimePoint at);

}  // namespace countersign::x509
